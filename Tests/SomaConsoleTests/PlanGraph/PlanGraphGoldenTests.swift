import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Plan graph screens")
struct PlanGraphGoldenTests {
    private func plan(_ stories: [RunBuilder], _ size: Size, _ keys: String = "") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press("g " + keys)
        return console
    }

    @Test("a run in its second round shows the way it took", arguments: sizes)
    func research(size: Size) throws {
        try expectGolden(plan(Stories.research(), size).canvas(), "PlanGraph/research-\(size)")
    }

    @Test("the whole graph shows every edge", arguments: sizes)
    func whole(size: Size) throws {
        try expectGolden(plan(Stories.research(), size, "g").canvas(), "PlanGraph/whole-\(size)")
    }

    @Test("in a narrow terminal the steps take the graph's place")
    func steps() throws {
        try expectGolden(plan(Stories.research(), .standard, "tab").canvas(), "PlanGraph/steps-80x24")
    }

    @Test("walking back shows the run as it was")
    func walked() throws {
        let size = Size(columns: 120, rows: 40)
        var console = plan(
            Stories.research(),
            size,
            Array(repeating: "left", count: 14).joined(separator: " ")
        )
        try expectGolden(console.canvas(), "PlanGraph/walked-120x40")
        #expect(console.state.walked != nil)
        console.press("right")
        console.press("esc")
        #expect(console.state.walked == nil)
        console.press("left esc")
        #expect(console.state.walked == nil)
        #expect(console.state.route.count == 2)
    }

    @Test("hostile words stay words", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(plan(Stories.hostile, size).canvas(), "PlanGraph/hostile-\(size)")
    }

    @Test("a failed run has no current node, and tells what went wrong")
    func failed() throws {
        try expectGolden(
            plan([Stories.failed()], Size(columns: 120, rows: 40)).canvas(),
            "PlanGraph/failed-120x40"
        )
    }

    @Test("a graph that the console has never seen is drawn as it was sent")
    func custom() throws {
        let graph = Graph(
            name: "fan",
            entry: "split",
            nodes: [
                .init("split", .fork(join: "join")), .init("left side", .task("a")),
                .init("right side", .task("b")),
                .init("deep", .task("c")), .init("join", .join),
            ],
            edges: [
                .init("split", "fork", "left side"), .init("split", "fork", "right side"),
                .init("right side", "more", "deep"), .init("left side", "done", "join"),
                .init("deep", "done", "join"),
                .init("deep", "again", "deep"), .init("join", "retry", "split", passesMax: 3),
                .init("join", "*", Graph.end),
            ]
        )
        var run = RunBuilder(
            "ab12cd34ef56gh7",
            role: "planner",
            goal: "a graph of its own",
            at: start,
            entry: "split",
            shape: graph
        )
        run.go("fork", to: "left side")
        run.go("done", to: "join")
        var console = TestConsole.with([run], size: Size(columns: 120, rows: 40))
        console.press("g g")
        try expectGolden(console.canvas(), "PlanGraph/custom-120x40")
    }

    @Test("a graph that nobody knows is drawn as far as the run walked it")
    func unknown() throws {
        var run = RunBuilder(
            "ab12cd34ef56gh7",
            role: "planner",
            goal: "unknown",
            at: start,
            graph: "mystery",
            entry: "one"
        )
        run.go("a", to: "two")
        run.go("b", to: "one")
        try expectGolden(plan([run], .standard).canvas(), "PlanGraph/unknown-80x24")
    }

    @Test("a graph that is higher than the screen can be scrolled")
    func scrolled() throws {
        try expectGolden(
            plan(Stories.research(), Size(columns: 60, rows: 14), "j j j").canvas(),
            "PlanGraph/scrolled-60x14"
        )
    }

    @Test("poor terminals get a graph too")
    func ascii() throws {
        let canvas = plan(Stories.research(), Size(columns: 120, rows: 40)).canvas(.ascii, theme: .mono)
        try expectGolden(canvas, "PlanGraph/ascii-120x40")
        #expect(canvas.text.utf8.allSatisfy { $0 < 0x80 })
    }
}
