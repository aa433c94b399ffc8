package import SomaCore

/// The time cursor of a recording and how it moves.
package struct ReplayState: Sendable, Hashable {
    /// Where the cursor is.
    package var place = ReplayPlace()
    /// What there is when; empty until the recording has told.
    package var overview = ReplayOverview()
    /// Whether time goes on by itself.
    package var isPlaying = false
    /// How much faster than life.
    package var speed = 1.0
    /// Whether the recording was asked to move and has not answered yet.
    package var isMoving = false
    /// Moves that were wanted meanwhile: the last one counts.
    package var wanted: ReplayMove?
    /// When time last went on.
    package var tickedAt: Timestamp?

    /// The speeds that the keys for faster and slower go through.
    package static let speeds: [Double] = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 64, 250, 1000]
    /// The longest pause that is played as it was, in seconds of the watcher's life.
    package static let pauseSecondsMax = 2.0

    package init() {}

    /// A recording that is about to be opened.
    package init(speed: Double, plays: Bool, from now: Timestamp) {
        self.speed = min(max(Self.speeds[0], speed), Self.speeds[Self.speeds.count - 1])
        isPlaying = plays
        // Time goes on once the recording has told where it begins.
        isMoving = true
        tickedAt = now
    }

    /// A speed at which a recording of this length isn't over in a blink: life's own, or less for one that took only
    /// moments.
    package static func watchableSpeed(for length: Duration) -> Double {
        let seconds = length.seconds
        if seconds < watchedSecondsMin {
            return speeds.last { seconds / $0 >= watchedSecondsMin } ?? speeds[0]
        }
        return 1
    }

    /// How long a recording should at least be watched, in seconds.
    package static let watchedSecondsMin = 8.0

    /// The speed as the strip shows it: `4×`.
    package var speedName: String {
        speed == speed.rounded() ? "\(Int(speed))×" : "\(speed)×"
    }

    /// The next speed up or down.
    package mutating func change(speed step: Int) {
        let next = step > 0 ? Self.speeds.first { $0 > speed } : Self.speeds.last { $0 < speed }
        speed = next ?? speed
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
