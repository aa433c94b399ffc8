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
    /// What the filter means.
    package var typed = TypedFilter()
    /// The rows that are shown: all, or what the filter lets through.
    package var rows: [FleetIndex.Row] = []
    /// What the rows were made from: the version of the index, and the filter.
    var arranged = Arranged(version: -1, filter: "")

    struct Arranged: Sendable, Hashable {
        var version: Int
        var filter: String
    }

    package init() {}
}

/// What happens in the fleet's table.
package enum FleetMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// The selected run is opened.
    case opened
}
