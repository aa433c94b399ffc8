import SomaCore
package import SomaTerminal

/// What a person is doing in the ledger of effects.
package struct EffectsState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// The selected effect.
    package var selected: EffectItem.ID?
    /// The effects.
    package var ledger = EffectLedger()

    package init() {}

    /// The selected effect as it is now.
    var item: EffectItem? { list.selected.flatMap { ledger.item($0) } }
}

/// What happens in the ledger of effects.
package enum EffectsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// Only the effects of the selected one's run are shown: all of them.
    case narrowed
    /// The logs of more runs are read.
    case moreRead
}
