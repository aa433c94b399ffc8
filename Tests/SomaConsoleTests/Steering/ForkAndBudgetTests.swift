@testable import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Forks and budgets")
struct ForkAndBudgetTests {
    private func sent(_ console: TestConsole) -> [ConsoleCommand] {
        console.requests.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }

    @Test("a fork begins at the end of the decision that is looked at, after a question")
    func fork() {
        var story = Stories.done()
        var console = TestConsole.with([story])
        console.press("g F")
        #expect(console.state.confirmation == nil)
        #expect(console.state.notice?.kind == .bad)
        console.press("left left F")
        let seq = console.state.walked?.seq ?? 0
        #expect(console.state.confirmation?.title == "Fork 4410fe at event \(seq)?")
        console.requests = []
        console.press("y")
        #expect(sent(console) == [ConsoleCommand(story.id, .fork(at: seq))])
        console.feed(.source(.receipt(sent(console)[0], .done(RunID("fffffff")))))
        #expect(console.state.view == .run(RunID("fffffff")))
        #expect(console.state.walked == nil)
        #expect(console.state.notice == Notice("4410fe forked at \(seq): ffffff goes on from there", .good))
        // In the middle of a decision the fork moves to its end.
        story = Stories.done()
        var log = story.transitions
        log[4].more = 2
        log[5].more = 1
        var middle = TestConsole.with([story])
        middle.press("enter")
        middle.feed(.source(.journal(story.id, log)))
        middle.state.walked = Walk(run: story.id, seq: 5, at: log[4].at)
        middle.press("F")
        #expect(middle.state.confirmation?.title == "Fork 4410fe at event 7?")
        middle.press("n")
        middle.state.isReadOnly = true
        middle.press("F")
        #expect(middle.state.confirmation == nil)
    }

    @Test("in the stream a fork begins after the selected transition's decision")
    func forkEvents() {
        let story = Stories.needsApproval()
        var log = story.transitions
        let place = log.count - 4
        log[place].more = 2
        log[place + 1].more = 1
        var console = TestConsole([story])
        console.feed(.source(.snapshot(Fleet())))
        console.feed(.source(.transitions(log)))
        console.press("5 k k k F")
        #expect(console.state.confirmation?.title == "Fork 7f3a91 at event \(place + 3)?")
        console.requests = []
        console.press("y")
        #expect(sent(console) == [ConsoleCommand(story.id, .fork(at: place + 3))])
    }

    @Test("in views of whole runs it begins where the selected one is; what has ended is refused")
    func forkRuns() {
        let stories = [Stories.needsApproval(), Stories.done()]
        for keys in ["1", "2"] {
            var console = TestConsole.with(stories)
            console.state.select(stories[0].id)
            console.press(keys)
            console.press("home F")
            #expect(
                console.state.confirmation?.title == "Fork 7f3a91 at event \(stories[0].transitions.count)?"
            )
            console.press("n end F")
            #expect(console.state.confirmation == nil)
            #expect(
                console.state.notice
                    == Notice(
                        "4410fe has ended there and has nothing left to do: fork it at an earlier place.",
                        .bad
                    )
            )
        }
        var marked = TestConsole.with(stories)
        marked.press("home space home F")
        #expect(marked.state.confirmation?.title.hasPrefix("Fork ") == true)
    }

    @Test("in a comparison it begins after the selected step, of the side that is selected")
    func forkCompare() {
        let stories = [Stories.needsApproval(), Stories.doubtful()]
        var console = TestConsole.with(stories)
        console.press(":")
        console.type("compare 7f3 b02")
        console.press("enter F")
        let step = console.state.compareView.selectedStep
        #expect(step?.run == stories[0].id)
        #expect(console.state.confirmation?.title == "Fork 7f3a91 at event \(step?.seq ?? 0)?")
        console.press("n tab F")
        #expect(console.state.confirmation?.title.hasPrefix("Fork b02c44 at event ") == true)
    }

    @Test("where no place is looked at it says what to do", arguments: ["3", "4", "0"])
    func forkRefused(keys: String) {
        var console = TestConsole.with(Stories.mix)
        console.press("\(keys) F")
        #expect(console.state.confirmation == nil)
        #expect(console.state.notice?.text.hasPrefix("A fork begins at a place in a run's log") == true)
    }

    @Test("a used-up budget is raised: twice as much is offered, and less than was used is refused")
    func raise() {
        var run = RunBuilder("b0d9e7", role: "r", goal: "g", at: start, limits: ["tokens": 20_000])
        run.charge(tokens: 20_000, microdollars: 0)
        run.add(.runPaused, ["reason": "budget:tokens"])
        var console = TestConsole.with([run])
        console.press("3 a")
        #expect(console.state.prompt?.input.text == "40000")
        console.requests = []
        console.press("enter")
        #expect(sent(console) == [ConsoleCommand(run.id, .budget(Limits(tokens: 40_000)))])
        console.press("B ctrl+u")
        console.type("10k")
        console.press("enter")
        #expect(
            console.state.notice == Notice("Not changed: 20000 are used already; give more in all.", .bad)
        )
        console.press("B ctrl+u")
        console.type("many")
        console.press("enter")
        #expect(
            console.state.notice == Notice("Not changed: give tokens in all, such as 50000 or 50k.", .bad)
        )
        #expect(sent(console).count == 1)
    }

    @Test(
        "a budget is typed with its unit",
        arguments: [
            ("budget $2.50", Limits(microdollars: 2_500_000)), ("budget 400 steps", Limits(steps: 400)),
            ("budget b0d 50k tokens", Limits(tokens: 50_000)), ("budget 20m", Limits(seconds: 1_200)),
            ("budget 1.005 usd", Limits(microdollars: 1_005_000)),
            ("budget b0d9e7 2h", Limits(seconds: 7_200)),
            ("budget", nil), ("budget 12", nil), ("budget nobody $1", nil), ("budget $0", nil),
            ("budget $-1", nil), ("budget 1.1234567 usd", nil), ("budget 99999999999999999999 steps", nil),
            ("budget $9223372036854775807", nil),
        ]
    )
    func typed(line: String, limits: Limits?) {
        let run = RunBuilder("b0d9e7", role: "r", goal: "g", at: start)
        var console = TestConsole.with([run])
        console.requests = []
        console.press(":")
        console.type(line)
        console.press("enter")
        #expect(sent(console) == (limits.map { [ConsoleCommand(run.id, .budget($0))] } ?? []))
        #expect(console.state.notice?.kind == (limits == nil ? .bad : .info))
    }

    @Test("a time that was used up is suggested in its own unit")
    func suggestions() {
        for (limits, text) in [
            (["microdollars": 1_250_000] as JSON, "$2.50"), (["seconds": 90], "3m"), (["steps": 7], "14"),
            (["tokens": 10, "seconds": 3_600], "20"), ([:], ""),
        ] {
            var console = TestConsole.with([
                RunBuilder("b0d9e7", role: "r", goal: "g", at: start, limits: limits)
            ])
            console.press("B")
            #expect(console.state.prompt?.input.text == text)
        }
    }
}
