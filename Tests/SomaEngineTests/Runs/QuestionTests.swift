import SomaCore
import SomaEngine
import Testing

@Suite("Questions")
struct QuestionTests {
    private static let approval = EffectRequest.Approval(risk: "deletes", reason: "asked for")

    private func asking() -> (Conversation, RunID, Int) {
        let node = ScriptedNode { visit in
            guard let answer = visit.answers.first else {
                return .ask([.tool("rm", .once, arguments: "{\"path\":\"a\"}", approval: Self.approval)])
            }
            return .leave("done", Update([("status", .string(answer.status))]))
        }
        var talk = Conversation(node)
        let run = talk.start()
        return (talk, run, talk.folded(run).waiting?.seq ?? 0)
    }

    @Test("Nothing is performed before a person has approved it")
    func approves() {
        var (talk, run, seq) = asking()
        #expect(talk.performed.isEmpty)
        #expect(talk.folded(run).waiting?.reason == .person)
        let reply = talk.command(run, .answer(seq: seq, .approve(arguments: nil)))
        #expect(reply == .success(CommandReceipt(run: run, seq: seq + 1, status: .running)))
        #expect(talk.performed.map(\.arguments.text) == ["{\"path\":\"a\"}"])
    }

    @Test("A person may approve it with other arguments")
    func edits() {
        var (talk, run, _) = asking()
        talk.command(run, .answer(seq: nil, .approve(arguments: Words("{\"path\":\"b\"}"))))
        #expect(talk.performed.map(\.arguments.text) == ["{\"path\":\"b\"}"])
        #expect(talk.last(.interruptClosed)?.body["edited"] == true)
    }

    @Test("A rejection and its message go to the node")
    func rejects() {
        var (talk, run, seq) = asking()
        talk.command(run, .answer(seq: seq, .reject(message: "Too risky.")))
        #expect(talk.performed.isEmpty)
        #expect(talk.folded(run).document["status"] == "rejected")
        #expect(
            talk.last(.interruptClosed)?.content("message").flatMap { talk.content[$0]?.text } == "Too risky."
        )
    }

    @Test("An answer to a question that is closed, was never asked, or is of another kind is refused")
    func refuses() {
        var (talk, run, seq) = asking()
        #expect(talk.refusal(run, .answer(seq: seq + 1, .approve(arguments: nil))) == "question.closed")
        #expect(talk.refusal(run, .answer(seq: seq, .reply("yes"))) == "question.kind")
        talk.command(run, .answer(seq: seq, .approve(arguments: nil)))
        #expect(talk.refusal(run, .answer(seq: seq, .approve(arguments: nil))) == "question.closed")
        #expect(talk.refusal(run, .answer(seq: nil, .approve(arguments: nil))) == "question.none")
        #expect(talk.performed.count == 1)
        talk.finish()
        #expect(talk.refusal(run, .answer(seq: seq, .approve(arguments: nil))) == "run.missing")
    }

    @Test("Questions are answered by name where there are several")
    func several() {
        let node = ScriptedNode { visit in
            guard !visit.answers.isEmpty else {
                return .ask([.question(Words("One?")), .question(Words("Two?"))])
            }
            let words = visit.answers.map { visit.library[$0.result]?.text ?? "" }
            return .leave("done", Update([("words", JSON(words))]))
        }
        var talk = Conversation(node)
        let run = talk.start()
        let open = talk.folded(run).waits.compactMap(\.seq)
        #expect(talk.refusal(run, .answer(seq: nil, .reply("x"))) == "question.several")
        #expect(talk.refusal(run, .answer(seq: open[0], .approve(arguments: nil))) == "question.kind")
        talk.command(run, .answer(seq: open[1], .reply("second")))
        talk.command(run, .answer(seq: open[0], .reply("first")))
        #expect(talk.folded(run).document["words"] == ["first", "second"])
    }

    @Test("What is answered while a group is on its way binds to the state after it")
    func whileCommitting() {
        var (talk, run, seq) = asking()
        talk.tell(.command(run, .answer(seq: seq, .approve(arguments: nil)), by: "a", command: 50))
        talk.tell(.command(run, .answer(seq: seq, .reject(message: "no")), by: "b", command: 51))
        #expect(talk.replies[50] == nil)
        talk.commit()
        #expect(talk.replies[50].map { if case .success = $0 { true } else { false } } == true)
        #expect(talk.replies[51].map { if case .failure = $0 { true } else { false } } == true)
        #expect(talk.count(.interruptClosed) == 1)
    }

    @Test("A question stays open over a crash")
    func crash() {
        var (talk, run, seq) = asking()
        talk.crash()
        #expect(talk.folded(run).waiting?.seq == seq)
        talk.command(run, .answer(seq: seq, .approve(arguments: nil)))
        #expect(talk.performed.count == 1)
    }
}
