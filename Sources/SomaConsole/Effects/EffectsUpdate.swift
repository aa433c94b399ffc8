import SomaCore

extension AppState {
    /// Answers what happened in the ledger of effects.
    mutating func update(effects message: EffectsMessage) -> [AppEffect] {
        switch message {
        case .moved(let move): effectsView.list.move(move, count: 0, page: 1)
        }
        return []
    }
}
