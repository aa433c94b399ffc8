@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Fleet table")
struct FleetTableTests {
    private func console(_ size: Size = Size(columns: 120, rows: 24)) -> TestConsole {
        TestConsole.with(Stories.mix, size: size)
    }

    @Test("groups have headings with what they come to", arguments: sizes)
    func groups(size: Size) throws {
        var console = console(size)
        console.press("b b")
        try expectGolden(console.canvas(), "Fleet/by-role-\(size)")
    }

    @Test("the column that orders is marked, and o goes through all of them and back")
    func sorted() throws {
        var console = console()
        console.press("o o o o o o o o")
        #expect(console.state.fleetView.sort == .tokens)
        try expectGolden(console.canvas(), "Fleet/by-tokens-120x24")
        console.press("i")
        #expect(console.canvas().text.contains("TOKENS▲"))
        console.press("O O O O O O O O")
        #expect(console.state.fleetView.sort == .needs)
        #expect(!console.state.fleetView.isReversed)
    }

    @Test("columns scroll sideways: what has no room comes into sight", arguments: sizes)
    func scrolled(size: Size) throws {
        var console = console(size)
        console.press("l l l")
        try expectGolden(console.canvas(), "Fleet/scrolled-\(size)")
        console.press("l l l l l l l l l")
        #expect(console.canvas().text.contains("ACTIVITY"))
        console.press("h h h h h h h h")
        #expect(console.state.fleetView.list.left == 0)
    }

    @Test("marks stay with their runs through filters and orders, and are counted")
    func marks() throws {
        var console = console()
        console.press("space j space")
        #expect(console.state.fleetView.marked.map(\.short).sorted() == ["b02c44", "c9d1e0"])
        console.press("o o i")
        console.filter("role:coder")
        #expect(console.state.fleetView.marked.count == 2)
        #expect(console.canvas().text.contains("2 marked"))
        console.press("*")
        #expect(console.state.fleetView.marked.count == 4)
        console.press("esc")
        try expectGolden(console.canvas(), "Fleet/marked-120x24")
        console.press("u")
        #expect(console.state.fleetView.marked.isEmpty)
    }

    @Test("space on a heading marks its group, and once more nothing of it")
    func marksGroup() {
        var console = console()
        console.press("b b < space")
        #expect(console.state.fleetView.marked.count == 2)
        console.press("< space")
        #expect(console.state.fleetView.marked.isEmpty)
    }

    @Test("marking all in trees marks what is below them too")
    func marksAll() {
        var console = console()
        console.press("c *")
        #expect(console.state.fleetView.marked.count == 7)
    }

    @Test("approving many names the questions, sends one command each, and sums what came of it")
    func bulkApprove() throws {
        var stories = Stories.mix
        var other = RunBuilder("2222222kq0d5m2x", role: "operator", goal: "restart", at: start + .seconds(1))
        let effect = other.request("shell", #"{"command":"restart web-3"}"#, effectClass: .once)
        _ = other.askApproval(effect, arguments: "{}", risk: "restarts", reason: "")
        var words = RunBuilder("3333333kq0d5m2x", role: "operator", goal: "ask", at: start)
        _ = words.ask("which one?")
        stories += [other, words]
        var console = TestConsole.with(stories, size: Size(columns: 120, rows: 24))
        console.press("* a")
        try expectGolden(console.canvas(), "Fleet/bulk-approve-120x24")
        #expect(
            console.state.confirmation?.lines == [
                "222222  shell restart web-3", "7f3a91  shell vault kv put secret/api key=new",
                "1 more ask for words: they are left as they are.",
            ]
        )
        console.press("y")
        let commands = console.requests.suffix(2).compactMap { request -> ConsoleCommand? in
            if case .command(let command) = request { command } else { nil }
        }
        #expect(commands.map(\.run.short) == ["222222", "7f3a91"])
        console.feed(.source(.receipt(commands[0], .done(nil))))
        #expect(console.state.notice?.text == "1 approved, 1 of 2 to come")
        console.feed(.source(.receipt(commands[1], .refused("the question is closed", code: ""))))
        #expect(console.state.notice == Notice("1 approved, 1 refused: the question is closed", .bad))
        #expect(console.state.bulk == nil)
    }

