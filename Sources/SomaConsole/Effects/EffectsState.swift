package import SomaCore
package import SomaTerminal

/// What a person is doing in the ledger of effects.
package struct EffectsState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// The selected run.
    package var selected: RunID?

    package init() {}
}

/// What happens in the ledger of effects.
package enum EffectsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
}
