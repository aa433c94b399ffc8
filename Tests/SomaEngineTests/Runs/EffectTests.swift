import SomaCore
import SomaEngine
import Testing

@Suite("Effects")
struct EffectTests {
    private func isTimeout(_ key: TimerKey) -> Bool { if case .timeout = key { true } else { false } }
    private func isRetry(_ key: TimerKey) -> Bool { if case .retry = key { true } else { false } }
    private let failure = EffectResult(succeeded: false, isRetryable: true, words: Words("busy"))

    @Test("An effect is performed once it is durable that it is started, and its result goes to the node")
    func performs() {
        let node = ScriptedNode { visit in
            guard let answer = visit.answers.first else { return .ask([.tool("ls", arguments: "{\"a\":1}")]) }
            return .leave("done", Update([("said", .string(visit.library[answer.result]?.text ?? ""))]))
        }
        var talk = Conversation(node)
        let run = talk.start(commits: false)
        while !talk.pending.contains(where: { $0.transitions.contains { $0.kind == .effectStarted } }) {
            talk.commitOne()
        }
        #expect(talk.performed.isEmpty)
        talk.commit()
        let call = talk.performed[0]
        #expect(call.arguments.text == "{\"a\":1}")
        #expect(call.idempotencyKey == "\(run)/\(call.effect)")
        #expect(call.attempt == 1)
        talk.finish()
        #expect(talk.folded(run).document["said"] == "fine")
        #expect(talk.last(.effectFinished)?.body["status"] == "ok")
    }

    @Test("A failure that may pass is tried again after a back-off, as often as asked")
    func retries() {
        var talk = Conversation(.asks(.tool(attempts: 3)))
        let run = talk.start()
        for attempt in 1...2 {
            talk.finish(failure)
            #expect(talk.folded(run).waiting?.reason == .timer)
            #expect(talk.performed.count == attempt)
            let due = talk.timers.first { isRetry($0.key) }
            let delay = Backoff.delay(run: run, effect: talk.performed[0].effect, attempt: attempt)
            #expect(due?.at == talk.elapsed + delay)
            talk.ring(where: isRetry)
            #expect(talk.performed.last?.attempt == attempt + 1)
        }
        talk.finish(failure)
        #expect(talk.count(.effectStarted) == 3)
        #expect(talk.folded(run).status == .completed)
        #expect(talk.folded(run).counts.effectsFailed == 1)
    }

    @Test("A retry's timer that rings early only asks for another")
    func earlyTimer() {
        var talk = Conversation(.asks(.tool(attempts: 2)))
        let run = talk.start()
        talk.finish(failure)
        talk.say(.timer(run, .retry(effect: talk.performed[0].effect, attempt: 1)))
        #expect(talk.performed.count == 1)
        #expect(talk.timers.count { isRetry($0.key) } == 2)
    }

    @Test(
        "A failure that won't pass is not tried again",
        arguments: [(false, EffectClass.read), (true, .once)]
    )
    func doesNotRetry(isRetryable: Bool, effectClass: EffectClass) {
        var talk = Conversation(.asks(.tool("t", effectClass, attempts: 5)))
        let run = talk.start()
        talk.finish(EffectResult(succeeded: false, isRetryable: isRetryable, words: Words("no")))
        #expect(talk.performed.count == 1)
        #expect(talk.folded(run).status == .completed)
    }

    @Test("Results of older tries, repeated results and results of nothing are dropped")
    func strayResults() {
        var talk = Conversation(.asks(.tool(attempts: 2), .tool("other")))
        let run = talk.start()
        let calls = talk.performed
        talk.performed = [calls[0]]
        talk.finish(failure)
        talk.ring(where: isRetry)
        let before = talk.log.count
        talk.performed = [calls[0]]
        talk.finish()
        talk.say(.effectEnded(run, effect: 999, attempt: 1, failure))
        talk.say(.effectEnded(RunID("gone"), effect: 1, attempt: 1, failure))
        #expect(talk.log.count == before)
    }