    @Test("cancelling many says what ends with them, and sends nothing for what ends anyway")
    func bulkCancel() throws {
        var console = console()
        console.press("* x")
        try expectGolden(console.canvas(), "Fleet/bulk-cancel-120x24")
        console.press("y")
        let runs = console.requests.compactMap { request -> String? in
            if case .command(let command) = request { command.run.short } else { nil }
        }
        #expect(runs == ["b02c44", "7f3a91", "c9d1e0"])
        #expect(console.state.fleetView.marked.isDisjoint(with: [Stories.needsApproval().id]))
    }

    @Test("pausing many pauses who works; where all are paused they go on")
    func bulkPause() {
        var console = console()
        console.press("* p")
        #expect(console.state.confirmation?.title == "Pause 5 runs?")
        console.press("n")
        #expect(console.state.confirmation == nil)
        #expect(console.requests.allSatisfy { if case .command = $0 { false } else { true } })
    }

    @Test("nothing can be done to many where nothing may be done to one")
    func refused() {
        var console = console()
        console.state.isReadOnly = true
        console.press("* x")
        #expect(console.state.confirmation == nil)
        console.state.isReadOnly = false
        console.state.fleetView.marked = [Stories.done().id]
        console.press("a")
        #expect(console.state.notice?.text == "None of the marked runs asks for approval.")
        console.press("x")
        #expect(console.state.notice?.text == "The marked runs have all ended.")
    }

    @Test("a tree folds from its parent or a child, and what needs a person is found in it")
    func folds() {
        var console = console()
        console.press("j j j j c")
        #expect(console.state.fleetView.selected?.short == "c9d1e0")
        #expect(console.state.fleetView.rows.count == 5)
        console.state.select(Stories.research()[1].id)
        #expect(console.state.fleetView.rows.count == 7)
        #expect(console.state.fleetView.selected?.short == "c9d1e1")
    }

    @Test("a click on a heading orders by its column, and the other way round the next time")
    func clicks() {
        var console = console()
        let point = Point(column: 12, row: 2)
        console.feed(.terminal(.mouse(MouseEvent(action: .press, point: point))))
        #expect(console.state.fleetView.sort == .run)
        console.feed(.terminal(.mouse(MouseEvent(action: .press, point: point))))
        #expect(console.state.fleetView.isReversed)
    }

    @Test("a filter shows runs whose goals' words come later")
    func lateWords() {
        var console = TestConsole(Stories.mix, size: .standard)
        console.answersWords = false
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(Stories.mix.merged)))
        console.press("/")
        console.type("deploy")
        #expect(console.state.fleetView.rows.isEmpty)
        let asked = console.requests.reduce(into: Set<ContentID>()) { asked, request in
            if case .words(let ids) = request { asked.formUnion(ids) }
        }
        let goals = Set(Stories.mix.compactMap(\.state.goal))
        #expect(asked.isSuperset(of: goals))
        console.feed(.source(.words(Stories.mix.words.mapValues { WordsState($0) })))
        #expect(console.state.fleetView.rows.count == 1)
    }

    @Test("a new event changes only the rows of its run, and a key only those that it touches")
    func damage() {
        var console = console(Size(columns: 200, rows: 60))
        let before = console.canvas()
        var run = Stories.research()[1]
        let last = run.transitions.count
        // News without delay, so that the header has nothing to say of it.
        run.now = console.state.now
        run.charge(tokens: 5_000, microdollars: 30_000)
        console.feed(.source(.transitions(Array(run.transitions[last...]))))
        let after = console.canvas()
        let place = console.state.fleet.place(known: run.id) ?? 0
        let row = console.state.fleetView.rows.number(ofRun: place, console.state.index).map { $0 + 3 }
        #expect(Set(after.damage(from: before).map(\.row)) == Set([row].compactMap { $0 }))
        console.press("j")
        let rows = Set(console.canvas().damage(from: after).map(\.row))
        #expect(rows.isSuperset(of: [3, 4]))
        // The two rows and the lines about the selected run.
        #expect(rows.count <= 6)
    }
}
