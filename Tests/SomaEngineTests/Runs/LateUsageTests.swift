import SomaCore
import SomaEngine
import Testing

/// Calls that were given up, and that turn out to have used something.
@Suite("Late usage")
struct LateUsageTests {
    private static let node = ScriptedNode { visit in
        guard let answer = visit.answers.first else {
            return .ask([
                .effect(
                    EffectRequest(
                        kind: .model,
                        name: "model",
                        effectClass: .model,
                        arguments: Words("prompt"),
                        timeout: .seconds(5),
                        attemptsMax: 2,
                        reserve: Usage(tokens: 100)
                    )
                )
            ])
        }
        return answer.state.isAnswered ? .leave("done") : .ask([])
    }

    private func isTimeout(_ key: TimerKey) -> Bool { if case .timeout = key { true } else { false } }
    private func isRetry(_ key: TimerKey) -> Bool { if case .retry = key { true } else { false } }

    private func late(_ tokens: Int) -> EffectResult {
        EffectResult(
            succeeded: false,
            status: "cancelled",
            words: Words("stopped"),
            usage: Usage(tokens: tokens)
        )
    }

    private func charges(_ talk: Conversation) -> [Int] {
        talk.log.filter { $0.kind == .budgetCharged }.compactMap { $0.body["tokens"]?.int }
    }

    @Test("A call that took too long is charged when it says what it used, once")
    func timedOut() {
        var talk = Conversation(Self.node)
        let run = talk.start(limits: Limits(tokens: 1000))
        let first = talk.performed[0]
        talk.ring(where: isTimeout)
        #expect(talk.folded(run).unsettled == [.init(effect: first.effect, attempt: 1)])
        for _ in 0..<2 { talk.say(.effectEnded(run, effect: first.effect, attempt: 1, late(70))) }
        #expect(charges(talk) == [70])
        #expect(talk.last(.budgetCharged)?.attempt == 1)
        #expect(talk.folded(run).unsettled.isEmpty)
        talk.ring(where: isRetry)
        talk.finish(EffectResult(succeeded: true, words: Words("x"), usage: Usage(tokens: 30)))
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).budget.spent.tokens == 100)
    }

    @Test("A call that a cancelled run gave up is charged to the run, after its end")
    func cancelled() {
        var talk = Conversation(Self.node)
        let run = talk.start()
        let call = talk.performed[0]
        talk.command(run, .cancel(reason: ""))
        #expect(talk.core.runs.isEmpty)
        for _ in 0..<2 { talk.say(.effectEnded(run, effect: call.effect, attempt: 1, late(12))) }
        #expect(charges(talk) == [12])
        #expect(talk.folded(run).status == .cancelled)
        #expect(talk.folded(run).budget.spent.tokens == 12)
        #expect(talk.snapshots.last == talk.folded(run))
        #expect(talk.core.state(of: run) == nil)
    }

    @Test("A call that says what it used before the end is durable is charged after it")
    func whileEnding() {
        var talk = Conversation(Self.node)
        let run = talk.start()
        let call = talk.performed[0]
        talk.tell(.command(run, .cancel(reason: ""), by: "a", command: 80))
        talk.tell(.effectEnded(run, effect: call.effect, attempt: 1, late(12)))
        talk.commit()
        #expect(charges(talk) == [12])
        #expect(talk.ended.map(\.id) == [run])
        #expect(talk.core.state(of: run) == nil)
    }

    @Test("A call that a crash cut off is charged if its answer comes after all, once")
    func crash() {
        var talk = Conversation(Self.node)
        let run = talk.start()
        let call = talk.performed[0]
        talk.crash()
        #expect(talk.performed.map(\.attempt) == [2])
        talk.say(.effectEnded(run, effect: call.effect, attempt: 1, late(9)))
        talk.crash()
        for attempt in [1, 2, 1, 2] {
            talk.say(.effectEnded(run, effect: call.effect, attempt: attempt, late(5)))
        }
        #expect(charges(talk) == [9, 5])
        #expect(talk.folded(run).budget.spent.tokens == 14)
    }

    @Test("What a child that has ended turns out to have used counts in its parent")
    func child() throws {
        let parent = ScriptedNode { visit in
            visit.answers.isEmpty
                ? .ask([.child(ChildRequest(role: "helper", goal: "child"))])
                : visit.answers.count == 1 ? .ask([.question(Words("Go on?"))]) : .leave("done")
        }
        var talk = Conversation(ScriptedCatalog(["goal": .single(parent), "child": .single(Self.node)]))
        let run = talk.start(limits: Limits(tokens: 500))
        let child = try #require(talk.folded(run).children.first)
        let call = talk.performed[0]
        talk.command(child, .cancel(reason: ""))
        #expect(talk.folded(run).budget.spent.tokens == 0)
        talk.say(.effectEnded(child, effect: call.effect, attempt: 1, late(40)))
        #expect(talk.folded(child).budget.spent.tokens == 40)
        #expect(talk.folded(run).budget.spent.tokens == 40)
        #expect(charges(talk) == [40, 40])
        #expect(talk.last(.budgetCharged)?.body["child"] == .string(child.rawValue))
    }

    @Test("Nothing is charged for a call that used nothing, or that nobody made")
    func nothing() {
        var talk = Conversation(Self.node)
        let run = talk.start()
        talk.say(.effectEnded(run, effect: 999, attempt: 1, late(5)))
        talk.say(.effectEnded(run, effect: talk.performed[0].effect, attempt: 7, late(5)))
        talk.command(run, .cancel(reason: ""))
        talk.say(.effectEnded(run, effect: talk.performed[0].effect, attempt: 1, late(0)))
        #expect(charges(talk).isEmpty)
        #expect(talk.core.state(of: run) == nil)
    }
}
