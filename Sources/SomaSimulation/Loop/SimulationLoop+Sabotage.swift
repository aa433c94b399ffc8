import SomaCore
import SomaEngine

/// What is broken on purpose where there is one engine only.
extension SimulationLoop {
    func isForgotten(_ state: RunState) -> Bool {
        configuration.sabotage == .forgetsRun && state.activations.contains { !$0.isAnswered }
    }

    mutating func sabotage(accepted group: CommitGroup) {
        switch configuration.sabotage {
        case .commitsTwice: overlaps(group)
        case .performsEarly:
            for transition in group.transitions where transition.kind == .effectStarted {
                let key = EffectKey(run: transition.run, effect: transition.body["effect"]?.int ?? 0)
                checker.performed(key, attempt: transition.attempt, .read)
            }
        case .acknowledgesEarly:
            for transition in group.transitions {
                checker.replied(.init(run: transition.run, seq: transition.seq, status: .running))
            }
        default: break
        }
    }
}
