import SomaCore

/// Tries of effects: how they begin, end, are tried again, and what becomes of those that nobody waits for.
extension RunMachine {
    /// Takes care of tries that the log says are under way, but that this process is not performing (a crash has
    /// swallowed their results), and of waits before another try.
    mutating func recover(_ services: EngineServices) {
        for activation in state.activations {
            for request in activation.requests {
                switch request.state {
                case .started where request.kind == .tool || request.kind == .model:
                    guard performing[request.id] == nil else { continue }
                    if services.outlives(request.kind == .model ? .model : .tool, request.name) {
                        goOn(request)
                    } else if request.effectClass.mayRepeat {
                        begin(request, in: activation.node, services)
                    } else {
                        doubt(request, in: activation.node, reason: "crash")
                    }
                case .backingOff: waitOrBegin(request, in: activation.node, services)
                default: continue
                }
                guard state.status == .running else { return }
            }
        }
    }

    /// Begins the next try if it is time. A wait that an earlier process began goes on here: it is never longer than
    /// it was meant to be, whatever was done to the clock on the wall.
    private mutating func waitOrBegin(_ request: Request, in node: String, _ services: EngineServices) {
        switch backoffs[request.id] {
        case .over: begin(request, in: node, services)
        case .timed: return
        case nil:
            let delay = Backoff.held(request.detail["backoff"]?.int ?? 0)
            let left = min(delay, request.since + delay - now.wall)
            guard left > .zero else { return begin(request, in: node, services) }
            backoffs[request.id] = .timed(until: now.elapsed + left)
            let key = TimerKey.retry(effect: request.id, attempt: request.attempt)
            immediate.append(.timer(state.id, key, after: left))
        }
    }

    /// Waits for a try that is under way without the process that began it.
    private mutating func goOn(_ request: Request) {
        // By the clock of the process that began it alone: this one's may be an hour ahead, and the executor keeps time.
        let waited = max(.zero, min(now.wall, leftAt ?? now.wall) - request.since)
        performing[request.id] = Performance(attempt: request.attempt, since: now.elapsed - waited)
        underWay.insert(.init(effect: request.id, attempt: request.attempt))
        // What the call is read from is durable first.
        answer(.perform(call(request, attempt: request.attempt)))
        let key = TimerKey.timeout(effect: request.id, attempt: request.attempt)
        let left = max(.zero, request.timeout + EngineLimits.timeoutGrace - waited)
        answer(.timer(state.id, key, after: left))
    }

    private func call(_ request: Request, attempt: Int) -> EffectCall {
        EffectCall(
            run: state,
            effect: request.id,
            attempt: attempt,
            kind: request.kind == .model ? .model : .tool,
            name: request.name,
            effectClass: request.effectClass,
            arguments: library[request.arguments] ?? Words(""),
            timeout: request.timeout,
            library: library
        )
    }

    /// Starts a try, once it is durable that it is started and paid for.
    mutating func begin(_ request: Request, in node: String, _ services: EngineServices) {
        let reserve = request.detail["reserve"]?.object.map(Usage.init) ?? request.reserved
        guard hasRoom(for: reserve - request.reserved) else { return }
        let attempt = request.attempt.addingClamped(1)
        backoffs[request.id] = nil
        emit(
            .effectStarted,
            node: node,
            attempt: attempt,
            cause: request.id,
            body: ["effect": JSON(request.id), "reserve": reserve.record]
        )
        performing[request.id] = Performance(attempt: attempt, since: now.elapsed)
        underWay.insert(.init(effect: request.id, attempt: attempt))
        afterCommit(.perform(call(request, attempt: attempt)))
        let key = TimerKey.timeout(effect: request.id, attempt: attempt)
        afterCommit(.timer(state.id, key, after: request.timeout + EngineLimits.timeoutGrace))
    }

    /// A try has ended, one way or another.
    mutating func ended(
        _ effect: Int,
        _ attempt: Int,
        _ result: EffectResult,
        _ services: EngineServices
    ) {
        underWay.remove(.init(effect: effect, attempt: attempt))
        let performance = performing[effect]
        if performance?.attempt == attempt { performing[effect] = nil }
        guard let request = state.request(effect), request.attempt == attempt,
            request.state == .started || request.state == .inDoubt
        else { return charge(result, effect, attempt) }
        if result.isLost, request.state == .inDoubt || lose(request, services) { return }
        // Who was stopped half-way doesn't know whether it happened.
        if request.state == .inDoubt, !result.succeeded, ["cancelled", "timeout"].contains(result.status) {
            return
        }
        var took = max(.zero, now.wall - request.since)
        if let performance, performance.attempt == attempt { took = now.elapsed - performance.since }
        finish(request, attempt, result, took: took, services)
        guard !result.usage.isZero else { return }
        var charge = result.usage.record.object ?? JSONObject()
        charge["effect"] = JSON(effect)
        for key in ["input", "output", "provenance"] { charge[key] = result.detail[key] }
        emit(.budgetCharged, node: node(of: effect), attempt: attempt, cause: effect, body: charge)
    }

