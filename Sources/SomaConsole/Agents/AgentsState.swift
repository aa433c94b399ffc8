package import SomaCore
package import SomaTerminal

/// What a person is doing in the hierarchy of runs.
package struct AgentsState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// The selected run.
    package var selected: RunID?
    /// The rows that are shown.
    package var rows = FleetRows()
    /// Sums and critical paths of the trees in sight, by the place of the topmost run, each with the revision of its
    /// rows.
    var trees: [Int32: (tree: AgentTree, revision: Int)] = [:]
    /// Which making of the index the trees are of.
    var epoch = -1

    package init() {}

    /// What is known of the tree that a run is shown in.
    func tree(of place: Int, _ index: FleetIndex) -> AgentTree? {
        rows.top(of: place, index).flatMap { trees[Int32($0)]?.tree }
    }
}

/// What happens in the hierarchy of runs.
package enum AgentsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// What is below the selected run is folded away, or shown again.
    case folded
    /// All is folded away, or shown again.
    case allFolded
    /// Only the selected run and what is below it is shown.
    case narrowed
}
