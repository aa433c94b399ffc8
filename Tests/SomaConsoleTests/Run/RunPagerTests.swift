import SomaAgents
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

extension Stories {
    /// A run with so many steps: each a visit with a call, and a charge.
    static func long(_ steps: Int) -> RunBuilder {
        var run = RunBuilder(
            "f00dd00df00dd00",
            role: "coder",
            goal: "count to many",
            at: start,
            shape: CognitionGraph.graph
        )
        for step in 1...max(1, steps) {
            run.call("shell", #"{"command":"echo step"}"#, result: "step", after: .milliseconds(20))
            if step % 10 == 0 { run.fact("counted to ten again") }
            run.go("next", to: "Execute")
        }
        return run
    }
}

@Suite("Pages of a run")
struct RunPagerTests {
    private func console(_ story: RunBuilder, _ size: Size = Size(columns: 100, rows: 30)) -> TestConsole {
        var console = TestConsole.with([story], size: size)
        console.press("enter")
        return console
    }

    @Test("the next event costs the rows in sight, however long the run is")
    func oneEvent() {
        var story = Stories.long(25_000)
        var console = console(story)
        #expect(console.state.runView.timeline.count > 100_000)
        #expect(console.state.runView.isFollowing)
        let visible = console.state.runRows
        let before = story.transitions.count
        story.fact("one more")
        console.feed(.source(.transitions(Array(story.transitions[before...]))))
        #expect(console.state.runView.work.transitions == 0)
        #expect(console.state.runView.rows.last.map(\.place) == RowPlace(entry: story.transitions.count))
        #expect(console.state.runView.work.entries <= visible * 2 + 2)
        // Taking it in once more reads nothing.
        _ = console.state.settle()
        #expect(console.state.runView.work.transitions == 0)
        #expect(console.state.runView.work.documents == 0)
    }

    @Test("a key costs the rows in sight, at the end, at the start and in the past")
    func keys() {
        var console = console(Stories.long(25_000))
        let visible = console.state.runRows
        for key in ["k", "pgup", "<", "j", "pgdn", "space", "v", "w", "j", "w", "T", ",", ",", ">"] {
            console.press(key)
            #expect(console.state.runView.work.transitions == 0)
            #expect(console.state.runView.work.entries <= visible * 3, "\(key)")
            #expect(console.state.runView.rows.count <= visible)
        }
    }

