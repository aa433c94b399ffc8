/// What a recording holds and where: enough to draw its scrubber and its list of runs, and to jump.
///
/// Read from a recording's last line, or made by reading all of it.
public struct RecordingIndex: Sendable, Equatable {
    /// A place to start folding from.
    public struct Keyframe: Sendable, Hashable {
        /// Where its line starts, in bytes.
        public var offset: Int
        /// How many transitions come before it.
        public var transitions: Int
        /// The latest time among them.
        public var at: Timestamp
        /// Whether the recording begins with it, so that it says what no transition here says.
        public var isBase: Bool
    }

    /// A run in the recording.
    public struct Run: Sendable, Hashable {
        /// How the run stands at the end of the recording. Of a run that has ended the numbers are kept, not its
        /// document, visits, pins and steps; `RecordingReader.run(_:at:)` has them all.
        public var state: RunState
        /// Where its first line starts, in bytes.
        public var firstOffset: Int
        /// Where its last line starts, in bytes.
        public var lastOffset: Int
        /// How many transitions come before its first.
        public var firstTransition: Int
        /// How many transitions there are up to its last.
        public var lastTransition: Int
        /// How it stood after it had ended and before something else came in for it.
        var earlier: [Earlier] = []
    }

    /// A state of an ended run that a later transition has changed.
    struct Earlier: Sendable, Hashable {
        /// How many transitions come before the change.
        var until: Int
        var state: RunState
    }

    /// A moment worth jumping to.
    public struct Mark: Sendable, Hashable {
        /// Why.
        public enum Kind: String, Sendable, Hashable {
            /// Something failed.
            case error
            /// A plan, a judgement, an answer or a delegation.
            case decision
        }

        /// Why.
        public var kind: Kind
        /// How many transitions there are up to it, itself included.
        public var transition: Int
        /// When.
        public var at: Timestamp
        /// The run, as its place in `runs`.
        public var run: Int
        /// What happened: the transition's kind.
        public var name: String
    }

    /// What happened in one stretch of time.
    public struct Bucket: Sendable, Hashable {
        /// How many transitions.
        public var transitions = 0
        /// How many of them are errors.
        public var errors = 0
        /// How many of them are decisions.
        public var decisions = 0

        package init(transitions: Int = 0, errors: Int = 0, decisions: Int = 0) {
            self.transitions = transitions
            self.errors = errors
            self.decisions = decisions
        }
    }

    /// How many transitions there are.
    public var transitions = 0
    /// How many words there are.
    public var contents = 0
    /// The earliest time of a transition; 0 where there is none.
    public var firstAt = Timestamp(microseconds: 0)
    /// The latest time of a transition.
    public var lastAt = Timestamp(microseconds: 0)
    /// Where folding can start, in order.
    public var keyframes: [Keyframe] = []
    /// The runs in the order in which they were first seen.
    public var runs: [Run] = []
    /// Errors and decisions in order; thinned out evenly where there are too many.
    public var marks: [Mark] = []
    /// Of how many transitions at most one is in `marks`: a power of two.
    public var marksStride = 1
    /// When the first bucket begins.
    public var bucketsAt = Timestamp(microseconds: 0)
    /// How long a bucket is, in microseconds.
    public var bucketMicroseconds: Int64 = 1_000_000
    /// What happened when, from `bucketsAt` on.
    public var buckets: [Bucket] = []

    /// The most marks that an index holds.
    public static let marksMax = 4096
    /// The most buckets that an index holds.
    public static let bucketsMax = 1024

    /// Creates an index of nothing.
    public init() {}
}

extension RecordingIndex {
    mutating func count(_ transition: Transition, run: Int) {
        transitions += 1
        if transitions == 1 || transition.at < firstAt { firstAt = transition.at }
        lastAt = transitions == 1 ? transition.at : max(lastAt, transition.at)
        let kind = Mark.Kind(transition)
        let bucket = bucket(at: transition.at)
        buckets[bucket].transitions += 1
        guard let kind else { return }
        switch kind {
        case .error: buckets[bucket].errors += 1
        case .decision: buckets[bucket].decisions += 1
        }
        Self.add(
            Mark(
                kind: kind,
                transition: transitions,
                at: transition.at,
                run: run,
                name: transition.kind.name
            ),
            to: &marks,
            stride: marksStride
        )
        while marks.count > Self.marksMax {
            marksStride *= 2
            var thinned: [Mark] = []
            for mark in marks { Self.add(mark, to: &thinned, stride: marksStride) }
            marks = thinned
        }
    }

    /// Keeps at most one mark in each stretch of `stride` transitions, errors before decisions.
    private static func add(_ mark: Mark, to marks: inout [Mark], stride: Int) {
        guard let last = marks.last, (last.transition ^ mark.transition) & ~(stride - 1) == 0 else {
            return marks.append(mark)
        }
        if last.kind == .decision, mark.kind == .error { marks[marks.count - 1] = mark }
    }

    /// The bucket of a moment. Buckets are made twice as long as often as it takes; what comes before the first
    /// bucket, as from a clock that was set, counts in the first.
    private mutating func bucket(at moment: Timestamp) -> Int {
        if buckets.isEmpty {
            bucketsAt = moment
            buckets = [Bucket()]
        }
        let past = max(
            0,
            moment.microseconds.subtractingReportingOverflow(bucketsAt.microseconds).partialValue
        )
        while past / bucketMicroseconds >= Int64(Self.bucketsMax) {
            bucketMicroseconds *= 2
            var merged: [Bucket] = []
            for (index, bucket) in buckets.enumerated() {
                if index % 2 == 0 {
                    merged.append(bucket)
                } else {
                    merged[index / 2].transitions += bucket.transitions
                    merged[index / 2].errors += bucket.errors
                    merged[index / 2].decisions += bucket.decisions
                }
            }
            buckets = merged
        }
        let bucket = Int(past / bucketMicroseconds)
        while buckets.count <= bucket { buckets.append(Bucket()) }
        return bucket
    }
}

extension RecordingIndex.Mark.Kind {
    /// Why a transition is worth jumping to; `nil` for most.
    package init?(_ transition: Transition) {
        switch transition.kind {
        case .runFailed, .effectInDoubt: self = .error
        case .effectFinished where transition.body["ok"]?.bool != true: self = .error
        case .planRevised, .interruptOpened, .interruptClosed, .childSpawned, .runForked: self = .decision
        case .verifyJudged: self = transition.body["accepted"]?.bool == true ? .decision : .error
        default: return nil
        }
    }
}
