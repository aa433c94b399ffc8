public import SomaCore

/// What one node of a graph does.
///
/// A node is a pure function of what is in the log: it is called when it is entered and again whenever all that
/// it asked for has been answered, until it leaves. It performs nothing itself. So the same log always leads to
/// the same next step, after a crash as in a simulation.
public protocol Node: Sendable {
    /// Decides what the visit needs next.
    func step(_ visit: NodeVisit) -> NodeStep
}

/// What a node sees.
public struct NodeVisit: Sendable {
    /// The run as its log has it.
    public let run: RunState
    /// This visit, with what was asked for in it and the answers.
    public let activation: Activation
    /// The time of the decision.
    public let now: Timestamp
    /// The words that the run's state refers to.
    public let library: Library

    /// Creates a visit.
    public init(run: RunState, activation: Activation, now: Timestamp, library: Library) {
        self.run = run
        self.activation = activation
        self.now = now
        self.library = library
    }

    /// The answers to what was asked for in this visit, in order.
    public var answers: [Request] { activation.requests }

    /// The words of the document's `key`.
    public func words(_ key: String) -> Words? { library[run.document.words(key)] }
}

/// Words at hand, by their names.
public struct Library: Sendable {
    private var words: [ContentID: Words] = [:]

    /// Creates an empty library.
    public init() {}

    /// Creates a library of words.
    public init(_ words: [ContentID: Words]) { self.words = words }

    /// The words of a name; `nil` where there is no name, or its words are not at hand.
    public subscript(id: ContentID?) -> Words? { id.flatMap { words[$0] } }

    /// How many words are at hand.
    public var count: Int { words.count }

    package mutating func add(_ words: Words, as id: ContentID) { self.words[id] = words }

    package func subset(_ ids: Set<ContentID>) -> Library {
        var subset = Library()
        for id in ids { subset.words[id] = words[id] }
        return subset
    }

    package mutating func keep(only ids: Set<ContentID>) { words = words.filter { ids.contains($0.key) } }
}

/// What a node decided.
public enum NodeStep: Sendable {
    /// Stay until all of this is answered.
    case ask([NodeRequest])
    /// Leave by the edges of this label.
    case leave(String, Update = Update())
    /// End the run without a result.
    case fail(code: String, message: String)
}

/// What a node changes as it leaves.
public struct Update: Sendable {
    /// Keys of the document; `null` removes one. Structure only: what people said goes into `words`.
    public var values: [(key: String, value: JSON)] = []
    /// Keys of the document that hold words; stored once, the document keeps their name.
    public var words: [(key: String, words: Words)] = []
    /// What was observed.
    public var facts: [Fact] = []
    /// A new plan.
    public var plan: PlanRevision?
    /// Changes to the plan's steps.
    public var steps: [StepChange] = []
    /// A judgement.
    public var verdict: Judgement?

    /// Something observed.
    public struct Fact: Sendable {
        /// What it is about.
        public var name: String
        /// A number or other structure.
        public var value: JSON?
        /// What was observed, in words.
        public var words: Words

        /// Creates a fact.
        public init(name: String, value: JSON? = nil, words: Words) {
            self.name = name
            self.value = value
            self.words = words
        }
    }

    /// A plan in place of the one before.
    public struct PlanRevision: Sendable {
        /// The steps.
        public var steps: [Plan.Step]
        /// The words of the plan.
        public var words: Words

        /// Creates a plan.
        public init(steps: [Plan.Step], words: Words) {
            self.steps = steps
            self.words = words
        }
    }

    /// A change to one step.
    public struct StepChange: Sendable {
        /// The step, from 0.
        public var index: Int
        /// Its new state.
        public var state: Plan.StepState
        /// How often it was tried.
        public var tries: Int

        /// Creates a change.
        public init(index: Int, state: Plan.StepState, tries: Int) {
            self.index = index
            self.state = state
            self.tries = tries
        }
    }

    /// A judgement of Verify.
    public struct Judgement: Sendable {
        /// Whether it accepted.
        public var accepted: Bool
        /// The step, from 0; `nil` for the whole.
        public var step: Int?
        /// Why.
        public var evidence: Words

        /// Creates a judgement.
        public init(accepted: Bool, step: Int? = nil, evidence: Words) {
            self.accepted = accepted
            self.step = step
            self.evidence = evidence
        }
    }

    /// Creates an update that changes nothing.
    public init() {}

    /// Creates an update of the document's values.
    public init(_ values: [(key: String, value: JSON)]) { self.values = values }
}

extension JSONObject {
    /// The name of the words that a key holds.
    public func words(_ key: String) -> ContentID? { self[key]?["words"]?.string.flatMap { ContentID($0) } }
}
