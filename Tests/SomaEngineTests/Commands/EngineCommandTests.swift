import SomaCore
import Testing

@testable import SomaEngine

@Suite("Commands as they are kept")
struct EngineCommandTests {
    private static let run = RunID("0123456789abcde")
    private static let bytes: [UInt8] = [0, 255, 10, 34]

    private static func start(_ change: (inout StartRequest) -> Void) -> EngineCommand {
        var request = StartRequest(goal: "Say \"hi\"\u{0}\u{1F600}")
        request.id = run
        change(&request)
        return .start(request)
    }

    private static let commands: [EngineCommand] = [
        start {
            $0.role = "coder"
            $0.runbook = "book"
            $0.parameters = ["a": [1, 2.5, nil, true]]
            $0.workspace = "/tmp"
            $0.limits = Limits(tokens: 5, seconds: 9)
            $0.tenant = "t"
            $0.subject = "s"
            $0.context = ["depth": 1]
            $0.conversation = ConversationContext(
                id: ConversationID("talk"),
                message: 3,
                earlier: [(.person, Words(bytes: bytes)), (.agent, Words("Yes."))]
            )
        },
        start { _ in },
        start {
            $0.caller = TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                tracestate: "rojo=1"
            )
        },
        start { $0.asking = SpanID(7) },
        .fork(RunID("from"), at: 7, id: run, edit: ["x": nil, "y": "z"], by: "me"),
        .command(run, .pause, by: "me"), .command(run, .resume, by: "me"),
        .command(run, .cancel(reason: "no"), by: "me"), .command(run, .budget(Limits(steps: 3)), by: "me"),
        .command(run, .settle(seq: nil, happened: true), by: "me"),
        .command(run, .settle(seq: 4, happened: false), by: "me"),
        .command(run, .answer(seq: 3, .approve(arguments: nil)), by: "me"),
        .command(run, .answer(seq: 3, .approve(arguments: Words(bytes: bytes))), by: "me"),
        .command(run, .answer(seq: nil, .reject(message: "rather not")), by: "me"),
        .command(run, .answer(seq: 3, .reply("yes")), by: "me"),
        .late(
            run,
            effect: 5,
            attempt: 2,
            EffectResult(
                succeeded: false,
                status: "refused",
                isRetryable: true,
                words: Words(bytes: bytes),
                detail: ["exit": 3],
                usage: Usage(tokens: 7, microdollars: 8, steps: 9)
            )
        ),
    ]

    @Test("Each comes back as it went", arguments: commands.indices)
    func roundTrip(index: Int) throws {
        let command = Self.commands[index]
        let again = try #require(EngineCommand(bytes: command.bytes))
        #expect("\(again)" == "\(command)")
        #expect(again.run == Self.run)
        #expect(again.begins == (0...4).contains(index))
    }

    @Test(
        "What isn't one is told apart",
        arguments: [
            "", "{}", "[1]", #"{"kind":"start","run":"a"}"#, #"{"kind":"explode","run":"a","by":"b"}"#,
        ]
    )
    func unreadable(text: String) { #expect(EngineCommand(bytes: Array(text.utf8)) == nil) }

    @Test("Answers come back as they went, and an unreadable one says so")
    func answers() {
        let receipt = CommandReceipt(run: Self.run, seq: 4, status: .paused)
        #expect(EngineAnswer.read(EngineAnswer.bytes(.success(receipt))) == .success(receipt))
        let refusal = CommandRefusal(.conflict, code: "run.ended", "It has ended.", hint: "Start another.")
        #expect(EngineAnswer.read(EngineAnswer.bytes(.failure(refusal))) == .failure(refusal))
        guard case .failure(let unreadable) = EngineAnswer.read([1, 2]) else {
            Issue.record("It was read.")
            return
        }
        #expect(unreadable.code == "answer.unreadable")
    }
}
