import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

/// A key is meant for what was drawn when it was pressed.
@Suite("What a key answers")
struct InSightTests {
    private func asking(_ id: String, at seconds: Int) -> RunBuilder {
        var run = RunBuilder(id, role: "coder", goal: "goal of \(id)", at: start + .seconds(seconds))
        let effect = run.request("shell", #"{"command":"make \#(id)"}"#, effectClass: .once)
        _ = run.askApproval(effect, arguments: "{}", risk: "", reason: "why \(id)")
        return run
    }

    @Test(
        "a question that was answered elsewhere in the same instant is not answered, and neither is the next"
    )
    func closedMeanwhile() {
        var first = asking("aaa", at: 0)
        let second = asking("bbb", at: 60)
        var console = TestConsole.with([first, second])
        console.press("3")
        console.state.noteDrawn()
        let question = first.state.needs[0].id
        #expect(console.state.approvalsView.selected == question)
        first.answer(question.matter.question ?? 0, "approved")
        console.feed(.source(.transitions(first.transitions)))
        console.requests = []
        console.press("a")
        #expect(console.requests == [])
        #expect(console.state.notice?.text == "aaa: approved by ada at 14:00:00; nothing was sent.")
        // It stays where it was, dim, and is still selected; then the next takes its place.
        #expect(console.state.approvalsView.rows.map(\.id.run.rawValue) == ["aaa", "bbb"])
        #expect(console.state.nextTick.map { $0 <= Inbox.withdrawal } == true)
        console.state.noteDrawn()
        console.at(console.state.now + Inbox.withdrawal)
        #expect(console.state.approvalsView.rows.map(\.id.run.rawValue) == ["bbb"])
        console.press("a")
        #expect(console.requests == [])
        #expect(console.state.notice?.text.hasPrefix("aaa: approved by ada") == true)
        console.state.noteDrawn()
        console.press("a")
        #expect(
            console.requests == [
                .command(ConsoleCommand(second.id, .approve(question: 4, arguments: nil)))
            ]
        )
    }

    @Test(
        "a question that was answered wakes nobody once it is gone, whatever is shown meanwhile",
        arguments: ["0", "1", "2", "3", "4", "5", "6", "7", "2 |", "?"]
    )
    func quiet(keys: String) {
        var first = asking("aaa", at: 0)
        var console = TestConsole.with([first, asking("bbb", at: 60)])
        console.press("3")
        first.answer(first.state.needs[0].id.matter.question ?? 0, "approved")
        first.complete("done")
        console.feed(.source(.transitions(first.transitions)))
        console.press(keys)
        for _ in 0..<4 { console.at(console.state.now + (console.state.nextTick ?? .zero)) }
        #expect(console.state.nextTick.map { $0 >= .seconds(10) } == true)
    }

    @Test("what was closed keeps its place when a minute has passed for those that wait on")
    func closedKeepsItsPlace() {
        var first = asking("aaa", at: 0)
        var console = TestConsole.with([first, asking("bbb", at: 1), asking("ccc", at: 2)])
        console.press("3")
        #expect(console.state.approvalsView.rows.map(\.id.run.rawValue) == ["aaa", "bbb", "ccc"])
        first.answer(first.state.needs[0].id.matter.question ?? 0, "approved")
        console.at(start + .seconds(899))
        console.feed(.source(.transitions(first.transitions)))
        console.at(start + .seconds(900))
        #expect(console.state.approvalsView.rows.map(\.id.run.rawValue) == ["aaa", "bbb", "ccc"])
    }

    @Test("the keys that are told are those of what is drawn, not of what was drawn before")
    func toldKeys() {
        var run = asking("aaa", at: 0)
        var console = TestConsole.with([run])
        console.press("2")
        console.state.noteDrawn()
        #expect(console.canvas().text.contains("a approve"))
        run.answer(run.state.needs[0].id.matter.question ?? 0, "approved")
        run.complete("done")
        console.feed(.source(.transitions(run.transitions)))
        let text = console.canvas().text
        #expect(text.contains("completed"))
        #expect(!text.contains("a approve"))
    }

