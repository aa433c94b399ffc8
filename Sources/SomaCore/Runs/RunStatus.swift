/// Where a run stands: what is written in its log, never a guess.
public enum RunStatus: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing is known of it yet.
    case unknown
    /// At work, or waiting for something that `RunState.waiting` names.
    case running
    /// Held by a person or a budget.
    case paused
    /// Ended with a result.
    case completed
    /// Ended without one.
    case failed
    /// Ended by a person or by the run that delegated it.
    case cancelled

    /// Whether it has ended.
    public var isTerminal: Bool { self == .completed || self == .failed || self == .cancelled }
}

/// What a run waits for, and since when.
public struct Waiting: Sendable, Hashable {
    /// What kind of thing it waits for.
    public enum Reason: String, Sendable, Hashable, Comparable {
        /// A person must settle an effect that may have happened.
        case doubt
        /// A person must approve or answer.
        case person
        /// A budget is used up.
        case budget
        /// A person has paused it.
        case pause
        /// A tool is at work.
        case tool
        /// A model is at work.
        case model
        /// A child run is at work.
        case child
        /// A time must come, as before the next try.
        case timer

        private var rank: Int {
            switch self {
            case .doubt: 0
            case .person: 1
            case .budget: 2
            case .pause: 3
            case .tool: 4
            case .model: 5
            case .child: 6
            case .timer: 7
            }
        }

        /// Whether a person has to do something.
        public var needsPerson: Bool { rank <= 2 }

        /// Orders by how much it matters to a person.
        public static func < (left: Reason, right: Reason) -> Bool { left.rank < right.rank }
    }

    /// What kind of thing.
    public var reason: Reason
    /// Since when.
    public var since: Timestamp
    /// The seq of the request, where there is one: what an answer binds to.
    public var seq: Int?
    /// The tool, model, child or budget that it waits for.
    public var name: String

    /// Creates a reason to wait.
    public init(reason: Reason, since: Timestamp, seq: Int? = nil, name: String = "") {
        self.reason = reason
        self.since = since
        self.seq = seq
        self.name = name
    }
}
