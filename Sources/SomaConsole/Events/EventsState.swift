package import SomaCore
package import SomaTerminal

/// What a person is doing in the stream of transitions.
package struct EventsState: Sendable {
    /// The run that the rows were last made for.
    var run: RunID?
    /// Whether they were rows of a recording.
    var isRecording = false
    /// The first row in sight, and the selection's place among those shown.
    package var list = ListState(selected: nil)
    /// The filter as typed.
    package var filter = ""
    /// What the filter means.
    package var typed = TypedFilter()
    /// The least importance that is shown.
    package var level = Importance.low
    /// Whether what doesn't match is shown too, with the matches marked.
    package var showsAll = false
    /// What the filter finds.
    package var search: EventSearch?
    /// Whether the newest row, or in a recording the one at the cursor, stays selected.
    package var isFollowing = true
    /// The selected row.
    package var selectedRow: Int?
    /// The first row that had not arrived when following ended.
    package var unseenFrom = 0
    /// How many rows are shown, gaps among them.
    package var count = 0
    /// Where the connection was away, among what is shown.
    package var gaps: [EventGap] = []
    /// Whether the selected transition is shown in full.
    package var hasDetail = false
    /// The first line of it in sight.
    package var detailTop = 0
    /// The row that was selected when rows were last placed.
    var lastArranged: Int?
    /// The selected transition in full, with what it was made from.
    var detail = EventDetail()

    package init() {}

    /// The row at a place among those shown.
    func row(at place: Int, in rows: EventRows) -> Int? {
        guard place >= 0, place < count else { return nil }
        var place = place
        if !gaps.isEmpty {
            let places = gaps.indices.map { self.place(ofGap: $0, in: rows) }
            guard !places.contains(place) else { return nil }
            place -= places.count { $0 < place }
        }
        guard let search, !showsAll else { return rows.range.lowerBound + place }
        return search.matches.row(at: place).map { $0 + search.base }
    }

    /// How much of what is shown comes before a row.
    func place(of row: Int, in rows: EventRows) -> Int {
        shown(before: row, in: rows) + gaps.count { $0.row <= row }
    }
}

/// What happens in the stream of transitions.
package enum EventsMessage: Sendable, Hashable {
    /// The selection moves.
    case moved(ListMove)
    /// A row is selected by its place.
    case selected(Int)
    /// The selected transition is shown in full, or no more.
    case detailToggled
    /// The full transition is scrolled by lines.
    case detailScrolled(Int)
    /// The newest row stays selected, or no more.
    case followToggled
    /// The next or the last match is selected.
    case matchSought(forwards: Bool)
    /// The next level of importance is the least that is shown.
    case levelChanged
    /// What doesn't match is shown too, or no more.
    case allToggled
    /// The events of the selected one's run alone are shown.
    case runSought
    /// The time cursor moves to the selected transition.
    case momentSought
}
