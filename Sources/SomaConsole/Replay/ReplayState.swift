package import SomaCore

/// The time cursor of a recording and how it moves.
package struct ReplayState: Sendable, Hashable {
    /// Where the cursor is.
    package var place = ReplayPlace()
    /// What there is when; empty until the recording has told.
    package var overview = ReplayOverview()
    /// Whether time goes on by itself.
    package var isPlaying = false
    /// The speed, as a place in `speeds`.
    package var speed = 3
    /// Whether the recording was asked to move and has not answered yet.
    package var isMoving = false
    /// Moves that were wanted meanwhile: the last one counts.
    package var wanted: ReplayMove?
    /// When time last went on.
    package var tickedAt: Timestamp?

    /// How much faster than life.
    package static let speeds: [Double] = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 64, 250, 1000]
    /// The longest pause that is played as it was, in seconds of the watcher's life.
    package static let pauseSecondsMax = 2.0

    package init() {}

    /// The speed as the strip shows it: `4×`.
    package var speedName: String {
        let speed = Self.speeds[speed]
        return speed >= 1 ? "\(Int(speed))×" : "\(speed)×"
    }
}

/// A place in a recording.
package struct ReplayPlace: Sendable, Hashable {
    /// How many transitions come before the cursor.
    package var transition = 0
    /// The log's time there.
    package var at = Timestamp(microseconds: 0)

    package init(transition: Int = 0, at: Timestamp = Timestamp(microseconds: 0)) {
        self.transition = transition
        self.at = at
    }
}

/// What a recording holds, for the strip.
package struct ReplayOverview: Sendable, Hashable {
    /// How many transitions there are.
    package var transitions = 0
    /// The first one's time.
    package var firstAt = Timestamp(microseconds: 0)
    /// The last one's time.
    package var lastAt = Timestamp(microseconds: 0)
    /// What happened in equal stretches of time.
    package var buckets: [RecordingIndex.Bucket] = []
    /// When the first stretch begins.
    package var bucketsAt = Timestamp(microseconds: 0)
    /// How long one is, in microseconds.
    package var bucketMicroseconds: Int64 = 1_000_000

    package init() {}

    package init(_ index: RecordingIndex) {
        transitions = index.transitions
        firstAt = index.firstAt
        lastAt = index.lastAt
        buckets = index.buckets
        bucketsAt = index.bucketsAt
        bucketMicroseconds = index.bucketMicroseconds
    }
}

/// How the cursor of a recording is to move.
package enum ReplayMove: Sendable, Hashable {
    /// After so many transitions.
    case transition(Int)
    /// To where time is `until`, or on to the next transition where a pause of more than `pauseMax` comes first.
    case play(until: Timestamp, pauseMax: Duration)
    /// To the next or last error or decision.
    case mark(isError: Bool, forwards: Bool)
}

/// What happens to the time cursor.
package enum ReplayMessage: Sendable, Hashable {
    case playToggled
    case stepped(Int)
    case jumped(isError: Bool, forwards: Bool)
    case speedChanged(Int)
    case movedToStart
    case movedToEnd
}
