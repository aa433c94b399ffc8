import SomaConsole
import SomaCore
import SomaTerminal
import SomaTesting
import Testing

@Suite("Steering")
struct SteeringTests {
    private func commands(_ story: RunBuilder, _ act: (inout TestConsole) -> Void) -> [ConsoleCommand.Action]
    {
        var console = TestConsole.with([story])
        console.requests = []
        act(&console)
        return console.requests.compactMap { request in
            if case .command(let command) = request { command.action } else { nil }
        }
    }

    private var question: Int { Stories.needsApproval().state.openQuestion?.question ?? 0 }

    @Test("an approval binds to the question that was asked")
    func approve() {
        #expect(
            commands(Stories.needsApproval()) { $0.press("a") } == [
                .approve(question: question, arguments: nil)
            ]
        )
    }

    @Test("a rejection says why; without a reason nothing is sent")
    func reject() {
        let rejected = commands(Stories.needsApproval()) { console in
            console.press("r")
            console.type("not today")
            console.press("enter")
        }
        #expect(rejected == [.reject(question: question, message: "not today")])
        #expect(commands(Stories.needsApproval()) { $0.press("r enter") } == [])
        #expect(commands(Stories.needsApproval()) { $0.press("r esc") } == [])
    }

    @Test("edited arguments must be JSON")
    func edit() {
        let sent = commands(Stories.needsApproval()) { $0.press("e enter") }
        #expect(
            sent == [
                .approve(question: question, arguments: #"{"command":"vault kv put secret/api key=new"}"#)
            ]
        )
        var console = TestConsole.with([Stories.needsApproval()])
        console.press("e")
        console.type("x")
        console.press("enter")
        #expect(console.state.notice?.kind == .bad)
        #expect(console.state.notice?.text.hasPrefix("Not approved: the arguments are not JSON") == true)
        var waiting = TestConsole([Stories.needsApproval()])
        waiting.answersWords = false
        waiting.feed(.source(.snapshot(Fleet(runs: [Stories.needsApproval().state]))))
        waiting.press("e")
        #expect(waiting.state.notice == Notice("The arguments have not arrived yet.", .bad))
    }

    @Test("a question for words is answered with words")
    func answer() {
        var story = Stories.failed()
        story = RunBuilder("q1", role: "r", goal: "g", at: start)
        let asked = story.ask("which file?")
        let sent = commands(story) { console in
            console.press("a")
            console.type("the first")
            console.press("enter")
        }
        #expect(sent == [.answer(question: asked, text: "the first")])
        #expect(commands(story) { $0.press("a enter") } == [])
        #expect(commands(story) { $0.press("r e") } == [])
    }

    @Test("a doubtful effect is settled by what a person knows")
    func settle() {
        let effect = Stories.doubtful().state.doubt?.id ?? 0
        #expect(commands(Stories.doubtful()) { $0.press("s y") } == [.settle(effect: effect, happened: true)])
        #expect(
            commands(Stories.doubtful()) { $0.press("s n") } == [.settle(effect: effect, happened: false)]
        )
        #expect(commands(Stories.doubtful()) { $0.press("s c s j esc") } == [])
    }

    @Test("cancelling asks first; pausing doesn't")
    func cancel() {
        let run = Stories.research()[0]
        #expect(commands(run) { $0.press("x y") } == [.cancel(reason: "")])
        #expect(commands(run) { $0.press("x n x esc x q") } == [])
        #expect(commands(run) { $0.press("p") } == [.pause])
        var paused = run
        paused.add(.runPaused, ["reason": "person"])
        #expect(commands(paused) { $0.press("p") } == [.resume])
        #expect(commands(Stories.done()) { $0.press("x p a r e s") } == [])
    }

    @Test("a console that only reads sends nothing")
    func readOnly() {
        let sent = commands(Stories.needsApproval()) { console in
            console.state.isReadOnly = true
            console.press("a r e x y p")
        }
        #expect(sent == [])
    }

    @Test("what came of a command is told with its reason")
    func receipts() {
        let id = Stories.needsApproval().id
        let all: [(ConsoleCommand.Action, String)] = [
            (.approve(question: 1, arguments: nil), "approved"),
            (.approve(question: 1, arguments: "{}"), "approved with your arguments"),
            (.reject(question: 1, message: "no"), "rejected"), (.answer(question: 1, text: "x"), "answered"),
            (.settle(effect: 1, happened: true), "settled: it happened"),
            (.settle(effect: 1, happened: false), "settled: it didn't happen"),
            (.cancel(reason: ""), "cancelled"),
            (.pause, "paused; p lets it go on"), (.resume, "resumed"),
        ]
        var console = TestConsole.with([Stories.needsApproval()])
        for (action, done) in all {
            console.feed(.source(.receipt(ConsoleCommand(id, action), .done(nil))))
            #expect(console.state.notice == Notice("7f3a91 \(done)", .good))
        }
        console.feed(.source(.receipt(ConsoleCommand(id, .pause), .refused("The run has ended.", code: ""))))
        #expect(console.state.notice == Notice("7f3a91 not changed: The run has ended.", .bad))
    }
}
