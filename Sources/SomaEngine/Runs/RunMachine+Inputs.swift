import SomaCore

extension RunMachine {
    mutating func handle(_ input: Input, _ services: inout EngineServices) {
        switch input {
        case .command(let command, let by, let number):
            do throws(CommandRefusal) {
                try perform(command, by: by, services)
                let receipt = CommandReceipt(run: state.id, seq: state.seq, status: state.status)
                let reply = EngineOutput.reply(number, .success(receipt))
                answer(reply)
            } catch {
                answer(.reply(number, .failure(error)))
            }
        case .effectEnded(let effect, let attempt, let result): ended(effect, attempt, result, services)
        case .timer(let key): timer(key, services)
        case .childEnded(let child, let outcome): ended(child, outcome, services)
        case .adopted:
            // `run.resumed` would also end a pause, which only a person or a budget may.
            guard state.status != .paused else { return }
            emit(.runResumed, body: ["after": "crash", "holder": .string(services.holder)])
        }
    }

    /// Answers a command: what the answer rests on is durable first.
    private mutating func answer(_ reply: EngineOutput) {
        if transitions.isEmpty { immediate.append(reply) } else { afterCommit(reply) }
    }

    mutating func ended(
        _ effect: Int,
        _ attempt: Int,
        _ result: EffectResult,
        _ services: EngineServices
    ) {
        if performing[effect] == attempt { performing[effect] = nil }
        guard let request = state.request(effect), request.attempt == attempt,
            request.state == .started || request.state == .inDoubt
        else { return }
        // Who was stopped half-way doesn't know whether it happened.
        if request.state == .inDoubt, !result.succeeded, ["cancelled", "timeout"].contains(result.status) {
            return
        }
        let attemptsMax = request.detail["attempts"]?.int ?? 1
        var body: JSONObject = [
            "effect": JSON(effect), "ok": .bool(result.succeeded), "status": .string(result.status),
        ]
        if !result.detail.isEmpty { body["detail"] = .object(result.detail) }
        body["us"] = .int(max(0, now.microseconds - request.since.microseconds))
        let retries =
            !result.succeeded && result.isRetryable && attempt < attemptsMax && request.state == .started
            && request.effectClass.mayRepeat
        if retries {
            let delay = Backoff.delay(run: state.id, effect: effect, attempt: attempt)
            body["retry"] = .int(delay.microseconds)
            retriesAt[effect] = now + delay
            afterCommit(.timer(state.id, .retry(effect: effect, attempt: attempt), at: now + delay))
        }
        emit(
            .effectFinished,
            node: node(of: effect),
            attempt: attempt,
            cause: effect,
            body: body,
            content: [ContentReference("result", store(result.words, services))]
        )
        guard !result.usage.isZero else { return }
        var charge = result.usage.record.object ?? JSONObject()
        charge["effect"] = JSON(effect)
        for key in ["input", "output", "provenance"] { charge[key] = result.detail[key] }
        emit(.budgetCharged, node: node(of: effect), attempt: attempt, cause: effect, body: charge)
    }

    func node(of request: Int) -> String? {
        state.activations.first { $0.requests.contains { $0.id == request } }?.node
    }

    mutating func timer(_ key: TimerKey, _ services: EngineServices) {
        switch key {
        // `decide` looks at the clock itself. Where it can't act now, or the clock was put back, it asks for
        // another timer.
        case .retry(let effect, _): retriesAt[effect] = nil
        case .deadline: deadlineAt = nil
        case .timeout(let effect, let attempt):
            guard let request = state.request(effect), request.state == .started, request.attempt == attempt
            else {
                return
            }
            performing[effect] = nil
            afterCommit(.abandon(state.id, effect: effect))
            guard request.effectClass.mayRepeat else {
                return emit(
                    .effectInDoubt,
                    node: node(of: effect),
                    attempt: attempt,
                    cause: effect,
                    body: ["effect": JSON(effect), "reason": "timeout"]
                )
            }
            let words = Words("It took longer than it may and was given up.")
            let result = EffectResult(succeeded: false, status: "timeout", isRetryable: true, words: words)
            ended(effect, attempt, result, services)
        }
    }

    mutating func ended(_ child: RunState, _ outcome: Words?, _ services: EngineServices) {
        guard state.children.contains(child.id) else { return }
        let request = state.activations.flatMap(\.requests).first { $0.child == child.id }
        let usage = child.budget.spent
        var body: JSONObject = [
            "child": .string(child.id.rawValue), "status": .string(child.status.rawValue),
            "usage": usage.record,
        ]
        body["request"] = request.map { JSON($0.id) }
        var references: [ContentReference] = []
        if let outcome { references.append(ContentReference("result", store(outcome, services))) }
        emit(
            .childFinished,
            node: request.flatMap { node(of: $0.id) },
            cause: request?.id,
            body: body,
            content: references
        )
    }
}
