import SomaAgents
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Compare")
struct CompareGoldenTests {
    /// Two runs with the same goal, which part in the middle.
    private static func pair() -> [RunBuilder] {
        func run(_ id: String, at: Timestamp, commit: String, fails: Bool) -> RunBuilder {
            var run = RunBuilder(
                id,
                role: "coder",
                goal: "bisect the slow pool",
                at: at,
                shape: CognitionGraph.graph
            )
            run.plan([("bisect", "one commit is to blame"), ("fix it", "p95 is back")])
            run.go("planned", to: "Recall", after: .seconds(1))
            run.go("recalled", to: "ToolSelect")
            run.go("selected", to: "Execute")
            run.call("shell", #"{"command":"git bisect start"}"#, result: "started")
            run.go("executed", to: "Observe")
            run.fact("bisecting: 40 revisions left")
            run.go("observed", to: "Reflect")
            run.go("again", to: "ToolSelect")
            run.go("selected", to: "Execute")
            run.call(
                "shell",
                #"{"command":"git bisect good \#(commit) && make bench"}"#,
                result: fails ? "exit 1" : "p95 210 ms"
            )
            run.wait(.seconds(fails ? 40 : 12))
            run.charge(tokens: fails ? 9_200 : 6_000, microdollars: fails ? 61_000 : 40_000)
            run.go("executed", to: "Observe")
            if fails {
                run.fact("the bench failed")
                run.go("observed", to: "Reflect")
                run.go("replan", to: "Plan")
                run.plan([("bisect with the old bench", "it runs")])
                run.go("planned", to: "Recall")
            } else {
                run.fact("8aa touched the pool size")
                run.go("observed", to: "Reflect")
            }
            run.go("verify", to: "Verify")
            run.judge(!fails, evidence: fails ? "no commit is to blame" : "8aa is to blame")
            if fails {
                run.fail("verify.rejected", "verify rejected twice")
            } else {
                run.complete("fixed in 9bc")
            }
            return run
        }
        return [
            run("c9d1e2h1j2k3l4m", at: start, commit: "41f", fails: false),
            run("d40f7bn5p6q7r8s", at: start + .seconds(300), commit: "8aa", fails: true),
        ]
    }

    private func console(_ stories: [RunBuilder], size: Size) -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press(":")
        console.type("compare \(stories[0].id.short) \(stories[1].id.short)")
        console.press("enter")
        return console
    }

    @Test("two runs stand side by side, at their first difference", arguments: sizes)
    func pairs(size: Size) throws {
        try expectGolden(console(Self.pair(), size: size).canvas(), "Compare/pair-\(size)")
    }

    @Test("in a poor terminal too")
    func ascii() throws {
        let canvas = console(Self.pair(), size: .standard).canvas(.ascii, theme: .mono)
        try expectGolden(canvas, "Compare/ascii-80x24")
    }

    @Test("n and N go through the differences, and the last says so")
    func jumps() {
        var console = console(Self.pair(), size: Size(columns: 120, rows: 40))
        let view = console.state.compareView
        #expect(view.lines[view.list.selected ?? -1].row == view.first)
        #expect(view.differences >= 2)
        var places: [Int?] = [view.list.selected]
        for _ in 1..<view.differences {
            console.press("n")
            places.append(console.state.compareView.list.selected)
        }
        #expect(Set(places).count == view.differences)
        console.press("n")
        #expect(console.state.notice?.text == "There is no difference below.")
        for _ in 1..<view.differences { console.press("N") }
        #expect(console.state.compareView.list.selected == places[0])
    }

    @Test("what counts as different is chosen, and equal steps are shown where they are wanted")
    func levels() {
        var console = console(Self.pair(), size: Size(columns: 120, rows: 40))
        let byArguments = console.state.compareView.differences
        console.press("d d d")
        #expect(console.state.compareView.level == .path)
        #expect(console.state.compareView.differences <= byArguments)
        console.press("d d")
        #expect(console.state.compareView.differences >= byArguments)
        console.press("z")
        let rows = console.state.compareView.comparison.rows
        #expect(console.state.compareView.lines.count == rows.count)
        console.press("z home space")
        #expect(console.state.compareView.unfolded.count == 1)
    }

    @Test("enter opens the step in its run, esc comes back, tab changes sides")
    func opens() {
        var console = console(Self.pair(), size: Size(columns: 120, rows: 40))
        let pair = Self.pair().map(\.id)
        console.press("tab")
        #expect(console.state.view == .compare(pair[1], pair[0]))
        console.press("tab enter")
        #expect(console.state.view == .run(pair[0]))
        #expect(console.state.runView.isFollowing == false)
        console.press("esc")
        #expect(console.state.view == .compare(pair[0], pair[1]))
    }

