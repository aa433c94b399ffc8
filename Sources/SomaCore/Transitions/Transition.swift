/// One durable fact of a run: the checkpoint, the event, the audit line and the outbox entry in one.
///
/// Append-only, named by `(run, seq)`. It holds structure (statuses, names, counts, costs); words are content,
/// stored once and named by id, because words are what may be sealed, redacted and erased.
public struct Transition: Sendable, Hashable {
    /// The run that it belongs to.
    public var run: RunID
    /// Its place in the run, from 1 without gaps.
    public var seq: Int
    /// When it was decided, UTC. Never earlier than the one before it in the same run.
    public var at: Timestamp
    /// What happened.
    public var kind: TransitionKind
    /// The customer or team that the run belongs to.
    public var tenant: String
    /// The person whose data the words are.
    public var subject: String
    /// The role of the agent.
    public var agent: String
    /// The run that delegated this one.
    public var parent: RunID?
    /// The node of the graph that it happened in.
    public var node: String?
    /// Which try of the effect it belongs to, from 1; 0 where there is none.
    public var attempt: Int
    /// The transition of the same run that led here.
    public var cause: Int?
    /// How many transitions of the same run follow it in the same decision: 0 where the decision is complete, which
    /// is where a fork may begin.
    public var more: Int
    /// W3C trace id.
    public var trace: String?
    /// W3C span id.
    public var span: String?
    /// The kind's own fields.
    public var body: JSONObject
    /// The words that it refers to, by name.
    public var content: [ContentReference]
    /// Members that this version doesn't know, kept so that passing a record on loses nothing.
    public var unknown: JSONObject

    /// Creates a transition.
    public init(
        run: RunID,
        seq: Int,
        at: Timestamp,
        kind: TransitionKind,
        tenant: String = "local",
        subject: String = "local",
        agent: String = "",
        parent: RunID? = nil,
        node: String? = nil,
        attempt: Int = 0,
        cause: Int? = nil,
        more: Int = 0,
        trace: String? = nil,
        span: String? = nil,
        body: JSONObject = JSONObject(),
        content: [ContentReference] = [],
        unknown: JSONObject = JSONObject()
    ) {
        self.run = run
        self.seq = seq
        self.at = at
        self.kind = kind
        self.tenant = tenant
        self.subject = subject
        self.agent = agent
        self.parent = parent
        self.node = node
        self.attempt = attempt
        self.cause = cause
        self.more = more
        self.trace = trace
        self.span = span
        self.body = body
        self.content = content
        self.unknown = unknown
    }

    /// The seq that a run's first transition follows: 0, or for a fork the last that it shares with its origin.
    public var firstFollows: Int { kind == .runForked ? max(0, seq - 1) : 0 }

    /// The id of the content that is referred to as `name`.
    public func content(_ name: String) -> ContentID? { content.first { $0.name == name }?.id }
}

/// A name for words in one transition.
public struct ContentReference: Sendable, Hashable, Codable {
    /// What the words are to the transition: `goal`, `arguments`, `result`, …
    public var name: String
    /// Where the words are.
    public var id: ContentID

    /// Creates a reference.
    public init(_ name: String, _ id: ContentID) {
        self.name = name
        self.id = id
    }
}
