public import SomaCore

/// A run that somebody wants.
public struct StartRequest: Sendable {
    /// What is to be reached, in words.
    public var goal: String
    /// The role; `nil` lets the goal decide.
    public var role: String?
    /// The runbook, by name; `nil` lets the goal decide.
    public var runbook: String?
    /// The runbook's parameters.
    public var parameters: JSONObject
    /// The folder that it works on.
    public var workspace: String
    /// The most that it may use; the role's own limits hold too.
    public var limits: Limits
    /// The customer or team.
    public var tenant: String
    /// The person whose data the words are.
    public var subject: String
    /// What parents hand on to their children: structure, kept in the document.
    public var context: JSONObject
    /// The run's name, where it was given one beforehand: a run of that name that is there already isn't started
    /// again. `nil` lets the engine name it.
    public var id: RunID?
    /// The conversation that it answers a message of.
    public var conversation: ConversationContext?
    /// Where in a trace whoever asks for it stands; `nil` where that isn't known.
    public var caller: TraceContext?
    /// Without a caller: the span of the request that asks for it, which is in the run's own trace, and which the run is part
    /// of. `nil` where requests aren't recorded.
    public var asking: SpanID?

    /// Creates a request.
    public init(
        goal: String,
        role: String? = nil,
        runbook: String? = nil,
        parameters: JSONObject = JSONObject(),
        workspace: String = "",
        limits: Limits = Limits(),
        tenant: String = "local",
        subject: String = "local",
        context: JSONObject = JSONObject()
    ) {
        self.goal = goal
        self.role = role
        self.runbook = runbook
        self.parameters = parameters
        self.workspace = workspace
        self.limits = limits
        self.tenant = tenant
        self.subject = subject
        self.context = context
    }
}

/// Why a run can't start, in words for the person who wanted it.
public struct StartRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable short code: `goal.unknown`, `role.unknown`, `runbook.unknown`, `parameter.missing`, …
    public var code: String
    /// What is wrong.
    public var message: String
    /// What to do.
    public var hint: String

    /// Creates a refusal.
    public init(code: String, message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message and the hint.
    public var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}

/// Everything that a run starts with.
public struct PreparedRun: Sendable {
    /// The role's name.
    public var role: String
    /// What it runs.
    public var program: Program
    /// What it is pinned to, by what it is of: `graph`, `role`, `prompts`, `runbook`. Stored as content.
    public var pinned: [(name: String, words: Words)]
    /// The document that it starts with.
    public var document: JSONObject
    /// The most that it may use.
    public var limits: Limits

    /// Creates a prepared run.
    public init(
        role: String,
        program: Program,
        pinned: [(name: String, words: Words)],
        document: JSONObject,
        limits: Limits
    ) {
        self.role = role
        self.program = program
        self.pinned = pinned
        self.document = document
        self.limits = limits
    }
}

/// A graph and what its nodes do.
public struct Program: Sendable {
    /// The graph without subgraphs.
    public let graph: Graph
    /// What the nodes do, by the names that the graph's tasks give.
    public let behaviours: [String: any Node]

    private let joins: Set<String>
    private let nodes: [String: Graph.Node]
    private let edges: [String: [Graph.Edge]]

    /// Creates a program.
    public init(graph: Graph, behaviours: [String: any Node]) {
        let flat = graph.flattened()
        self.graph = flat
        self.behaviours = behaviours
        nodes = Dictionary(flat.nodes.map { ($0.name, $0) }) { first, _ in first }
        edges = Dictionary(grouping: flat.edges, by: \.from)
        joins = Set(flat.nodes.compactMap { if case .fork(let join) = $0.kind { join } else { nil } })
    }

    /// Whether branches meet at a node.
    func isJoin(_ name: String) -> Bool { joins.contains(name) }

    /// A node by its name.
    public func node(_ name: String) -> Graph.Node? { nodes[name] }

    /// The edges that leave a node.
    public func edges(from node: String) -> [Graph.Edge] { edges[node] ?? [] }
}

/// Knows roles, graphs and runbooks: what turns a wish into a run, and a run's pins into what it runs.
public protocol Catalog: Sendable {
    /// Everything that a run starts with.
    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun

    /// What a run was pinned to at its start, from the words that it was pinned to.
    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program
}
