package import SomaCore
package import SomaTerminal

/// What a person is doing in the stream of transitions.
package struct EventsState: Sendable {
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// The selected run.
    package var selected: RunID?

    package init() {}
}

/// What happens in the stream of transitions.
package enum EventsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
}
