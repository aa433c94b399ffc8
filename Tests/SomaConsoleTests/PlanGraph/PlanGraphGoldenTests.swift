import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Plan graph screens")
struct PlanGraphGoldenTests {
    private static let medium = Size(columns: 120, rows: 40)
    private static let large = Size(columns: 200, rows: 60)

    private func plan(_ stories: [RunBuilder], _ size: Size, _ keys: String = "") -> TestConsole {
        var console = TestConsole.with(stories, size: size)
        console.press("g " + keys)
        return console
    }

    @Test(
        "a run in its second round shows the way it took, and the way back from a rejection",
        arguments: sizes
    )
    func research(size: Size) throws {
        try expectGolden(plan(Stories.research(), size).canvas(), "PlanGraph/research-\(size)")
    }

    @Test("the whole graph shows every edge", arguments: sizes)
    func whole(size: Size) throws {
        try expectGolden(plan(Stories.research(), size, "f g").canvas(), "PlanGraph/whole-\(size)")
    }

    @Test("a run that waits for a person shows where", arguments: sizes)
    func needsApproval(size: Size) throws {
        try expectGolden(plan([Stories.needsApproval()], size).canvas(), "PlanGraph/needs-\(size)")
    }

    @Test("branches side by side each show how they stand", arguments: sizes)
    func parallel(size: Size) throws {
        try expectGolden(plan([PlanStories.parallel()], size).canvas(), "PlanGraph/parallel-\(size)")
    }

    @Test("tab shows the graph alone, and the steps alone where there is no room for both")
    func panes() throws {
        try expectGolden(plan(Stories.research(), .standard, "tab").canvas(), "PlanGraph/graph-80x24")
        try expectGolden(plan(Stories.research(), .standard, "tab tab").canvas(), "PlanGraph/steps-80x24")
        try expectGolden(plan(Stories.research(), Self.medium, "tab").canvas(), "PlanGraph/graph-120x40")
    }

    @Test("boxes tell more or less")
    func zoom() throws {
        try expectGolden(plan(Stories.research(), Self.large, "z").canvas(), "PlanGraph/compact-200x60")
        try expectGolden(
            plan([PlanStories.parallel()], Self.large, "z z z").canvas(),
            "PlanGraph/detailed-200x60"
        )
    }

    @Test("a selected node tells its visits", arguments: [.standard, medium, large] as [Size])
    func selected(size: Size) throws {
        try expectGolden(plan(Stories.research(), size, "j j j").canvas(), "PlanGraph/selected-\(size)")
    }

    @Test("walking back shows the run as it was")
    func walked() throws {
        let keys = Array(repeating: "left", count: 14).joined(separator: " ")
        var console = plan(Stories.research(), Self.medium, keys)
        try expectGolden(console.canvas(), "PlanGraph/walked-120x40")
        #expect(console.state.walked != nil)
        console.press("left esc")
        #expect(console.state.walked == nil)
        #expect(console.state.route.count == 2)
    }

    @Test("hostile words stay words", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(plan(Stories.hostile, size).canvas(), "PlanGraph/hostile-\(size)")
    }