    @Test("a second press before the first has an answer sends nothing")
    func twice() {
        let run = asking("aaa", at: 0)
        var console = TestConsole.with([run])
        console.requests = []
        console.press("3 a a a r e")
        let command = ConsoleCommand(run.id, .approve(question: 4, arguments: nil))
        #expect(console.requests.count { if case .command = $0 { true } else { false } } == 1)
        #expect(console.state.prompt == nil)
        #expect(console.state.notice?.text == "aaa: your answer is on its way; nothing was sent twice.")
        console.feed(.source(.receipt(command, .refused("not now", code: ""))))
        console.press("a")
        #expect(console.requests.count { if case .command = $0 { true } else { false } } == 2)
        console.feed(.source(.receipt(command, .unanswered("it went away"))))
        #expect(
            console.state.notice
                == Notice("aaa: not known whether it was approved. it went away", .bad)
        )
    }

    @Test("a late answer is told who was first")
    func conflict() {
        var run = asking("aaa", at: 0)
        var console = TestConsole.with([run])
        console.press("r")
        console.type("no")
        run.answer(4, "approved")
        console.feed(.source(.transitions(run.transitions)))
        console.requests = []
        console.press("enter")
        #expect(console.requests == [])
        #expect(console.state.notice?.text == "aaa: approved by ada at 14:00:00; nothing was sent.")
        let command = ConsoleCommand(run.id, .reject(question: 4, message: "no"))
        console.feed(.source(.receipt(command, .refused("closed", code: "question.closed"))))
        #expect(console.state.notice?.text.hasPrefix("aaa: approved by ada") == true)
    }

    @Test(
        "whatever news and keys come between two frames, only what was drawn is answered",
        arguments: 0..<300
    )
    func seeds(seed: UInt64) {
        var random = SeededGenerator(seed)
        var stories = (0..<6).map { asking("run\($0)", at: Int(random.next() % 600)) }
        var console = TestConsole.with(
            Array(stories.prefix(3)),
            size: seed % 2 == 0 ? .standard : Size(columns: 200, rows: 60)
        )
        console.press(seed % 5 == 0 ? "1" : "3")
        console.state.noteDrawn()
        var drawn = console.state.pane.drawn
        for _ in 0..<60 {
            let place = Int(random.next() % 6)
            switch random.next() % 12 {
            case 0: console.feed(.source(.transitions(stories[place].transitions)))
            case 1:
                for need in stories[place].state.needs {
                    stories[place].answer(
                        need.id.matter.question ?? 0,
                        random.next() % 2 == 0 ? "approved" : "rejected"
                    )
                }
                console.feed(.source(.transitions(stories[place].transitions)))
            case 2:
                let effect = stories[place].request("shell", #"{"n":\#(random.next() % 9)}"#)
                _ = stories[place].askApproval(effect, arguments: "{}", risk: "", reason: "again")
                console.feed(.source(.transitions(stories[place].transitions)))
            case 3: console.at(console.state.now + .milliseconds(Int(random.next() % 5_000)))
            case 4: console.feed(.source(.snapshot(Fleet(runs: stories.map(\.state)))))
            case 5: console.press(["j", "k", "!", "home", "end"][Int(random.next() % 5)])
            case 6, 7:
                console.state.noteDrawn()
                drawn = console.state.pane.drawn
            case 8:
                console.feed(
                    .source(
                        .receipt(
                            ConsoleCommand(stories[place].id, .approve(question: 4, arguments: nil)),
                            .refused("no", code: "")
                        )
                    )
                )
            default:
                console.requests = []
                console.press("a")
                for case .command(let command) in console.requests {
                    #expect(command.need.map { drawn?.needs.contains($0) == true } == true)
                    #expect(stories.contains { $0.state.needs.contains { $0.id == command.need } })
                }
            }
        }
    }

    @Test("the selected entry stays in its row while others come and go above it")
    func steady() {
        let stories = (0..<30).map { asking("run\($0 + 10)", at: 100 + $0) }
        var console = TestConsole.with(stories)
        console.press("3")
        for _ in 0..<12 { console.press("j") }
        console.press("k")
        let selected = console.state.approvalsView.selected
        let row = { (console: TestConsole) in
            (console.state.approvalsView.list.selected ?? 0) - console.state.approvalsView.list.top
        }
        let before = row(console)
        console.feed(.source(.transitions(asking("urgent", at: 0).transitions)))
        #expect(console.state.approvalsView.selected == selected)
        #expect(row(console) == before)
    }
}
