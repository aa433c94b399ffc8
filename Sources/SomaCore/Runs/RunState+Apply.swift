extension RunState {
    /// What became of a transition that was given to the fold.
    public enum Applied: Sendable, Hashable {
        /// It was the next one.
        case next
        /// It was the next one that came, but others are missing before it.
        case afterGap
        /// It was folded before: dropped.
        case repeated
    }

    /// Folds one transition into the state.
    ///
    /// Total: any transition of any version and in any order leaves a state, never a crash. Fields that are
    /// missing or of the wrong type count as absent; what refers to something unknown changes nothing. After its
    /// end a run takes in what is still counted (late results, charges, facts) and nothing that would move it.
    @discardableResult
    public mutating func apply(_ transition: Transition) -> Applied {
        guard transition.seq > seq else { return .repeated }
        // A fork goes on where the log that it shares with its origin ends.
        let isFirst = seq == 0 && transition.kind == .runForked
        let applied: Applied = isFirst || transition.seq == seq + 1 ? .next : .afterGap
        let isNew = seq == 0
        let wasHeld = isHeld
        let passed = max(0, transition.at.microseconds &- lastAt.microseconds)
        if wasHeld { heldMicroseconds &+= passed }
        seq = transition.seq
        lastAt = isNew ? transition.at : max(lastAt, transition.at)
        let body = transition.body
        guard !status.isTerminal || transition.kind.countsAfterEnd else { return applied }
        switch transition.kind {
        case .runStarted: start(transition)
        case .runForked: fork(transition)
        case .runResumed: resume(body, passed: wasHeld ? 0 : passed)
        case .runPaused:
            if status == .running { become(.paused, body["reason"]?.string ?? "") }
        case .runCompleted: end(.completed, "", transition.content("outcome"))
        case .runFailed: end(.failed, body["code"]?.string ?? "", transition.content("message"))
        case .runCancelled: end(.cancelled, body["reason"]?.string ?? "", transition.content("message"))
        case .nodeEntered: enter(transition)
        case .nodeLeft: leave(transition)
        case .planRevised: revise(transition)
        case .factObserved: counts.facts.increase(by: max(1, body["count"]?.int ?? 1))
        case .verifyJudged:
            let accepted = body["accepted"]?.bool ?? false
            if accepted { counts.accepted.increase() } else { counts.rejected.increase() }
            verdict = Verdict(
                accepted: accepted,
                step: body["step"]?.int,
                at: transition.at,
                evidence: transition.content("evidence")
            )
        case .effectRequested: request(transition)
        case .effectStarted: startEffect(transition)
        case .effectFinished: finishEffect(transition)
        case .effectInDoubt:
            withRequest(body["effect"]?.int) { request, _ in
                request.state = .inDoubt
                request.since = transition.at
            }
        case .effectSettled: settle(transition)
        case .interruptOpened: openQuestion(transition)
        case .interruptClosed: closeQuestion(transition)
        case .childSpawned: spawn(transition)
        case .childFinished: finishChild(transition)
        case .budgetCharged:
            budget.spent = budget.spent + Usage(transition.body)
            if !unsettled.isEmpty, let effect = body["effect"]?.int {
                unsettled.removeAll { $0 == Try(effect: effect, attempt: transition.attempt) }
            }
        case .budgetChanged:
            if let limits = body["limits"]?.object { budget.limits = Limits(limits) }
            grant(body)
        case .unknown: counts.unknown.increase()
        }
        return applied
    }

    /// - Parameter passed: The time since the last transition, where the run counted as at work.
    private mutating func resume(_ body: JSONObject, passed: Int64) {
        switch body["after"]?.string {
        case "crash":
            counts.recoveries.increase()
            // Nobody worked on it in between.
            heldMicroseconds &+= passed
        case "handover": heldMicroseconds &+= passed
        // The wall's clock was set forward: what it jumped by is no time at work.
        case "clock": heldMicroseconds &+= Int64(max(0, body["jumped"]?.int ?? 0))
        default: break
        }
        if status == .paused { become(.running, "") }
    }

    private mutating func become(_ status: RunStatus, _ reason: String) {
        guard !self.status.isTerminal else { return }
        self.status = status
        statusSince = lastAt
        statusReason = reason
    }

    private mutating func end(_ status: RunStatus, _ reason: String, _ words: ContentID?) {
        guard !self.status.isTerminal else { return }
        become(status, reason)
        outcome = words ?? outcome
        for request in activations.flatMap(\.requests) { giveUp(request) }
        activations = []
        entries = []
        arrivals = []
        budget.reserved = .zero
    }

    private mutating func start(_ transition: Transition) {
        let body = transition.body
        tenant = transition.tenant
        subject = transition.subject
        role = transition.agent
        parent = transition.parent
        startedAt = transition.at
        goal = transition.content("goal")
        graph = body["graph"]?.string ?? ""
        depth = body["depth"]?.int ?? 0
        trace = transition.trace
        isTraceSampled = body["sampled"]?.bool
        traceState = body["tracestate"]?.string.flatMap(TraceContext.state)
        for member in body["pins"]?.object?.members ?? [] { pins[member.key] = member.value.string }
        if let limits = body["limits"]?.object { budget.limits = Limits(limits) }
        if let document = body["document"]?.object { self.document = document }
        if let entry = body["entry"]?.string { entries = [Entry(node: entry)] }
        become(.running, "")
    }

    private mutating func fork(_ transition: Transition) {
        let body = transition.body
        if let state = body["state"].flatMap(RunState.carried) {
            let (id, seq, at) = (self.id, self.seq, lastAt)
            self = state
            self.id = id
            self.seq = seq
            lastAt = at
            status = .unknown
        }
        if let run = body["from"]?.string, let seq = body["at"]?.int {
            origin = Origin(run: RunID(run), seq: seq)
        }
        tenant = transition.tenant
        subject = transition.subject
        role = transition.agent
        startedAt = transition.at
        heldMicroseconds = 0
        parent = nil
        (trace, isTraceSampled, traceState) = (transition.trace, nil, nil)
        become(.running, "")
    }

    /// The state that a fork's first transition carries: the compact record, or the form that the first version
    /// wrote, which had a member for everything.
    private static func carried(_ json: JSON) -> RunState? {
        guard var object = json.object else { return nil }
        guard object["startedAt"] != nil else { return RunState(record: json) }
        if object["unsettled"] == nil { object["unsettled"] = .array([]) }
        return try? JSON.object(object).decode(RunState.self)
    }

    private mutating func enter(_ transition: Transition) {
        guard let node = transition.node else { return }
        let body = transition.body
        let branches = (body["branches"]?.array ?? []).compactMap(Activation.Branch.init)
        if let index = entries.firstIndex(where: { $0.node == node && $0.branches == branches }) {
            entries.remove(at: index)
        }
        let index = visitIndex(node)
        visits[index].count.increase()
        budget.spent.steps = budget.spent.steps.addingClamped(1)
        activations.append(
            Activation(
                id: transition.seq,
                node: node,
                visit: visits[index].count,
                enteredAt: transition.at,
                branches: branches
            )
        )
    }

    private mutating func visitIndex(_ node: String) -> Int {
        if let index = visits.firstIndex(where: { $0.node == node }) { return index }
        visits.append(Visit(node: node, count: 0, microseconds: 0, passes: []))
        return visits.count - 1
    }

    private mutating func leave(_ transition: Transition) {
        let body = transition.body
        guard let id = body["activation"]?.int, let place = activations.firstIndex(where: { $0.id == id })
        else {
            return
        }
        let activation = activations.remove(at: place)
        // What was set aside for requests that the node didn't wait for is free again.
        for request in activation.requests where !request.state.isAnswered {
            budget.reserved = budget.reserved - request.reserved
        }
        document.merge(body)
        for change in body["steps"]?.array ?? [] {
            guard let index = change["index"]?.int, plan.steps.indices.contains(index) else { continue }
            if let state = change["state"]?.string.flatMap(Plan.StepState.init) {
                plan.steps[index].state = state
            }
            if let tries = change["tries"]?.int { plan.steps[index].tries = tries }
        }
        let visit = visitIndex(activation.node)
        visits[visit].microseconds &+= max(
            0,
            transition.at.microseconds &- activation.enteredAt.microseconds
        )
        let via = body["outcome"]?.string ?? ""
        for next in body["next"]?.array ?? [] {
            guard let node = next["node"]?.string else { continue }
            let branches = (next["branches"]?.array ?? []).compactMap(Activation.Branch.init)
            entries.append(Entry(node: node, from: activation.node, via: via, branches: branches))
            count(pass: via, to: node, at: visit)
        }
        if let arrival = body["arrives"], let node = arrival["node"]?.string,
            let branch = arrival["branch"].flatMap(Activation.Branch.init)
        {
            arrivals.append(Arrival(node: node, branch: branch))
            count(pass: via, to: node, at: visit)
        }
        if let joined = body["joined"]?.int { arrivals.removeAll { $0.branch.fork == joined } }
    }

    private mutating func count(pass via: String, to node: String, at visit: Int) {
        if let index = visits[visit].passes.firstIndex(where: { $0.via == via && $0.to == node }) {
            visits[visit].passes[index].count.increase()
        } else {
            visits[visit].passes.append(Pass(via: via, to: node, count: 1))
        }
    }

    private mutating func revise(_ transition: Transition) {
        plan.revision = transition.body["revision"]?.int ?? plan.revision.addingClamped(1)
        if plan.revision > 1 { counts.replans.increase() }
        plan.words = transition.content("plan") ?? plan.words
        plan.steps = (transition.body["steps"]?.array ?? []).map { step in
            Plan.Step(
                name: step["name"]?.string ?? "",
                state: step["state"]?.string.flatMap(Plan.StepState.init) ?? .pending,
                tries: step["tries"]?.int ?? 0
            )
        }
    }
}

