import SomaCore
import SomaTerminal

/// What there is to draw of a graph, whatever a run has done in it: nodes, and one link for all edges between two.
struct PlanShape: Sendable, Hashable {
    struct Node: Sendable, Hashable {
        var name: String
        /// How many forks it is inside of.
        var depth = 0
    }

    struct Link: Sendable, Hashable {
        var from: Int
        var to: Int
        /// The edges' labels, without those that mean any.
        var words: String
        /// Whether it is the usual way on.
        var isMain: Bool
        /// Whether it is drawn before it was taken: the usual way, the ways in, and loops that are bounded on purpose.
        var isExpected: Bool
    }

    /// The nodes, the entry first, then as they are reached.
    private(set) var nodes: [Node] = []
    private(set) var links: [Link] = []
    /// Each node's place.
    private(set) var places: [String: Int] = [:]
    /// Each link's place.
    private var linkPlaces: [Pair: Int] = [:]

    private struct Pair: Hashable {
        var from: Int
        var to: Int
    }

    /// The longest words of a link, in characters.
    static let wordsMax = 12

    /// Takes a graph without nesting.
    init(_ graph: Graph) {
        let names = Self.order(graph)
        nodes = names.map { Node(name: $0) }
        places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var edges: [Pair: [Graph.Edge]] = [:]
        var pairs: [Pair] = []
        for edge in graph.edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            let pair = Pair(from: from, to: to)
            if edges[pair] == nil { pairs.append(pair) }
            edges[pair, default: []].append(edge)
        }
        let forks = Set(graph.nodes.filter { if case .fork = $0.kind { true } else { false } }.map(\.name))
        let joins = Set(graph.nodes.filter { $0.kind == .join }.map(\.name))
        let drawn = Dictionary(
            graph.nodes.enumerated().compactMap { index, node in places[node.name].map { ($0, index) } },
            uniquingKeysWith: { first, _ in first }
        )
        let ahead = Self.usual(pairs, drawn, count: nodes.count)
        for pair in pairs {
            let own = edges[pair] ?? []
            let labels = own.map { $0.label.firstLine }.filter { $0 != "*" }.uniqued
            let isStraight = ahead.contains(pair)
            let isBranch = forks.contains(nodes[pair.from].name) || joins.contains(nodes[pair.to].name)
            linkPlaces[pair] = links.count
            links.append(
                Link(
                    from: pair.from,
                    to: pair.to,
                    words: SafeText.clip(labels.joined(separator: ", "), to: Self.wordsMax),
                    isMain: isStraight && !isBranch,
                    isExpected: isStraight || isBranch || own.contains { $0.passesMax != nil }
                )
            )
        }
        findDepths(graph)
    }

    /// The link between two nodes.
    func link(from: String, to: String) -> Int? {
        guard let from = places[from], let to = places[to] else { return nil }
        return linkPlaces[Pair(from: from, to: to)]
    }

    /// The links that leave a node, in the order of the graph.
    func links(from node: Int) -> [Int] { links.indices.filter { links[$0].from == node } }

    // MARK: Making

    /// The entry first; what it leads to depth first, so that a branch stays together; then the rest.
    private static func order(_ graph: Graph) -> [String] {
        let names = graph.nodes.prefix(RunGraph.nodesMax).map(\.name).uniqued
        let known = Set(names)
        var next: [String: [String]] = [:]
        for edge in graph.edges where known.contains(edge.from) && known.contains(edge.to) {
            next[edge.from, default: []].append(edge.to)
        }
        let roots = (known.contains(graph.entry) ? [graph.entry] : []) + names
        var marks: [String: Bool] = [:]
        // Links that close a circle are set aside first, so that what comes after a loop isn't put before it.
        var closing: Set<[String]> = []
        for root in roots where marks[root] == nil {
            var path: [(name: String, place: Int)] = [(root, 0)]
            marks[root] = false
            while let (name, place) = path.last {
                let targets = next[name] ?? []
                guard place < targets.count else {
                    marks[name] = true
                    path.removeLast()
                    continue
                }
                path[path.count - 1].place += 1
                let target = targets[place]
                switch marks[target] {
                case .none:
                    marks[target] = false
                    path.append((target, 0))
                case .some(false): closing.insert([name, target])
                case .some(true): break
                }
            }
        }
        var finished: [String] = []
        var seen: Set<String> = []
        for root in roots.reversed() where seen.insert(root).inserted {
            var path: [(name: String, place: Int)] = [(root, 0)]
            while let (name, place) = path.last {
                let targets = next[name] ?? []
                guard place < targets.count else {
                    finished.append(name)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].place += 1
                let target = targets[targets.count - 1 - place]
                if !closing.contains([name, target]), seen.insert(target).inserted {
                    path.append((target, 0))
                }
            }
        }
        var order = finished.reversed().map { $0 }
        if let place = order.firstIndex(of: graph.entry), place > 0 {
            order.insert(order.remove(at: place), at: 0)
        }
        return order
    }

    /// One link out of and one into each node, so that all hang together: the next in drawing order where there is
    /// one.
    private static func usual(_ pairs: [Pair], _ drawn: [Int: Int], count: Int) -> Set<Pair> {
        var result: Set<Pair> = []
        var entered: Set<Int> = []
        var leaving: [[Pair]] = Array(repeating: [], count: count)
        var entering = leaving
        for pair in pairs where pair.from != pair.to {
            leaving[pair.from].append(pair)
            entering[pair.to].append(pair)
        }
        func place(_ node: Int) -> Int { drawn[node] ?? node }
        for node in 0..<count {
            let next =
                leaving[node].first { place($0.to) == place(node) + 1 }
                ?? leaving[node].first { $0.to > node }
            if let next {
                result.insert(next)
                entered.insert(next.to)
            }
        }
        for node in 0..<count where !entered.contains(node) {
            if let nearest = entering[node].filter({ $0.from < node }).max(by: { $0.from < $1.from }) {
                result.insert(nearest)
            }
        }
        return result
    }

    private mutating func findDepths(_ graph: Graph) {
        var next: [String: [String]] = [:]
        for edge in graph.edges { next[edge.from, default: []].append(edge.to) }
        for node in graph.nodes {
            guard case .fork(let join) = node.kind else { continue }
            var seen: Set<String> = [node.name, join]
            var open = next[node.name] ?? []
            while let name = open.popLast() {
                guard seen.insert(name).inserted else { continue }
                if let place = places[name] { nodes[place].depth += 1 }
                open += next[name] ?? []
            }
        }
    }
}

extension PlanShape {
    /// The rest follows from nodes and links.
    static func == (left: PlanShape, right: PlanShape) -> Bool {
        left.nodes == right.nodes && left.links == right.links
    }

    /// Little is hashed, as it is at each frame; what is alike is told apart by `==`.
    func hash(into hasher: inout Hasher) {
        hasher.combine(nodes.count)
        hasher.combine(links.count)
        hasher.combine(nodes.last)
    }
}

extension Graph {
    /// The graph without nesting, with what a run did that the graph doesn't know.
    func completed(by run: RunState) -> Graph {
        var graph = flattened()
        let walked = RunGraph.walked(run)
        let known = Set(graph.nodes.map(\.name))
        graph.nodes += walked.nodes.filter { !known.contains($0.name) }
        var pairs = Set(graph.edges.map { [$0.from, $0.to] })
        for edge in walked.edges where pairs.insert([edge.from, edge.to]).inserted {
            graph.edges.append(edge)
        }
        if graph.entry.isEmpty { graph.entry = graph.nodes.first?.name ?? "" }
        return graph
    }
}

extension Array where Element: Hashable {
    /// The elements without those that were there before.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
