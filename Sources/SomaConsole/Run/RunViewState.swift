package import SomaCore

/// What a person is doing in a run's timeline.
package struct RunViewState: Sendable {
    /// The run.
    package var run: RunID?
    /// What happened, an entry an event.
    package var timeline = Timeline()
    /// The rows as they are drawn.
    package var rows: [TimelineRow] = []
    /// The selected entry's id.
    package var selected: Int?
    /// The first row in sight.
    package var top = 0
    /// Whether the newest entry stays in sight.
    package var isFollowing = true
    /// The entries whose details are shown.
    package var unfolded: Set<Int> = []
    /// Whether all details are shown.
    package var unfoldsAll = false

    package init() {}
}

/// What happens in a run's timeline.
package enum RunViewMessage: Sendable, Hashable {
    case moved(ListMove)
    case foldToggled
    case allToggled
    case followToggled
}

/// One row of a timeline.
package enum TimelineRow: Sendable, Hashable {
    /// An entry, by its place.
    case entry(Int)
    /// A line of an entry's details.
    case detail(Int, DetailLine)
    /// A stretch in which nothing happened.
    case idle(Duration, waited: Bool)
}
