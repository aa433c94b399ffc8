import SomaCore
package import SomaTerminal

/// What a person is doing in the list of costs.
package struct CostState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// The selected group.
    package var selected: CostName?
    /// What all costs are listed by.
    package var axis = CostAxis.role
    /// What the costs of one group are listed by.
    package var partAxis = CostAxis.run
    /// Whether a run counts where the run at the top of its tree does.
    package var isTree = false
    /// What the groups are ordered by.
    package var sort = CostSort.usual
    /// Whether the order is turned round.
    package var isReversed = false
    /// The groups.
    package var table = CostTable()
    /// The list that `selected` and `list` are of; another one begins at its top.
    var seen: Seen?

    /// Which list is in sight.
    struct Seen: Sendable, Hashable {
        var axis: CostAxis
        var parts: [CostPart]
    }

    package init() {}

    /// The selected group as it is now.
    var line: CostLine? { list.selected.flatMap { table.line($0) } }
}

/// What happens in the list of costs.
package enum CostMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// The runs of the selected group are shown, or the selected run.
    case opened
    /// The selected group's runs are shown in the fleet.
    case fleetOpened
    /// Costs are listed by the next axis, or the one before.
    case turned(by: Int)
    /// A run counts for itself, or where the run at the top of its tree does.
    case treeToggled
    /// The groups are ordered by the next column, or the one before.
    case sorted(by: Int)
    /// The order is turned round.
    case reversed
    /// The logs of more runs are read.
    case moreRead
}
