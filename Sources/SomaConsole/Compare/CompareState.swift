package import SomaCore
package import SomaTerminal

/// What a person is doing in the comparison of two runs.
package struct CompareState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// The selected run.
    package var selected: RunID?

    package init() {}
}

/// What happens in the comparison of two runs.
package enum CompareMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
}