extension TransitionKind {
    /// Whether it changes a run that has ended.
    fileprivate var countsAfterEnd: Bool {
        switch self {
        case .factObserved, .verifyJudged, .effectFinished, .childFinished, .budgetCharged, .budgetChanged,
            .unknown:
            true
        default: false
        }
    }
}

extension JSONObject {
    /// Folds the `set`, `append` and `add` members of a body into the document.
    ///
    /// `set` replaces (and `null` removes), `append` lengthens an array, `add` adds to a number. Changes
    /// instead of whole values keep what is stored in proportion to what happened.
    package mutating func merge(_ body: JSONObject) {
        for member in body["set"]?.object?.members ?? [] {
            // Spelled out, because a bare `nil` would be JSON's `null` here.
            self[member.key] = member.value.isNull ? Optional<JSON>.none : member.value
        }
        for member in body["append"]?.object?.members ?? [] {
            self[member.key] = .array(
                (self[member.key]?.array ?? []) + (member.value.array ?? [member.value])
            )
        }
        for member in body["add"]?.object?.members ?? [] {
            switch (self[member.key] ?? .int(0), member.value) {
            case (.int(let old), .int(let new)): self[member.key] = .int(old &+ new)
            case (let old, let new): self[member.key] = .double((old.double ?? 0) + (new.double ?? 0))
            }
        }
    }
}