    @Test("a fork is compared with its origin, and shares its beginning")
    func fork() throws {
        let origin = Self.pair()[0]
        let cut = 12
        let fork = RunBuilder("f0rk00aaaaaaaaa", role: "coder", goal: "x", at: start)
        var transitions = [
            Transition(
                run: fork.id,
                seq: cut + 1,
                at: start + .seconds(900),
                kind: .runForked,
                body: ["from": .string(origin.id.rawValue), "at": JSON(cut)]
            )
        ]
        transitions.append(
            Transition(
                run: fork.id,
                seq: cut + 2,
                at: start + .seconds(901),
                kind: .runFailed,
                body: ["code": "x.y"]
            )
        )
        let log = Comparison.log(
            of: fork.id,
            transitions[...],
            origin: RunState.Origin(run: origin.id, seq: cut),
            {
                var journal = Journal()
                journal.load(origin.transitions)
                return journal
            }()
        )
        #expect(log.map(\.seq) == Array(1...cut) + [cut + 2])
        let whole = CompareStep.steps(of: origin.transitions)
        let comparison = Comparison(whole, CompareStep.steps(of: log))
        let shared = CompareStep.steps(of: origin.transitions.prefix(cut)).count
        let first = comparison.rows.firstIndex { $0.difference.contains(.path) }
        #expect(first == shared)
    }

    @Test("both ways round differ in the same places")
    func symmetric() {
        let steps = Self.pair().map { CompareStep.steps(of: $0.transitions) }
        let there = Comparison(steps[0], steps[1]).rows
        let back = Comparison(steps[1], steps[0]).rows
        #expect(
            back.map { Comparison.Row(left: $0.right, right: $0.left, difference: $0.difference) } == there
        )
    }

    @Test("a long run that goes on is compared anew when that would show, and at its end")
    func grows() {
        var long = RunBuilder("10n9aaaaaaaaaaa", role: "coder", goal: "long", at: start)
        for number in 0..<1_000 { long.fact("fact \(number)") }
        var console = console([Stories.done(), long], size: .standard)
        func right() -> Int? { console.state.compareView.arranged?.rightCount }
        let before = right()
        #expect(before == long.transitions.count)
        long.fact("one more")
        console.feed(.source(.transitions([long.transitions[long.transitions.count - 1]])))
        #expect(right() == before)
        let told = long.transitions.count
        long.complete("done")
        console.feed(.source(.transitions(Array(long.transitions[told...]))))
        #expect(right() == long.transitions.count)
    }

    @Test("a run that isn't there, and one that is no fork, are said")
    func errors() {
        var console = TestConsole.with([Stories.done()])
        console.press("8")
        #expect(console.state.notice?.text.contains("no fork") == true)
        console.press(":")
        console.type("compare zzz")
        console.press("enter")
        #expect(console.state.notice == Notice("No run's id begins with \"zzz\".", .bad))
    }

    @Test("before the logs are here it says so, and hostile words stay words")
    func edges() throws {
        for size in sizes { try edges(size) }
    }

    private func edges(_ size: Size) throws {
        var waiting = TestConsole(Array(Stories.hostile.prefix(2)), size: size)
        waiting.feed(.source(.snapshot(Fleet(runs: Stories.hostile.prefix(2).map(\.state)))))
        waiting.state.show(.compare(Stories.hostile[0].id, RunID("nobody")))
        _ = waiting.state.settle()
        try expectGolden(waiting.canvas(), "Compare/missing-\(size)")
        var hostile = TestConsole.with(Stories.hostile, size: size)
        hostile.state.show(.compare(Stories.hostile[0].id, Stories.hostile[3].id))
        hostile.feed(.tick)
        try expectGolden(hostile.canvas(), "Compare/hostile-\(size)")
        var lost = console(Self.pair(), size: size)
        lost.loseDaemon()
        try expectGolden(lost.canvas(), "Compare/lost-\(size)")
        var loading = TestConsole.with(Self.pair(), size: size)
        loading.state.show(.compare(Self.pair()[0].id, Self.pair()[1].id))
        loading.state.journals = Dictionary(uniqueKeysWithValues: Self.pair().map { ($0.id, Journal()) })
        _ = loading.state.settle()
        try expectGolden(loading.canvas(), "Compare/loading-\(size)")
    }

    @Test("more steps than fit, in wide letters", arguments: sizes)
    func full(size: Size) throws {
        func long(_ id: String, _ other: String) -> RunBuilder {
            var run = RunBuilder(id, role: "coder", goal: "比べる 👩‍👩‍👧‍👦", at: start)
            for number in 0..<80 {
                run.call("検索🔍", #"{"path":"東京/\#(number % 4 == 0 ? other : "同じ").md"}"#, result: "完了")
            }
            run.complete("終わり")
            return run
        }
        var console = console([long("aaaaaa0", "左"), long("bbbbbb0", "右")], size: size)
        console.press("n n n n n")
        try expectGolden(console.canvas(), "Compare/full-\(size)")
    }

    @Test("two runs that did nothing don't differ", arguments: sizes)
    func empty(size: Size) throws {
        let runs = ["aaaaaa1", "bbbbbb1"].map { RunBuilder($0, role: "r", goal: "g", at: start) }
        try expectGolden(console(runs, size: size).canvas(), "Compare/empty-\(size)")
    }
}
