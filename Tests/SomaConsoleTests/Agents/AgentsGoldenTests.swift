@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

extension Stories {
    /// A search whose helper delegated in its turn, with budgets, one of them nearly used up.
    static func delegation() -> [RunBuilder] {
        var runs = research()
        let request = runs[2].spawn("11ac07n5p7q9s1t", role: "operator", goal: "build 6c2")
        var build = RunBuilder(
            "11ac07n5p7q9s1t",
            role: "operator",
            goal: "build 6c2",
            at: runs[2].now,
            parent: "c9d1e2b7r4t2m6s",
            limits: ["steps": 8, "microdollars": 500_000]
        )
        build.charge(tokens: 900, microdollars: 460_000)
        build.wait(.seconds(18))
        build.complete("built")
        runs[2].wait(.seconds(20))
        runs[2].finishChild(request, "11ac07n5p7q9s1t", result: "built")
        return runs + [build]
    }

    /// Runs below runs, deeper than any screen is wide.
    static func abyss(_ depth: Int = 30) -> [RunBuilder] {
        (0..<depth).map { level in
            RunBuilder(
                "deep\(level)xxxxxxxxxx",
                role: "coder",
                goal: "level \(level)",
                at: start + .seconds(level),
                parent: level == 0 ? nil : "deep\(level - 1)xxxxxxxxxx"
            )
        }
    }
}

@Suite("Agents screens")
struct AgentsGoldenTests {
    private func console(_ stories: [RunBuilder], _ size: Size, _ keys: String = "2") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press(keys)
        return console
    }

    @Test(
        "who delegated to whom, with budgets, what it costs, and what decides when it ends",
        arguments: sizes
    )
    func mix(size: Size) throws {
        let stories = [Stories.done(), Stories.failed(), Stories.needsApproval()] + Stories.delegation()
        var console = console(stories, size)
        console.state.agentsView.selected = Stories.delegation()[0].id
        console.feed(.tick)
        try expectGolden(console.canvas(), "Agents/mix-\(size)")
    }

    @Test("without runs it says what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(console([], size).canvas(), "Agents/empty-\(size)")
    }

    @Test("text of any length and kind stays in its column", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(console(Stories.hostile, size).canvas(), "Agents/hostile-\(size)")
    }

    @Test("a chain of runs that is deeper than the screen is wide stays readable", arguments: sizes)
    func deep(size: Size) throws {
        try expectGolden(console(Stories.abyss(), size, "2 end").canvas(), "Agents/deep-\(size)")
    }

    @Test("poor terminals get letters")
    func ascii() throws {
        let console = console(Stories.delegation(), Size(columns: 120, rows: 24))
        try expectGolden(console.canvas(.ascii, theme: .mono), "Agents/ascii-120x24")
        #expect(console.canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("one tree alone, and one run of it folded")
    func narrowed() throws {
        var console = console(Stories.mix + Stories.delegation().suffix(1), Size(columns: 120, rows: 24))
        console.state.agentsView.selected = RunID("c9d1e2b7r4t2m6s")
        console.press("t")
        #expect(console.state.route.last == .agents(RunID("c9d1e2b7r4t2m6s")))
        try expectGolden(console.canvas(), "Agents/narrowed-120x24")
        console.press("esc c")
        try expectGolden(console.canvas(), "Agents/folded-120x24")
    }

    @Test("a filter shows the runs that match, and esc all again")
    func filter() throws {
        var console = console(Stories.delegation(), Size(columns: 120, rows: 24))
        console.filter("role:operator")
        try expectGolden(console.canvas(), "Agents/filtered-120x24")
        console.press("esc")
        #expect(console.state.agentsView.rows.count == 4)
    }

    @Test("cancelling a run counts what ends with it")
    func cancel() {
        var console = console(Stories.delegation(), Size(columns: 120, rows: 24))
        console.state.agentsView.selected = Stories.delegation()[0].id
        console.press("x")
        #expect(console.state.confirmation?.lines.last?.contains("and so do 2 below it") == true)
        console.press("y")
        #expect(console.requests.last == .command(.init(Stories.delegation()[0].id, .cancel(reason: ""))))
    }

    @Test("how the selected run ended is asked for, not loading for ever")
    func outcome() throws {
        let run = Stories.done()
        var console = console([run], Size(columns: 120, rows: 24))
        console.feed(.terminal(.resize(Size(columns: 121, rows: 24))))
        let outcome = try #require(run.state.outcome)
        #expect(
            console.requests.contains {
                if case .words(let ids) = $0 { ids.contains(outcome) } else { false }
            }
                || console.state.words[outcome] != nil
        )
        #expect(!console.canvas().text.contains("loading"))
    }

    @Test("enter opens the run, g its plan; what is folded shows how much")
    func keys() {
        var console = console(Stories.delegation(), Size(columns: 120, rows: 24))
        console.state.agentsView.selected = Stories.delegation()[2].id
        console.press("enter")
        #expect(console.state.view == .run(Stories.delegation()[2].id))
        console.press("esc g")
        #expect(console.state.view == .plan(Stories.delegation()[2].id))
        console.press("esc C")
        #expect(console.state.agentsView.rows.count == 1)
        #expect(console.canvas().text.contains("▸3 c9d1e0"))
        console.press("C")
        #expect(console.state.agentsView.rows.count == 4)
    }
}
