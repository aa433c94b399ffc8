import SomaCore
import SomaEngine

/// What is broken on purpose, where a test asks for it.
extension SimulatedLoop {
    func isLost(_ group: CommitGroup) -> Bool {
        configuration.sabotage == .losesGroup
            && group.transitions.contains { $0.kind == .nodeLeft && $0.seq > 12 }
    }

    func sabotaged(_ transitions: [Transition]) -> [Transition] {
        guard let sabotage = configuration.sabotage else { return transitions }
        return transitions.flatMap { transition -> [Transition] in
            var bent = transition
            switch sabotage {
            case .skipsSeq where transition.seq % 11 == 0: return []
            case .chargesTwice where transition.kind == .budgetCharged: return [transition, transition]
            case .forgetsGrant where transition.kind == .budgetChanged: bent.body["reserve"] = nil
            case .repeatsTransition where transition.seq % 7 == 0: return [transition, transition]
            case .bendsBytes where transition.kind == .nodeLeft: bent.body["outcome"] = "elsewhere"
            case .hidesUsage where transition.kind == .childFinished: bent.body["usage"] = nil
            case .turnsBackTime where transition.seq % 9 == 0: bent.at = bent.at + .seconds(-3600)
            case .decidesAfterEnd where transition.kind.isTerminal:
                bent.seq += 1
                bent.kind = .nodeEntered
                return [transition, bent]
            default: break
            }
            return [bent]
        }
    }

    func sabotaged(_ snapshots: [RunState]) -> [RunState] {
        guard configuration.sabotage == .bendsSnapshot else { return snapshots }
        return snapshots.map { snapshot in
            var bent = snapshot
            bent.counts.facts += 1
            return bent
        }
    }

    /// What the engine is told of a try's end.
    ///
    /// - Parameter state: The run as the engine has it.
    func sabotaged(_ key: EffectKey, _ attempt: Int, _ result: EffectResult, _ state: RunState?)
        -> EffectResult
    {
        guard configuration.sabotage == .forgetsLateUsage, state?.request(key.effect)?.attempt != attempt
        else { return result }
        var bent = result
        bent.usage = .zero
        return bent
    }

    func sabotaged(adopted state: RunState) -> RunState {
        guard configuration.sabotage == .forgetsDoubt else { return state }
        var bent = state
        for place in bent.activations.indices {
            for index in bent.activations[place].requests.indices {
                bent.activations[place].requests[index].effectClass = .read
            }
        }
        return bent
    }
}
