package import SomaCore
package import SomaTerminal

/// What a person is doing in the inbox of what waits for a person.
package struct ApprovalsState: Sendable {
    /// The selected need; it stays selected wherever it moves to, and for a moment when it is closed.
    package var selected: Need.ID?
    /// A run whose first entry is to be selected once it is there.
    package var wantedRun: RunID?
    /// The first row in sight, and the selection's place.
    package var list = ListState()
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// The entries that are shown: all, or what the filter lets through.
    package var rows: [Inbox.Entry] = []
    /// What is known of the selected need, broken into rows.
    package var card = ApprovalCard()
    /// The first row of the arguments in sight.
    package var cardTop = 0
    /// What the rows were made from.
    var arranged: (version: Int, filter: String) = (-1, "")

    package init() {}
}

/// What happens in the inbox of what waits for a person.
package enum ApprovalsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected.
    case selected(Int)
    /// The selected need's run is opened.
    case opened
    /// The arguments are scrolled by half pages.
    case scrolled(Int)
}
