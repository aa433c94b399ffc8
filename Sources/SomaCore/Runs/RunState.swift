/// The state of one run: the fold of its transitions.
///
/// The only way to change it is `apply`, live and in replay alike.
public struct RunState: Sendable, Hashable, Codable, Identifiable {
    /// The run.
    public var id: RunID
    /// The seq of the last transition folded.
    public var seq: Int
    /// The customer or team.
    public var tenant: String
    /// The person whose data the words are.
    public var subject: String
    /// The role.
    public var role: String
    /// The run that delegated this one.
    public var parent: RunID?
    /// How many runs are above it.
    public var depth: Int
    /// The trace that it was started in, as W3C writes it: its caller's, or that of the run that delegated it. `nil` for a run
    /// whose trace is named after it; see ``traceID``.
    public var trace: String?
    /// What a caller outside decided for that trace: whether it is recorded. `nil` where there was none.
    public var isTraceSampled: Bool?
    /// What tracing systems of that caller note for themselves (W3C `tracestate`), to be passed on to whoever the run asks;
    /// valid, and at most ``TraceContext/stateBytesMax`` long. `nil` where there is none.
    public var traceState: String?
    /// The run and transition that it was forked from.
    public var origin: Origin?
    /// When it started.
    public var startedAt: Timestamp
    /// When the last transition was decided.
    public var lastAt: Timestamp
    /// Where it stands.
    public var status: RunStatus
    /// Since when.
    public var statusSince: Timestamp
    /// Why it is paused, failed or cancelled, in one word or a short code.
    public var statusReason: String
    /// The words of its goal.
    public var goal: ContentID?
    /// The words of its outcome or of its error.
    public var outcome: ContentID?
    /// The name of its graph.
    public var graph: String
    /// The digests that it is pinned to, by what they are of: `graph`, `role`, `prompts`, `runbook`.
    public var pins: [String: String]
    /// The visits under way.
    public var activations: [Activation]
    /// Nodes to be entered next, once the budget allows.
    public var entries: [Entry]
    /// Branches that have reached their join.
    public var arrivals: [Arrival]
    /// What nodes have noted, by key: structure and ids of words.
    public var document: JSONObject
    /// The plan.
    public var plan: Plan
    /// What it may use and has used.
    public var budget: Budget
    /// How often each node was entered, in the order of first visits.
    public var visits: [Visit]
    /// What happened, in numbers.
    public var counts: Counts
    /// How long it was paused or waited for a person before now, in microseconds.
    public var heldMicroseconds: Int64
    /// Children that have not ended.
    public var children: [RunID]
    /// The last judgement of Verify.
    public var verdict: Verdict?
    /// The last call to a tool, and how often in a row the very same one was asked for: how a loop shows.
    public var repetition: Repetition
    /// Model calls that were given up before it was known what they used, the latest last. A late answer is
    /// charged, once.
    public var unsettled: [Try]

    /// One try of an effect.
    public struct Try: Sendable, Hashable, Codable {
        /// The seq of its `effect.requested`.
        public var effect: Int
        /// Which try, from 1.
        public var attempt: Int

        /// Names a try.
        public init(effect: Int, attempt: Int) {
            self.effect = effect
            self.attempt = attempt
        }
    }

    /// How many calls that were given up are remembered.
    public static let unsettledMax = 32

    /// A call that was asked for again and again.
    public struct Repetition: Sendable, Hashable, Codable {
        /// The tool or model.
        public var name: String
        /// What it was called with.
        public var arguments: ContentID?
        /// How often in a row.
        public var count: Int
    }

    /// Where a fork began.
    public struct Origin: Sendable, Hashable, Codable {
        /// The run that was forked.
        public var run: RunID
        /// The last of its transitions that is shared.
        public var seq: Int

        /// Creates an origin.
        public init(run: RunID, seq: Int) {
            self.run = run
            self.seq = seq
        }
    }

    /// A node that is to be entered.
    public struct Entry: Sendable, Hashable, Codable {
        /// The node.
        public var node: String
        /// The node that was left for it; `nil` at the start.
        public var from: String?
        /// The label of the edge.
        public var via: String
        /// The branches that it is in.
        public var branches: [Activation.Branch]

