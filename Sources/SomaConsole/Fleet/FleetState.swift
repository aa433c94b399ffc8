package import SomaCore
package import SomaTerminal

/// What a person is doing in the fleet's table.
package struct FleetState: Sendable, Hashable {
    /// The selected run; it stays selected wherever it moves to.
    package var selected: RunID?
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// The rows that are shown: all, or what the filter lets through.
    package var rows: [FleetIndex.Row] = []

    package init() {}
}

/// What happens in the fleet's table.
package enum FleetMessage: Sendable, Hashable {
    /// The selection moves by rows.
    case moved(Int)
    /// The selection moves by pages.
    case paged(Int)
    /// The first row is selected.
    case movedToTop
    /// The last row is selected.
    case movedToBottom
}