    @Test("A try that takes too long is given up and counts as a failure that may pass")
    func timeout() {
        var talk = Conversation(.asks(.tool(attempts: 2, timeout: .seconds(3))))
        let run = talk.start()
        let due = talk.timers.first { isTimeout($0.key) }?.at
        #expect(due == talk.elapsed + .seconds(3) + EngineLimits.timeoutGrace)
        talk.ring(where: isTimeout)
        #expect(talk.abandoned == [talk.performed[0].effect])
        #expect(talk.last(.effectFinished)?.body["status"] == "timeout")
        talk.ring(where: isRetry)
        talk.finish()
        #expect(talk.folded(run).status == .completed)
        talk.ring(where: isTimeout)
        #expect(talk.count(.effectFinished) == 2)
    }

    @Test("A once effect that takes too long is in doubt until a late result settles it")
    func lateResult() {
        var talk = Conversation(.asks(.tool("mail", .once)))
        let run = talk.start()
        talk.ring(where: isTimeout)
        #expect(talk.folded(run).waiting?.reason == .doubt)
        #expect(talk.last(.effectInDoubt)?.body["reason"] == "timeout")
        // Who was stopped doesn't know whether the mail went out.
        talk.finish(EffectResult(succeeded: false, status: "cancelled", words: Words("stopped")))
        #expect(talk.folded(run).waiting?.reason == .doubt)
        talk.finish()
        #expect(talk.folded(run).status == .completed)
        #expect(talk.count(.effectStarted) == 1)
    }

    @Test(
        "After a crash, what may be repeated is repeated under the same key",
        arguments: [EffectClass.read, .model, .idempotent]
    )
    func repeats(effectClass: EffectClass) {
        var talk = Conversation(.asks(.tool("t", effectClass)))
        let run = talk.start()
        let key = talk.performed[0].idempotencyKey
        talk.crash()
        #expect(talk.performed.map(\.idempotencyKey) == [key])
        #expect(talk.performed.map(\.attempt) == [2])
        talk.finish()
        let state = talk.folded(run)
        #expect(state.status == .completed)
        #expect(state.counts.recoveries == 1)
        #expect(talk.last(.runResumed)?.body["holder"] == "tests")
    }

    @Test(
        "After a crash a once effect is in doubt, and a person says whether it happened",
        arguments: [true, false]
    )
    func settles(happened: Bool) {
        var talk = Conversation(.asks(.tool("mail", .once)))
        let run = talk.start()
        let effect = talk.performed[0].effect
        talk.crash()
        #expect(talk.performed.isEmpty)
        #expect(talk.folded(run).waiting?.seq == effect)
        #expect(talk.refusal(run, .settle(seq: 1, happened: true)) == "question.closed")
        talk.command(run, .settle(seq: nil, happened: happened))
        #expect(talk.performed.map(\.attempt) == (happened ? [] : [2]))
        #expect(talk.folded(run).status == (happened ? .completed : .running))
        #expect(talk.refusal(run, .settle(seq: effect, happened: true)) != nil)
    }

    @Test("A back-off goes on after a crash: its timer is set again")
    func backoffSurvives() {
        var talk = Conversation(.asks(.tool(attempts: 2)))
        let run = talk.start()
        talk.finish(failure)
        talk.crash()
        #expect(talk.performed.isEmpty)
        talk.ring(where: isRetry)
        talk.finish()
        #expect(talk.folded(run).status == .completed)
    }

    @Test("A run's times don't go backwards when the clock does")
    func clock() {
        var talk = Conversation(.asks(.tool()))
        let run = talk.start()
        talk.setClock(by: .seconds(-7200))
        talk.finish()
        let times = talk.log.filter { $0.run == run }.map(\.at)
        #expect(times == times.sorted())
    }

    @Test("Words are stored once, whoever needs them again")
    func wordsOnce() {
        var talk = Conversation(.asks(.tool("a", arguments: "same"), .tool("b", arguments: "same")))
        talk.start(commits: false)
        var names: [ContentID] = []
        while !talk.pending.isEmpty {
            names += talk.pending[0].content.map(\.id)
            talk.commitOne()
        }
        #expect(names.count == Set(names).count)
    }

    @Test("A back-off whose timer rings while the run is paused is over when it goes on")
    func pausedInBackoff() {
        var talk = Conversation(.asks(.tool(attempts: 2)))
        let run = talk.start()
        talk.finish(failure)
        talk.command(run, .pause)
        talk.ring(where: isRetry)
        #expect(talk.performed.count == 1)
        talk.command(run, .resume)
        #expect(talk.performed.count == 2)
        talk.finish()
        #expect(talk.folded(run).status == .completed)
    }
}
