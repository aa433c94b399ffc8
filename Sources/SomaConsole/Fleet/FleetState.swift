package import SomaCore
package import SomaTerminal

/// What a person is doing in the fleet's table.
package struct FleetState: Sendable {
    /// The selected run; it stays selected wherever it moves to.
    package var selected: RunID?
    /// The group whose heading is selected.
    package var selectedGroup: RunKey?
    /// The first row in sight, and the selection's place; `left` counts the columns that are scrolled away.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// What the table is ordered by.
    package var sort = FleetSort.needs
    /// Whether the order is turned round.
    package var isReversed = false
    /// How the rows are put together.
    package var grouping = FleetGrouping.tree
    /// The runs that are marked for a bulk action, in sight or not.
    package var marked: Set<RunID> = []
    /// Words that a question about the marked runs would show.
    var markedWords: [ContentID] = []
    /// The rows that are shown.
    package var rows = FleetRows()

    package init() {}

    /// What the rows are to be.
    var wish: FleetRows.Wish {
        var wish = FleetRows.Wish()
        (wish.sort, wish.isReversed, wish.grouping) = (sort, isReversed, grouping)
        wish.filter = typed.filter
        return wish
    }
}

/// What happens in the fleet's table.
package enum FleetMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// The selected run is opened, or the selected group folded.
    case opened
    /// The table is ordered by the next column, or the one before.
    case sorted(by: Int)
    /// The table is ordered by a column, or the other way round where it is already.
    case sortChosen(FleetSort)
    /// The order is turned round.
    case reversed
    /// The rows are put together in the next way.
    case grouped
    /// What is below the selected row is folded away, or shown again.
    case folded
    /// All is folded away, or shown again.
    case allFolded
    /// The columns move sideways.
    case scrolled(Int)
    /// The selected run is marked, or no longer; of a heading all of the group.
    case marked
    /// All runs that are shown are marked.
    case allMarked
    /// Nothing is marked any more.
    case unmarked
}
