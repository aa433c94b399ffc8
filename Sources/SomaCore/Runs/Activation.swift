/// One visit to a node: from `node.entered` to `node.left`.
public struct Activation: Sendable, Hashable, Codable, Identifiable {
    /// The seq of the `node.entered` that began it.
    public var id: Int
    /// The node's name in the graph.
    public var node: String
    /// How often the run has entered the node, this time included.
    public var visit: Int
    /// When it was entered.
    public var enteredAt: Timestamp
    /// The fork and branch that it belongs to, innermost last; empty outside parallel branches.
    public var branches: [Branch]
    /// What the node asked for in this visit, in order.
    public var requests: [Request]

    /// One branch of one passage through a fork.
    public struct Branch: Sendable, Hashable, Codable {
        /// The seq of the `node.left` that opened the branches.
        public var fork: Int
        /// The branch's number, from 0.
        public var index: Int
        /// How many branches the join waits for.
        public var count: Int

        /// Creates a branch.
        public init(fork: Int, index: Int, count: Int) {
            self.fork = fork
            self.index = index
            self.count = count
        }
    }

    /// Creates an activation that asked for nothing yet.
    public init(id: Int, node: String, visit: Int, enteredAt: Timestamp, branches: [Branch] = []) {
        self.id = id
        self.node = node
        self.visit = visit
        self.enteredAt = enteredAt
        self.branches = branches
        requests = []
    }

    /// Whether everything that was asked for has an answer.
    public var isAnswered: Bool { requests.allSatisfy { $0.state.isAnswered } }
}

/// Something a node asked for: a tool, a model, a person's answer, or a child run.
public struct Request: Sendable, Hashable, Codable, Identifiable {
    /// What is asked.
    public enum Kind: String, Sendable, Hashable, Codable {
        case tool, model, question, child
    }

    /// How far it is.
    public enum State: String, Sendable, Hashable, Codable {
        /// Intended; nothing has been done.
        case requested
        /// A person must approve it first.
        case awaitingApproval
        /// Under way.
        case started
        /// Failed; the next try is due at `since` plus the back-off in `detail`.
        case backingOff
        /// It may have happened: its result was lost, and it must not be repeated.
        case inDoubt
        /// Ended well: the result is there.
        case succeeded
        /// Ended badly: `status` says how.
        case failed

        /// Whether the node may go on.
        public var isAnswered: Bool { self == .succeeded || self == .failed }
    }

    /// The seq of `effect.requested`, `interrupt.opened` or `child.spawned`: what an answer binds to.
    public var id: Int
    /// What is asked.
    public var kind: Kind
    /// The tool's, model's or role's name, or the kind of question.
    public var name: String
    /// What a crash may do to it.
    public var effectClass: EffectClass
    /// How far it is.
    public var state: State
    /// Since when.
    public var since: Timestamp
    /// How often it was started.
    public var attempt: Int
    /// The words it was asked with.
    public var arguments: ContentID?
    /// The words it was answered with.
    public var result: ContentID?
    /// How it ended, in one word: `ok`, `error`, `timeout`, `rejected`, `cancelled`, `answered`, …
    public var status: String
    /// Structured facts about the end: exit status, counts; or the back-off.
    public var detail: JSONObject
    /// What was set aside for it.
    public var reserved: Usage
    /// The open question about it, by the seq of its `interrupt.opened`.
    public var question: Int?
    /// The child run.
    public var child: RunID?

    /// Creates a request that nothing was done about.
    public init(
        id: Int,
        kind: Kind,
        name: String,
        effectClass: EffectClass = .read,
        state: State = .requested,
        since: Timestamp,
        arguments: ContentID? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.effectClass = effectClass
        self.state = state
        self.since = since
        self.arguments = arguments
        attempt = 0
        status = ""
        detail = JSONObject()
        reserved = .zero
    }
}