    /// Takes care of a try whose performer is gone.
    ///
    /// - Returns: Whether that was all; otherwise it failed.
    private mutating func lose(_ request: Request, _ services: EngineServices) -> Bool {
        let node = node(of: request.id)
        guard request.effectClass.mayRepeat else {
            doubt(request, in: node, reason: "lost")
            return true
        }
        guard request.attempt < EngineLimits.lostTriesMax, let node else { return false }
        begin(request, in: node, services)
        return true
    }

    /// - Parameter isOpen: Whether what the try used isn't known yet, because nobody waits for its result any more.
    private mutating func finish(
        _ request: Request,
        _ attempt: Int,
        _ result: EffectResult,
        took: Duration,
        isOpen: Bool = false,
        _ services: EngineServices
    ) {
        let effect = request.id
        var body: JSONObject = [
            "effect": JSON(effect), "ok": .bool(result.succeeded), "status": .string(result.status),
        ]
        if !result.detail.isEmpty, CommandRefusal.nesting(of: result.detail) == nil {
            body["detail"] = .object(result.detail)
        }
        body["us"] = .int(took.microseconds)
        if isOpen { body["open"] = true }
        let attemptsMax = request.detail["attempts"]?.int ?? 1
        let isTriedAgain =
            !result.succeeded && result.isRetryable && attempt < attemptsMax && request.state == .started
            && request.effectClass.mayRepeat
        if isTriedAgain {
            let own = Backoff.delay(run: state.id, effect: effect, attempt: attempt)
            // Our own on top of what was asked for, so that those who were told the same don't all come at once.
            let delay = own + max(.zero, result.retryAfter ?? .zero)
            body["retry"] = .int(delay.microseconds)
            backoffs[effect] = .timed(until: now.elapsed + delay)
            afterCommit(.timer(state.id, .retry(effect: effect, attempt: attempt), after: delay))
        }
        emit(
            .effectFinished,
            node: node(of: effect),
            attempt: attempt,
            cause: effect,
            body: body,
            content: [ContentReference("result", store(result.words, services))]
        )
    }

    /// A try has taken longer than it and the engine's patience may.
    mutating func timedOut(_ effect: Int, _ attempt: Int, _ services: EngineServices) {
        guard let request = state.request(effect), request.state == .started, request.attempt == attempt
        else { return }
        let performance = performing.removeValue(forKey: effect)
        afterCommit(.abandon(state.id, effect: effect))
        guard request.effectClass.mayRepeat else {
            return doubt(request, in: node(of: effect), reason: "timeout")
        }
        let words = Words("It took longer than it may and was given up.")
        let result = EffectResult(succeeded: false, status: "timeout", isRetryable: true, words: words)
        let took = performance.map { now.elapsed - $0.since } ?? max(.zero, now.wall - request.since)
        finish(request, attempt, result, took: took, isOpen: request.kind == .model, services)
    }

    /// An effect that must not be repeated may have happened.
    private mutating func doubt(_ request: Request, in node: String?, reason: String) {
        emit(
            .effectInDoubt,
            node: node,
            attempt: request.attempt,
            cause: request.id,
            body: ["effect": JSON(request.id), "reason": .string(reason)]
        )
    }

    /// Charges what a call used that was given up before, if it wasn't charged yet.
    mutating func charge(_ result: EffectResult, _ effect: Int, _ attempt: Int) {
        guard !result.usage.isZero, state.unsettled.contains(.init(effect: effect, attempt: attempt)) else {
            return
        }
        var body = result.usage.record.object ?? JSONObject()
        body["effect"] = JSON(effect)
        body["late"] = true
        emit(.budgetCharged, node: node(of: effect), attempt: attempt, cause: effect, body: body)
        if state.status.isTerminal { chargedAfterEnd = chargedAfterEnd + result.usage }
    }

    /// Ends all that is under way: nobody waits for it any more. What it turns out to have used is still charged.
    mutating func abandonAll() {
        for effect in performing.keys.sorted() { afterCommit(.abandon(state.id, effect: effect)) }
        performing = [:]
    }

    /// The node that asked for something.
    func node(of request: Int) -> String? {
        state.activations.first { $0.requests.contains { $0.id == request } }?.node
    }
}

extension Request {
    /// How long a try may take.
    var timeout: Duration { .microseconds(Int64(detail["timeout"]?.int ?? 60_000_000)) }
}
