import SomaCore
import SomaEngine

/// What must hold when nothing happens any more.
extension SimulatedLoop {
    mutating func finish() {
        checker.audit(store)
        for run in store.order {
            guard let state = checker.state(run) else { continue }
            count(state)
            guard checker.violations.isEmpty || configuration.sabotage != nil else { continue }
            if state != store.state(of: run) {
                checker.report(.replay, "\(run) is read from the store as another state than its log gives")
            }
            guard !state.status.isTerminal else { continue }
            rests(state)
        }
        if checker.violations.isEmpty || configuration.sabotage != nil { checker.settled() }
        if let number = unanswered, checker.violations.isEmpty || configuration.sabotage != nil {
            checker.report(.liveness, "command \(number) was never answered")
        }
    }

    private mutating func count(_ state: RunState) {
        let end =
            state.status.isTerminal
            ? state.status.rawValue : "waits: \(state.waiting?.reason.rawValue ?? "?")"
        counts.ends[end, default: 0] += 1
    }

    /// A run that has not ended must wait for something that can still come.
    private mutating func rests(_ state: RunState) {
        guard let waiting = state.waiting else {
            return checker.report(
                .liveness,
                "\(state.id) neither ended nor waits for anything: \(state.stand)"
            )
        }
        switch waiting.reason {
        case .doubt, .person, .budget, .pause: return
        case .child:
            let children = state.children.compactMap { checker.state($0) }
            if children.contains(where: { !$0.status.isTerminal }) { return }
            checker.report(.liveness, "\(state.id) waits for a child, and all have ended")
        case .timer: checker.report(.timers, "\(state.id) waits for \(waiting.name), and no timer will ring")
        case .tool, .model:
            checker.report(
                .liveness,
                "\(state.id) waits for \(waiting.reason.rawValue) \(waiting.name), and nothing is under way"
            )
        }
    }
}

extension RunState {
    fileprivate var stand: String {
        "\(status.rawValue), entries \(entries.map(\.node)), activations "
            + "\(activations.map { "\($0.node) \($0.requests.map(\.state.rawValue))" })"
    }
}
