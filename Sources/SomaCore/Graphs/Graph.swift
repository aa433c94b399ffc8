/// The shape of an agent: named nodes, and edges that say where to go after each.
///
/// A value, so that it can be pinned by its digest, drawn, checked and laid out without running it. What a node
/// does is a behaviour, found by name when the graph runs.
public struct Graph: Sendable, Hashable, Codable {
    /// What a node is.
    public enum Kind: Sendable, Hashable, Codable {
        /// A behaviour, by name.
        case task(String)
        /// Takes all its edges at once; `join` waits for every branch.
        case fork(join: String)
        /// Where branches meet; goes on once all have arrived.
        case join
        /// A graph of its own in one node's place. Its end leaves by the label of the edge that reached it.
        case subgraph(Graph)
    }

    /// A node.
    public struct Node: Sendable, Hashable, Codable {
        /// The node's name, unique in the graph, without `/`.
        public var name: String
        /// What it is.
        public var kind: Kind
        /// How often it may be entered in one run; `nil` leaves that to the graph's bound.
        public var visitsMax: Int?

        /// Creates a node.
        public init(_ name: String, _ kind: Kind, visitsMax: Int? = nil) {
            self.name = name
            self.kind = kind
            self.visitsMax = visitsMax
        }
    }

    /// A way from a node to another.
    public struct Edge: Sendable, Hashable, Codable {
        /// The node that it leaves.
        public var from: String
        /// The outcome that takes it; `*` is any.
        public var label: String
        /// The node that it enters, or `Graph.end`.
        public var to: String
        /// What must hold of the run's document; all of it.
        public var when: [Condition]
        /// How often it may be taken in one run. After that the next edge that fits is taken.
        public var passesMax: Int?

        /// Creates an edge.
        public init(
            _ from: String,
            _ label: String,
            _ to: String,
            when: [Condition] = [],
            passesMax: Int? = nil
        ) {
            self.from = from
            self.label = label
            self.to = to
            self.when = when
            self.passesMax = passesMax
        }
    }

    /// Something that holds of the document or doesn't.
    public struct Condition: Sendable, Hashable, Codable {
        /// How the value at the path is compared.
        public enum Comparison: String, Sendable, Hashable, Codable, CaseIterable {
            case exists, missing, equals, differs, below, above
        }

        /// A dotted path into the document.
        public var path: String
        /// How the value there is compared.
        public var comparison: Comparison
        /// What with; `null` for `exists` and `missing`.
        public var value: JSON

        /// Creates a condition.
        public init(_ path: String, _ comparison: Comparison, _ value: JSON = .null) {
            self.path = path
            self.comparison = comparison
            self.value = value
        }

        /// Whether it holds.
        public func holds(of document: JSONObject) -> Bool {
            let found = JSON.object(document).at(path: path)
            switch comparison {
            case .exists: return found != nil
            case .missing: return found == nil
            case .equals: return found == value
            case .differs: return found != value
            case .below:
                guard let left = found?.double, let right = value.double else { return false }
                return left < right
            case .above:
                guard let left = found?.double, let right = value.double else { return false }
                return left > right
            }
        }
    }

    /// How what a node writes under a key meets what is there, as when branches run side by side.
    public enum Reducer: String, Sendable, Hashable, Codable, CaseIterable {
        /// The later value stays.
        case set
        /// The value is appended to an array.
        case append
        /// The value is added to a number.
        case add
    }

    /// The target of an edge that ends the graph.
    public static let end = "end"

    /// The graph's name.
    public var name: String
    /// The node that it starts with.
    public var entry: String
    /// The nodes, in the order in which they are drawn.
    public var nodes: [Node]
    /// The edges; among those that fit, the first is taken.
    public var edges: [Edge]
    /// How many nodes may be entered in one run.
    public var stepsMax: Int
    /// How the document's keys are written; a key not named is set.
    public var reducers: [String: Reducer]

    /// Creates a graph.
    public init(
        name: String,
        entry: String,
        nodes: [Node],
        edges: [Edge],
        stepsMax: Int = 1000,
        reducers: [String: Reducer] = [:]
    ) {
        self.name = name
        self.entry = entry
        self.nodes = nodes
        self.edges = edges
        self.stepsMax = stepsMax
        self.reducers = reducers
    }
}
