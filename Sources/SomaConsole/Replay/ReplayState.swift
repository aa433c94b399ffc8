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
    /// After how many transitions the move under way ends, where that is known.
    var heading: Int?
    /// Moves that were wanted meanwhile: the last one counts.
    package var wanted: ReplayMove?
    /// When time last went on.
    package var tickedAt: Timestamp?
    /// Whether times in which nothing happened are short in the strip and passed over in playing.
    package var skipsIdle = true
    /// Whether playing begins again at the end.
    package var loops = false
    /// Whether the mouse holds the cursor.
    package var isDragged = false
    /// Places that the person wants to find again, in the order of the log.
    package var bookmarks: [ReplayPlace] = []

    /// The most bookmarks that are kept.
    package static let bookmarksMax = 100

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
    /// What happened last; `nil` at the start, and where it wasn't told.
    package var event: Event?
    /// How long nothing happened before it, where playing passed over that.
    package var idle = Duration.zero

    /// A transition, for the strip.
    package struct Event: Sendable, Hashable {
        package var run: RunID
        package var kind: TransitionKind

        package init(run: RunID, kind: TransitionKind) {
            self.run = run
            self.kind = kind
        }
    }

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
    /// When persons were asked, answered, or stepped in: a part of the moments, spread evenly, where there are many.
    package private(set) var people: [Timestamp] = []

    /// The most moments of persons that are kept.
    package static let peopleMax = 2_048

    package init() {}

    /// From the first transition to the last.
    package var length: Duration { lastAt - firstAt }

    /// Takes in when persons were asked, answered, or stepped in.
    package mutating func note(people moments: some Collection<Timestamp>) {
        let all = Array(moments)
        let stride = all.count / Self.peopleMax + 1
        people = all.enumerated().compactMap { $0.offset % stride == 0 ? $0.element : nil }
    }

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
    /// After everything up to a moment.
    case time(Timestamp)
    /// To where time is `until`, or on to the next transition where a pause of more than `pauseMax` comes first.
    case play(until: Timestamp, pauseMax: Duration)
    /// To the next or last mark.
    case mark(TimeMark, forwards: Bool)
    /// To the next or last transition of one run.
    case event(RunID, forwards: Bool)
    /// After one transition of one run.
    case at(RunID, seq: Int)
}

/// What happens to the time cursor.
package enum ReplayMessage: Sendable, Hashable {
    case playToggled
    case stepped(Int)
    /// One transition of the run that is in sight or selected.
    case ran(Int)
    case jumped(TimeMark, forwards: Bool)
    case speedChanged(Int)
    case movedToStart
    case movedToEnd
    /// The person wants to type where to go.
    case jumpAsked
    case bookmarkToggled
    case bookmarkJumped(forwards: Bool)
    case idleToggled
    case loopToggled
    /// The pane that has the keys stays at this moment, or goes with the cursor again.
    case pinToggled
}
