import SomaAgents
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

extension Stories {
    /// A run of so many calls, each with words of its own.
    static func wordy(_ steps: Int) -> RunBuilder {
        var run = RunBuilder(
            "0dd0dd0dd0dd0dd",
            role: "coder",
            goal: "read it all",
            at: start,
            shape: CognitionGraph.graph
        )
        for step in 1...max(1, steps) {
            run.call("shell", #"{"command":"sed -n \#(step)p log"}"#, result: "line \(step) of it")
            run.go("next", to: "Execute")
        }
        return run
    }
}

@Suite("Looking through a run whose words aren't here")
struct RunHuntTests {
    private func console(_ story: RunBuilder, hasWords: Bool = false) -> TestConsole {
        var console = TestConsole([story], size: Size(columns: 100, rows: 20))
        console.answersWords = false
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(story.transitions)))
        if hasWords { console.feed(.source(.words(story.words.mapValues { WordsState($0) }))) }
        console.press("enter <")
        return console
    }

    /// The words that were asked for and have not been given.
    private func asked(_ console: inout TestConsole) -> [[ContentID]] {
        defer { console.requests = [] }
        return console.requests.compactMap { if case .words(let ids) = $0 { ids } else { nil } }
    }

    /// Gives what is asked for until nothing more is; how much was asked for each time.
    @discardableResult
    private func give(_ console: inout TestConsole, without missing: Set<ContentID> = []) -> [Int] {
        var counts: [Int] = []
        while true {
            let asked = asked(&console)
            guard !asked.isEmpty else { return counts }
            for ids in asked {
                counts.append(ids.count)
                let found = ids.map { id in
                    (
                        id,
                        missing.contains(id) ? .missing : console.words[id].map { WordsState($0) } ?? .missing
                    )
                }
                console.feed(.source(.words(Dictionary(found, uniquingKeysWith: { first, _ in first }))))
            }
        }
    }

    private func look(for text: String, in console: inout TestConsole) {
        console.press("/")
        console.type(text)
        console.press("enter")
    }

    @Test(
        "words that come late are found where they would be if they were here",
        arguments: ["line 7", "8p log", "of"]
    )
    func late(needle: String) {
        let story = Stories.wordy(300)
        var here = console(story, hasWords: true)
        var late = console(story)
        look(for: needle, in: &here)
        look(for: needle, in: &late)
        give(&late)
        #expect(here.state.runView.cursor?.entry ?? 0 > 1)
        #expect(late.state.runView.cursor == here.state.runView.cursor)
        for key in ["n", "n", "n", "n", "N", "N", ">", "N", "N", "N", "n"] {
            here.press(key)
            late.press(key)
            give(&late)
            #expect(late.state.runView.cursor == here.state.runView.cursor, "\(key)")
            #expect(late.state.notice == here.state.notice, "\(key)")
        }
        #expect(late.state.runView.hunt == nil)
    }

    @Test("it says how far it is, waits without a tick, and another key stops it", arguments: ["esc", "j"])
    func stops(key: String) {
        var console = console(Stories.wordy(300))
        look(for: "line 250 ", in: &console)
        #expect(console.state.notice?.text.hasPrefix("Looking for “line 250 ” at ") == true)
        #expect(console.state.notice?.text.hasSuffix("; esc stops.") == true)
        #expect(!console.state.moves)
        console.press(key)
        let place = console.state.runView.cursor
        #expect(console.state.runView.hunt == nil)
        #expect(console.state.notice?.text.hasPrefix("Looked as far as ") == true)
        #expect(console.state.runView.search == "line 250 ")
        give(&console)
        #expect(console.state.runView.cursor == place)
        #expect(console.state.view == .run(Stories.wordy(1).id))
        // It can be gone on with.
        console.press("n")
        give(&console)
        #expect(console.state.runView.cursor != place)
        #expect(console.state.runView.hunt == nil)
    }

    @Test("words that the source doesn't have are passed")
    func missing() {
        let story = Stories.wordy(40)
        var console = console(story)
        let lost = Set(story.words.filter { $0.value == "line 12 of it" }.keys)
        #expect(lost.count == 1)
        look(for: "line 12 ", in: &console)
        give(&console, without: lost)
        #expect(console.state.notice == Notice("“line 12 ” isn't below here."))
        #expect(console.state.runView.hunt == nil)
        console.press("esc")
        look(for: "line 13 ", in: &console)
        give(&console, without: lost)
        let line = console.state.runView.rows.first { $0.place == console.state.runView.cursor }
        guard case .detail(let line)? = line?.content else {
            Issue.record("no line is selected")
            return
        }
        #expect(line.text == "line 13 of it")
    }

    @Test("ten thousand steps are looked through some hundred words at a time, each asked for once")
    func long() {
        let story = Stories.wordy(10_000)
        var late = console(story)
        _ = give(&late)
        var here = console(story, hasWords: true)
        #expect(here.state.runView.entryCount >= 10_000)
        look(for: "line 9999 ", in: &here)
        while here.state.runView.hunt != nil { here.feed(.tick) }
        late.press("/")
        late.feed(.terminal(.paste("line 9999 ")))
        late.press("enter")
        let counts = give(&late)
        #expect(here.state.runView.cursor?.line ?? -1 >= 0)
        #expect(late.state.runView.cursor == here.state.runView.cursor)
        #expect(counts.count > 50)
        #expect(counts.allSatisfy { $0 <= RunPager.askedMax + 10 })
        #expect(counts.reduce(0, +) <= story.words.count)
    }
}
