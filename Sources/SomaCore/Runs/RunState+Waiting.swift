extension RunState {
    /// What the run waits for, what matters most to a person first; empty while it is at work by itself.
    public var waits: [Waiting] {
        guard !status.isTerminal else { return [] }
        var waits: [Waiting] = []
        if status == .paused {
            let isBudget = statusReason.hasPrefix("budget")
            waits.append(
                Waiting(reason: isBudget ? .budget : .pause, since: statusSince, name: statusReason)
            )
        }
        for activation in activations {
            for request in activation.requests {
                guard let reason = request.waitsFor else { continue }
                waits.append(
                    Waiting(
                        reason: reason,
                        since: request.since,
                        seq: request.question ?? request.id,
                        name: request.name
                    )
                )
            }
        }
        return waits.count < 2 ? waits : waits.sorted { ($0.reason, $0.since) < ($1.reason, $1.since) }
    }

    /// What matters most to a person among the things that the run waits for.
    public var waiting: Waiting? { waits.first }

    /// Whether only a person can move the run on: its clock stands still.
    public var isHeld: Bool {
        if status == .paused { return true }
        guard status == .running, entries.isEmpty, !activations.isEmpty else { return false }
        return activations.allSatisfy { activation in
            activation.requests.contains { $0.state == .awaitingApproval || $0.state == .inDoubt }
                && !activation.requests.contains { $0.state == .started || $0.state == .requested }
        }
    }

    /// How long the run has been at work up to `now`: the time since its start that it was not held.
    public func worked(at now: Timestamp) -> Duration {
        let end = status.isTerminal ? statusSince : isHeld ? lastAt : max(lastAt, now)
        return .microseconds(max(0, end.microseconds &- startedAt.microseconds &- heldMicroseconds))
    }
}

extension Request {
    /// What the run waits for because of this request.
    var waitsFor: Waiting.Reason? {
        switch state {
        case .awaitingApproval: .person
        case .inDoubt: .doubt
        case .backingOff: .timer
        case .started:
            switch kind {
            case .tool: .tool
            case .model: .model
            case .child: .child
            case .question: .person
            }
        case .requested, .succeeded, .failed: nil
        }
    }
}
