package import SomaCore
import SomaTerminal

/// What a person is doing in a run's timeline.
package struct RunViewState: Sendable {
    /// The run.
    package var run: RunID?
    /// Whether the timeline is shown, or where the time went.
    package var form = Form.timeline
    /// What happened.
    package var timeline = Timeline()
    /// When it happened.
    package var waterfall = Waterfall()
    /// How many transitions of the log have happened as of the time cursor.
    package var count = 0

    /// The rows in sight.
    package var rows: [TimelineRow] = []
    /// The selected row.
    package var cursor: RowPlace?
    /// The first row in sight.
    package var top: RowPlace?
    /// Whether the newest entry stays in sight.
    package var isFollowing = true
    /// The entries whose details are shown, or where all are, those whose details aren't.
    package var unfolded: Set<Int> = []
    /// Whether all details are shown.
    package var unfoldsAll = false
    /// Whether each transition has a row.
    package var showsQuiet = false
    /// Whether gaps take as many rows as they took time.
    package var showsSpacing = false
    /// How much time a row of a gap stands for, where gaps are as long as they were.
    var unit: Duration?
    /// What is looked for.
    package var search = ""
    /// What was looked for when the cursor last went to a match by itself.
    var searched = ""
    /// A search that isn't through yet.
    var hunt: RunHunt?
    /// Whether an entry was just unfolded and should be in sight as a whole.
    var reveals = false
    var documents = EntryDocuments()
    /// How many entries there are, and which is the first in sight, for the scrollbar.
    var entryCount = 0
    var topEntry = 0
    /// Words that the rows in sight and near need.
    var wanted: [ContentID] = []

    /// The rows of the waterfall in sight.
    package var bars: [WaterfallRow] = []
    /// The first of them, counted from the run's start.
    package var barTop = 0
    /// The selected one.
    package var barCursor = 0
    /// The moment up to which what goes on has gone.
    var waterfallNow = Timestamp(microseconds: 0)
    /// When the run began, in microseconds.
    var waterfallStart: Int64?
    /// The moments at the ends of the time axis.
    var axis: Range<Int64> = 0..<1
    /// Whether the axis spans what is in sight only; `nil` leaves it to how much there is.
    package var fitsSight: Bool?

    /// What the last arranging cost, for tests.
    package var work = Work()

    /// Counted work.
    package struct Work: Sendable, Hashable {
        /// Transitions that were taken into the index.
        package var transitions = 0
        /// Entries that were made into words.
        package var entries = 0
        /// Documents that were made of texts.
        package var documents = 0
    }

    /// How a run is shown.
    package enum Form: Sendable, Hashable { case timeline, waterfall }

    package init() {}

    /// The seq of the selected entry's first transition.
    package var selected: Int? { cursor?.entry }
}

/// What happens in a run's timeline.
package enum RunViewMessage: Sendable, Hashable {
    case moved(ListMove)
    /// A row in sight was clicked.
    case selected(row: Int)
    /// The scrollbar was put to a row of its track.
    case scrolled(toTrackRow: Int)
    /// To the entry before or after.
    case steppedOver(Int)
    case foldToggled
    case allToggled
    case followToggled
    case quietToggled
    case spacingToggled
    case formToggled
    case axisToggled
    case found(forwards: Bool)
    case copied
    case childOpened
}
