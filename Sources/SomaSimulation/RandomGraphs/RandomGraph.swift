import SomaCore
import SomaEngine

/// Sound graphs by number: chains of tasks, cycles with bounds, forks with joins, and subgraphs.
struct RandomGraph {
    private var random: SeededGenerator
    private var nodes: [Graph.Node] = []
    private var edges: [Graph.Edge] = []

    static func program(_ number: UInt64) -> Program {
        Program(graph: graph(number), behaviours: ["busy": DiceNode(labels: ["a", "b"]), "idle": idle])
    }

    private static let idle = DiceNode(labels: ["a", "b"], asks: 0)

    static func graph(_ number: UInt64) -> Graph {
        var builder = RandomGraph(random: SeededGenerator(seed: number &* 0x9E37_79B9))
        return builder.graph("graph \(number)", depth: 0)
    }

    private mutating func graph(_ name: String, depth: Int) -> Graph {
        let pieces = (0..<random.number(1...(depth == 0 ? 4 : 2))).map { _ in piece(depth: depth) }
        for (one, next) in zip(pieces, pieces.dropFirst()) { connect(one.exit, next.entry) }
        let last = pieces[pieces.count - 1]
        edges.append(.init(last.exit, "*", Graph.end))
        // A way back, a few times, that is tried before the way on.
        if pieces.count > 1, random.chance(0.4) {
            edges.insert(.init(last.exit, "b", pieces[0].entry, passesMax: random.number(1...2)), at: 0)
        }
        return Graph(
            name: name,
            entry: pieces[0].entry,
            nodes: nodes,
            edges: edges,
            stepsMax: 60,
            reducers: ["list": .append, "sum": .add]
        )
    }

    private mutating func connect(_ from: String, _ to: String) { edges.append(.init(from, "*", to)) }

    private mutating func add(_ kind: Graph.Kind) -> String {
        let name = "n\(nodes.count)"
        nodes.append(Graph.Node(name, kind))
        return name
    }

    private mutating func task() -> String { add(.task(random.chance(0.6) ? "busy" : "idle")) }

    private mutating func piece(depth: Int) -> (entry: String, exit: String) {
        switch random.below(depth < 2 ? 6 : 3) {
        case 0, 1:
            let node = task()
            return (node, node)
        case 2: return choice()
        case 3, 4: return fork(depth: depth)
        default:
            var inner = RandomGraph(random: SeededGenerator(seed: random.next()))
            let node = add(.subgraph(inner.graph("inner", depth: depth + 1)))
            return (node, node)
        }
    }

    private mutating func choice() -> (entry: String, exit: String) {
        let (first, left, right, last) = (task(), task(), task(), add(.task("idle")))
        edges.append(.init(first, "a", left, when: [.init("noted", .below, 2)]))
        edges.append(.init(first, "*", right))
        connect(left, last)
        connect(right, last)
        return (first, last)
    }

    private mutating func fork(depth: Int) -> (entry: String, exit: String) {
        let join = add(.join)
        let fork = add(.fork(join: join))
        for _ in 0..<random.number(2...3) {
            let first = piece(depth: depth + 1)
            connect(fork, first.entry)
            connect(first.exit, join)
        }
        return (fork, join)
    }
}
