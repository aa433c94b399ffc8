/// How requests move: effects, questions and children.
extension RunState {
    /// The request of an activation under way that `seq` names.
    public func request(_ seq: Int) -> Request? {
        for activation in activations {
            if let request = activation.requests.first(where: { $0.id == seq }) { return request }
        }
        return nil
    }

    /// The request that the open question `seq` is about.
    public func request(question seq: Int) -> Request? {
        for activation in activations {
            if let request = activation.requests.first(where: { $0.question == seq }) { return request }
        }
        return nil
    }

    mutating func withRequest(_ seq: Int?, _ change: (inout Request, inout Budget) -> Void) {
        guard let seq else { return }
        for index in activations.indices {
            guard let place = activations[index].requests.firstIndex(where: { $0.id == seq }) else {
                continue
            }
            return change(&activations[index].requests[place], &budget)
        }
    }

    private mutating func append(_ request: Request, to activation: Int?) {
        guard let index = activations.firstIndex(where: { $0.id == activation }) else { return }
        activations[index].requests.append(request)
    }

    mutating func request(_ transition: Transition) {
        let body = transition.body
        let kind: Request.Kind = body["effect"]?.string == "model" ? .model : .tool
        var request = Request(
            id: transition.seq,
            kind: kind,
            name: body["name"]?.string ?? "",
            effectClass: body["class"]?.string.flatMap(EffectClass.init) ?? .once,
            since: transition.at,
            arguments: transition.content("arguments")
        )
        request.detail = body
        append(request, to: body["activation"]?.int)
        // A model is asked the same between any two calls that it chooses.
        guard kind == .tool else { return }
        if repetition.name == request.name, repetition.arguments == request.arguments {
            repetition.count.increase()
        } else {
            repetition = Repetition(name: request.name, arguments: request.arguments, count: 1)
        }
    }

    mutating func startEffect(_ transition: Transition) {
        let reserve = transition.body["reserve"]?.object.map(Usage.init) ?? .zero
        var lost: Request?
        withRequest(transition.body["effect"]?.int) { request, budget in
            // Started again without an answer: a crash has swallowed it, and what it used is not known.
            if request.state == .started { lost = request }
            request.state = .started
            request.since = transition.at
            request.attempt = max(request.attempt.addingClamped(1), transition.attempt)
            budget.reserved = budget.reserved - request.reserved + reserve
            request.reserved = reserve
        }
        if let lost { giveUp(lost) }
        if transition.attempt > 1 { counts.retries.increase() }
    }

    mutating func finishEffect(_ transition: Transition) {
        let body = transition.body
        let succeeded = body["ok"]?.bool ?? false
        if body["open"]?.bool == true, let request = body["effect"]?.int.flatMap({ self.request($0) }) {
            giveUp(request)
        }
        if succeeded {
            counts.effectsSucceeded.increase()
        } else if body["retry"] == nil {
            counts.effectsFailed.increase()
        }
        withRequest(body["effect"]?.int) { request, budget in
            budget.reserved = budget.reserved - request.reserved
            request.reserved = .zero
            request.since = transition.at
            request.status = body["status"]?.string ?? (succeeded ? "ok" : "error")
            request.result = transition.content("result") ?? request.result
            if let backoff = body["retry"]?.int {
                request.state = .backingOff
                request.detail["backoff"] = .int(Int64(backoff))
            } else {
                request.state = succeeded ? .succeeded : .failed
                request.detail = body["detail"]?.object ?? JSONObject()
            }
        }
    }

    /// Notes a model call under way that nobody waits for any more.
    mutating func giveUp(_ request: Request) {
        guard request.kind == .model, request.state == .started else { return }
        if unsettled.count >= RunState.unsettledMax { unsettled.removeFirst() }
        unsettled.append(Try(effect: request.id, attempt: request.attempt))
    }

    mutating func settle(_ transition: Transition) {
        let happened = transition.body["happened"]?.bool ?? false
        withRequest(transition.body["effect"]?.int) { request, budget in
            budget.reserved = budget.reserved - request.reserved
            request.reserved = .zero
            request.since = transition.at
            request.state = happened ? .succeeded : .requested
            request.status = happened ? "settled" : ""
            request.result = transition.content("result") ?? request.result
        }
    }

    mutating func openQuestion(_ transition: Transition) {
        let body = transition.body
        counts.questions.increase()
        if let effect = body["effect"]?.int {
            withRequest(effect) { request, _ in
                request.state = .awaitingApproval
                request.since = transition.at
                request.question = transition.seq
            }
            return
        }
        var request = Request(
            id: transition.seq,
            kind: .question,
            name: body["question"]?.string ?? "answer",
            state: .awaitingApproval,
            since: transition.at,
            arguments: transition.content("question")
        )
        request.question = transition.seq
        append(request, to: body["activation"]?.int)
    }

    mutating func closeQuestion(_ transition: Transition) {
        let answer = transition.body["answer"]?.string ?? ""
        guard let seq = transition.body["interrupt"]?.int, let open = request(question: seq) else { return }
        withRequest(open.id) { request, _ in
            request.question = nil
            request.since = transition.at
            request.status = answer
            request.result = transition.content("message")
            switch answer {
            case "approved":
                request.state = .requested
                request.arguments = transition.content("arguments") ?? request.arguments
                request.detail["approved"] = .int(Int64(seq))
            case "answered": request.state = .succeeded
            default: request.state = .failed
            }
        }
    }

    mutating func spawn(_ transition: Transition) {
        let body = transition.body
        guard let child = body["child"]?.string.map(RunID.init) else { return }
        counts.children.increase()
        children.append(child)
        var request = Request(
            id: transition.seq,
            kind: .child,
            name: body["role"]?.string ?? "",
            state: .started,
            since: transition.at,
            arguments: transition.content("goal")
        )
        request.child = child
        request.reserved = body["reserve"]?.object.map(Usage.init) ?? .zero
        budget.reserved = budget.reserved + request.reserved
        append(request, to: body["activation"]?.int)
    }

    /// Sets more, or less, aside for a child under way.
    mutating func grant(_ body: JSONObject) {
        guard let reserve = body["reserve"]?.object.map(Usage.init) else { return }
        withRequest(body["request"]?.int) { request, budget in
            guard request.kind == .child, request.state == .started else { return }
            budget.reserved = budget.reserved - request.reserved + reserve
            request.reserved = reserve
        }
    }

    mutating func finishChild(_ transition: Transition) {
        let body = transition.body
        guard let child = body["child"]?.string.map(RunID.init) else { return }
        children.removeAll { $0 == child }
        let succeeded = body["status"]?.string == RunStatus.completed.rawValue
        let usage = body["usage"]?.object.map(Usage.init) ?? .zero
        budget.spent = budget.spent + usage
        withRequest(body["request"]?.int) { request, budget in
            budget.reserved = budget.reserved - request.reserved
            request.reserved = .zero
            request.since = transition.at
            request.state = succeeded ? .succeeded : .failed
            request.status = body["status"]?.string ?? ""
            request.result = transition.content("result")
        }
    }
}