    @Test("hostile names of nodes and edges stay names", arguments: sizes)
    func hostileNames(size: Size) throws {
        let run = PlanStories.walking(PlanStories.hostile, "\u{1B}[31mred", ["\u{1B}[2J"])
        let canvas = plan([run], size, "tab g").canvas()
        try expectGolden(canvas, "PlanGraph/hostile-names-\(size)")
        #expect(canvas.text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }

    @Test("wide characters keep boxes and edges in place", arguments: sizes)
    func wide(size: Size) throws {
        let run = PlanStories.walking(PlanStories.wide, "計画と確認", ["次", "済み", "却下", "済み"])
        try expectGolden(plan([run], size, "tab").canvas(), "PlanGraph/wide-\(size)")
    }

    @Test("a failed run shows where it ended, and tells what went wrong", arguments: sizes)
    func failed(size: Size) throws {
        try expectGolden(plan([Stories.failed()], size).canvas(), "PlanGraph/failed-\(size)")
    }

    @Test("a run that is done has nothing ahead that it would need")
    func done() throws {
        try expectGolden(plan([Stories.done()], Self.medium).canvas(), "PlanGraph/done-120x40")
    }

    @Test("sixty nodes follow the run, and tell what is out of sight", arguments: sizes)
    func sixty(size: Size) throws {
        try expectGolden(plan([PlanStories.long()], size).canvas(), "PlanGraph/sixty-\(size)")
    }

    @Test("sixty nodes alone are set in columns, with a map where there isn't room for all", arguments: sizes)
    func sixtyColumns(size: Size) throws {
        let console = plan([PlanStories.long()], size, "tab")
        try expectGolden(console.canvas(), "PlanGraph/sixty-columns-\(size)")
    }

    @Test("the map can be switched off")
    func mapOff() throws {
        var console = plan([PlanStories.long()], .standard, "tab")
        #expect(console.canvas().text.contains("━"))
        console.press("M")
        #expect(!console.canvas().text.contains("━"))
        console.press("M")
        #expect(console.canvas().text.contains("━"))
    }

    @Test("sixty nodes can be moved under the window")
    func panned() throws {
        try expectGolden(
            plan([PlanStories.long()], Self.medium, "J J J L L").canvas(),
            "PlanGraph/panned-120x40"
        )
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
        try expectGolden(plan([run], Self.medium).canvas(), "PlanGraph/unknown-120x40")
    }

    @Test("a graph whose words are on their way says so", arguments: sizes)
    func loading(size: Size) throws {
        var console = TestConsole(Stories.research(), size: size)
        console.answersWords = false
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Stories.research().merged)))
        console.press("g")
        try expectGolden(console.canvas(), "PlanGraph/loading-\(size)")
    }

    @Test("a run that isn't there says so", arguments: sizes)
    func empty(size: Size) throws {
        var console = TestConsole.with(Stories.mix, size: size)
        console.state.show(.plan(RunID("nobody")))
        _ = console.state.settle()
        try expectGolden(console.canvas(), "PlanGraph/empty-\(size)")
    }

    @Test("where words are sealed and the daemon is lost, what is known stays", arguments: sizes)
    func lost(size: Size) throws {
        let stories = Stories.research()
        var console = TestConsole(stories, size: size)
        for id in stories.words.keys { console.states[id] = .sealed }
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(stories.merged)))
        console.press("g")
        let lost = Connection.reconnecting(
            retryAt: console.state.now + .seconds(5),
            reason: "connection refused"
        )
        console.feed(.source(.connection(lost)))
        try expectGolden(console.canvas(), "PlanGraph/lost-\(size)")
    }

    @Test(
        "long titles and criteria have the room that a narrow graph leaves",
        arguments: [medium, large] as [Size]
    )
    func titles(size: Size) throws {
        var run = Stories.needsApproval()
        run.plan(
            [
                (
                    "Find every place in the sources where the old name of the service is used",
                    "all are listed"
                ),
                (
                    "Rehearse the change in a copy of the folder, and run the whole test suite there",
                    "none fails"
                ),
                ("Apply it", "the working copy holds the new name only, and nothing else has changed"),
            ],
            revision: 2
        )
        try expectGolden(plan([run], size).canvas(), "PlanGraph/titles-\(size)")
    }

    @Test("poor terminals get a graph too", arguments: sizes)
    func ascii(size: Size) throws {
        let canvas = plan(Stories.research(), size).canvas(.ascii, theme: .mono)
        try expectGolden(canvas, "PlanGraph/ascii-\(size)")
        #expect(canvas.text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("poor terminals get branches and large graphs too")
    func asciiGraphs() throws {
        let parallel = plan([PlanStories.parallel()], Self.medium).canvas(.ascii, theme: .mono)
        try expectGolden(parallel, "PlanGraph/ascii-parallel-120x40")
        let sixty = plan([PlanStories.long()], Self.medium).canvas(.ascii, theme: .mono)
        try expectGolden(sixty, "PlanGraph/ascii-sixty-120x40")
        #expect((parallel.text + sixty.text).utf8.allSatisfy { $0 < 0x80 })
    }
}
