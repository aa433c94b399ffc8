package import SomaCore
package import SomaTerminal

/// What a person is doing in the inbox of what waits for a person.
package struct ApprovalsState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// The selected run.
    package var selected: RunID?

    package init() {}
}

/// What happens in the inbox of what waits for a person.
package enum ApprovalsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
}