    @Test("rows are the same forwards and backwards, whatever is unfolded")
    func bothWays() throws {
        var console = console(Stories.research()[0], Size(columns: 60, rows: 40))
        console.press("z")
        let all = try #require(
            console.state.withPager { pager in
                let all = pager.rows(from: RowPlace(entry: 1, line: RowPlace.gap), count: 1_000)
                let back = pager.rows(before: RowPlace(entry: .max, line: .max, sub: 0), count: 1_000)
                #expect(all == back)
                for (index, row) in all.enumerated() {
                    #expect(pager.rows(from: row.place, count: 1).first == row)
                    #expect(
                        pager.rows(before: row.place, count: 1).first == (index > 0 ? all[index - 1] : nil)
                    )
                }
                return all
            }
        )
        #expect(all.count > 20)
        #expect(all.map(\.place) == all.map(\.place).sorted())
    }

    @Test("quiet events fold into the event before them; v shows each")
    func quiet() {
        let story = Stories.research()[0]
        var console = console(story, Size(columns: 100, rows: 60))
        let folded = console.state.runView.rows.count
        let quiet = console.state.runView.rows.reduce(0) { total, row in
            if case .entry(_, let quiet) = row.content { return total + quiet }
            return total
        }
        #expect(quiet == console.state.runView.timeline.quiet(in: 0..<story.transitions.count))
        console.press("v")
        #expect(console.state.runView.rows.count == story.transitions.count)
        console.press("v")
        #expect(console.state.runView.rows.count == folded)
    }

    @Test("an entry is told as it stood at the time cursor, without reading the log again")
    func past() {
        let story = Stories.research()[0]
        var console = console(story)
        let call = story.transitions.first { $0.kind == .effectRequested }?.seq ?? 0
        func mark() -> RunMark? {
            console.state.runView.rows.compactMap { row -> TimelineEntry? in
                if case .entry(let entry, _) = row.content, entry.id == call { return entry }
                return nil
            }.first?.mark
        }
        #expect(mark() == .done)
        console.state.walked = Walk(run: story.id, seq: call + 1, at: story.transitions[call].at)
        _ = console.state.settle()
        #expect(mark() == .running)
        #expect(console.state.runView.work.transitions == 0)
        console.state.walked = Walk(run: story.id, seq: call, at: story.transitions[call - 1].at)
        _ = console.state.settle()
        #expect(mark() == .waiting)
    }

    @Test("the cursor goes through a document line by line, folds JSON there, and the entry elsewhere")
    func cursor() throws {
        var story = RunBuilder(
            "abcdefabcdefabc",
            role: "coder",
            goal: "g",
            at: start,
            shape: CognitionGraph.graph
        )
        story.call("shell", "{}", result: #"{"a":[1,2],"b":"c"}"#)
        var console = console(story)
        console.press("K J space")
        let entry = try #require(console.state.runView.selected)
        // no arguments, result, {, "a": [, 1
        console.press("j j j j j")
        #expect(console.state.runView.cursor == RowPlace(entry: entry, line: 4))
        console.press("space")
        #expect(console.state.runView.cursor == RowPlace(entry: entry, line: 3))
        let texts = console.state.runView.rows.compactMap { row -> String? in
            if case .detail(let line) = row.content { return line.text }
            return nil
        }
        #expect(texts == ["no arguments", "{", "  \"a\": [… 2],", "  \"b\": \"c\"", "}"])
        console.press("k k space")
        #expect(console.state.runView.rows.count == 2)
        #expect(console.state.runView.cursor == RowPlace(entry: entry))
    }

    @Test("what is looked for is gone to, in lines and in documents, and n goes on")
    func search() {
        var console = console(Stories.research()[0])
        console.press("<")
        console.filter("points")
        let place = console.state.runView.cursor
        #expect(place?.line ?? -1 >= 0)
        #expect(console.state.runView.unfolded.contains(place?.entry ?? 0))
        console.press("n")
        #expect(console.state.notice == Notice("“points” isn't below here."))
        console.press("/")
        for _ in 0..<6 { console.press("backspace") }
        console.type("rejected")
        console.press("enter n N")
        #expect(console.state.runView.cursor?.line == RowPlace.head)
        console.press("esc")
        #expect(console.state.runView.search.isEmpty)
    }

    @Test("an entry is copied as it reads, a line of a document as it was written")
    func copying() {
        var console = console(Stories.research()[0])
        func copied() -> [AppEffect] {
            console.state.update(.terminal(.key(Key("y"))), now: console.state.now)
        }
        console.press("<")
        #expect(copied() == [.copy("14:12:40  Start why did p95 double on tuesday", what: "the line")])
        console.press("j j space j")
        #expect(copied() == [.copy("1 fetch p95 for the week  two sources agree", what: "the line")])
    }

    @Test("a log that is read anew after a gap is indexed anew")
    func gap() {
        var story = Stories.research()[0]
        var console = console(story)
        let known = story.transitions.count
        story.fact("one")
        story.fact("two")
        console.feed(.source(.transitions([story.transitions[known + 1]])))
        console.feed(.source(.journal(story.id, story.transitions)))
        #expect(console.state.runView.timeline.count == known + 2)
        #expect(console.state.runView.rows.last?.place == RowPlace(entry: known + 2))
    }

    @Test("o opens the run that a line delegated to")
    func child() {
        let stories = Stories.research()
        var console = TestConsole.with(stories, size: Size(columns: 100, rows: 30))
        console.state.select(stories[0].id)
        console.press("enter o")
        #expect(console.state.view == .run(stories[2].id))
        console.press("o")
        #expect(console.state.notice == Notice("The line leads to no other run."))
    }
}