        /// Creates an entry.
        public init(node: String, from: String? = nil, via: String = "", branches: [Activation.Branch] = []) {
            self.node = node
            self.from = from
            self.via = via
            self.branches = branches
        }
    }

    /// A branch at its join.
    public struct Arrival: Sendable, Hashable, Codable {
        /// The join.
        public var node: String
        /// The branch that arrived.
        public var branch: Activation.Branch

        /// Creates an arrival.
        public init(node: String, branch: Activation.Branch) {
            self.node = node
            self.branch = branch
        }
    }

    /// One node's visits.
    public struct Visit: Sendable, Hashable, Codable {
        /// The node.
        public var node: String
        /// How often it was entered.
        public var count: Int
        /// How long the visits that ended took together, in microseconds.
        public var microseconds: Int64
        /// The edges taken from it, by label and target.
        public var passes: [Pass]
    }

    /// How often an edge was taken.
    public struct Pass: Sendable, Hashable, Codable {
        /// The edge's label.
        public var via: String
        /// Where it leads.
        public var to: String
        /// How often.
        public var count: Int
    }

    /// What happened, in numbers.
    public struct Counts: Sendable, Hashable, Codable {
        /// Effects that ended well.
        public var effectsSucceeded = 0
        /// Effects that ended badly.
        public var effectsFailed = 0
        /// Tries beyond the first.
        public var retries = 0
        /// Verifications that accepted.
        public var accepted = 0
        /// Verifications that rejected.
        public var rejected = 0
        /// Plans after the first.
        public var replans = 0
        /// Facts observed.
        public var facts = 0
        /// Questions put to a person.
        public var questions = 0
        /// Children spawned.
        public var children = 0
        /// Times that it was taken up again after a crash.
        public var recoveries = 0
        /// Transitions of kinds that this version doesn't know.
        public var unknown = 0

        /// Creates counts of 0.
        public init() {}
    }

    /// A judgement.
    public struct Verdict: Sendable, Hashable, Codable {
        /// Whether it accepted.
        public var accepted: Bool
        /// The step, from 0; `nil` for the whole.
        public var step: Int?
        /// When.
        public var at: Timestamp
        /// The words of its reason or evidence.
        public var evidence: ContentID?
    }

    /// Creates the state of a run of which nothing is known.
    public init(id: RunID) {
        self.id = id
        seq = 0
        tenant = ""
        subject = ""
        role = ""
        depth = 0
        startedAt = Timestamp(microseconds: 0)
        lastAt = startedAt
        status = .unknown
        statusSince = startedAt
        statusReason = ""
        graph = ""
        pins = [:]
        activations = []
        entries = []
        arrivals = []
        document = JSONObject()
        plan = Plan()
        budget = Budget()
        visits = []
        counts = Counts()
        heldMicroseconds = 0
        children = []
        repetition = Repetition(name: "", arguments: nil, count: 0)
        unsettled = []
    }
}

/// The steps that a run means to take.
public struct Plan: Sendable, Hashable, Codable {
    /// How far a step is.
    public enum StepState: String, Sendable, Hashable, Codable {
        case pending, active, done, failed, skipped
    }

    /// One step; its words are in the plan's content.
    public struct Step: Sendable, Hashable, Codable {
        /// The step's short name.
        public var name: String
        /// How far it is.
        public var state: StepState
        /// How often it was tried.
        public var tries: Int

        /// Creates a step that nothing was done about.
        public init(name: String, state: StepState = .pending, tries: Int = 0) {
            self.name = name
            self.state = state
            self.tries = tries
        }
    }

    /// Which plan it is, from 1; 0 before the first.
    public var revision = 0
    /// The steps.
    public var steps: [Step] = []
    /// The words: titles, criteria, tools and their arguments.
    public var words: ContentID?

    /// Creates an empty plan.
    public init() {}

    /// How many steps are behind the run: done or skipped.
    public var finished: Int { steps.count { $0.state == .done || $0.state == .skipped } }
}
