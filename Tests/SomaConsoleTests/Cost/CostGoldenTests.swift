@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Cost screens")
struct CostGoldenTests {
    private func console(_ stories: [RunBuilder], _ size: Size, _ keys: String = "alt+c") -> TestConsole {
        var console = TestConsole.with(stories, size: size, now: CostStories.now)
        console.press(keys)
        return console
    }

    @Test("costs by role: amounts, shares, pace, and where that leads", arguments: sizes)
    func roles(size: Size) throws {
        try expectGolden(console(CostStories.day, size).canvas(), "Cost/role-\(size)")
    }

    @Test("an amount above the list is there whole or not at all", arguments: 40...130)
    func whole(columns: Int) {
        let text = console(CostStories.day, Size(columns: columns, rows: 24)).canvas().text
        let head = text.split(separator: "\n", omittingEmptySubsequences: false)[2...3]
        #expect(head.first?.contains("by role   today $") == true, "\(head)")
        #expect(!head.contains { $0.contains("…") }, "\(head)")
    }

    @Test("costs by each of the other axes", arguments: CostAxis.allCases.filter { $0 != .role })
    func axes(axis: CostAxis) throws {
        var console = console(CostStories.day, Size(columns: 120, rows: 40))
        console.press(":")
        console.type("cost by \(axis.rawValue)")
        console.press("enter")
        try expectGolden(console.canvas(), "Cost/\(axis.rawValue)-120x40")
    }

    @Test("the runs of a group, with subtrees", arguments: sizes)
    func part(size: Size) throws {
        var console = console(CostStories.day, size, "alt+c v j enter t")
        console.feed(.tick)
        try expectGolden(console.canvas(), "Cost/part-\(size)")
    }

    @Test("what was not read is said, and how to read it", arguments: sizes)
    func unread(size: Size) throws {
        var console = TestConsole(CostStories.day, size: size, now: CostStories.now)
        console.answersTails = false
        console.feed(.source(.snapshot(Fleet(runs: CostStories.day.map(\.state)))))
        console.press("alt+c v")
        try expectGolden(console.canvas(), "Cost/unread-\(size)")
    }

    @Test("while the daemon is away it says so")
    func lost() throws {
        var console = TestConsole([], size: Size(columns: 120, rows: 24), now: CostStories.now)
        console.feed(.source(.snapshot(Fleet(runs: CostStories.day.map(\.state)))))
        console.press("alt+c")
        console.loseDaemon()
        try expectGolden(console.canvas(), "Cost/lost-120x24")
    }

    @Test("without runs it says what to do", arguments: sizes)
    func empty(size: Size) throws {
        try expectGolden(console([], size).canvas(), "Cost/empty-\(size)")
    }

    @Test("runs that used nothing are said to have used nothing")
    func nothing() throws {
        let run = CostStories.run("a1", role: "operator", goal: "look", at: start, calls: [])
        try expectGolden(console([run], .standard, "alt+c v").canvas(), "Cost/nothing-80x24")
    }

    @Test("where nothing has a price, shares and pace are of tokens")
    func tokens() throws {
        var run = RunBuilder("a1b2c3d4e5f6g7h", role: "coder", goal: "g", at: start)
        let effect = run.request("local", "{}", kind: .model)
        run.start(effect)
        run.finish(effect, result: "r")
        run.charge(tokens: 8_200, microdollars: 0, effect: effect)
        try expectGolden(console([run], Size(columns: 120, rows: 24)).canvas(), "Cost/tokens-120x24")
    }

    @Test("names of any length and kind stay in their column", arguments: sizes)
    func hostile(size: Size) throws {
        try expectGolden(console(CostStories.hostile, size, "alt+c v").canvas(), "Cost/hostile-\(size)")
    }

    @Test("poor terminals get letters")
    func ascii() throws {
        let console = console(CostStories.day, Size(columns: 120, rows: 24))
        try expectGolden(console.canvas(.ascii, theme: .mono), "Cost/ascii-120x24")
        #expect(console.canvas(.ascii).text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("a filter that fits nothing says how to leave it")
    func filtered() throws {
        var console = console(CostStories.day, .standard)
        console.filter("nobody")
        #expect(console.canvas().text.contains("No group matches. esc shows all again."))
    }
}
