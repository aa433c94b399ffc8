extension Graph {
    /// Something that is wrong with a graph.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, and where.
        public let description: String
    }

    /// Everything that would keep the graph from running to an end; empty for a sound one.
    public func problems() -> [Problem] {
        var problems: [Problem] = []
        func report(_ text: String) { problems.append(Problem(description: text)) }
        let graph = flattened()
        let names = Set(graph.nodes.map(\.name))
        for (name, count) in Dictionary(grouping: graph.nodes, by: \.name).mapValues(\.count).sorted(by: {
            $0.key < $1.key
        })
        where count > 1 {
            report("The node \"\(name)\" is there \(count) times.")
        }
        if !names.contains(graph.entry) { report("The entry \"\(graph.entry)\" is not a node.") }
        if names.contains(Graph.end) { report("\"end\" can't be a node: it is where the graph ends.") }
        for edge in graph.edges {
            if !names.contains(edge.from) { report("An edge leaves \"\(edge.from)\", which is not a node.") }
            if !names.contains(edge.to), edge.to != Graph.end {
                report("An edge from \"\(edge.from)\" leads to \"\(edge.to)\", which is not a node.")
            }
        }
        for node in graph.nodes {
            if case .fork(let join) = node.kind, !names.contains(join) {
                report("The fork \"\(node.name)\" joins at \"\(join)\", which is not a node.")
            }
        }
        guard problems.isEmpty else { return problems }
        let reached = graph.reachable(from: [graph.entry]) { edge in (edge.from, edge.to) }
        for node in graph.nodes where !reached.contains(node.name) {
            report("The node \"\(node.name)\" can't be reached from \"\(graph.entry)\".")
        }
        let ending = graph.reachable(from: [Graph.end]) { edge in (edge.to, edge.from) }
        for node in graph.nodes where !ending.contains(node.name) {
            report("There is no way from \"\(node.name)\" to the end.")
        }
        if stepsMax < 1 { report("stepsMax must be at least 1.") }
        return problems
    }

    private func reachable(
        from start: Set<String>,
        along direction: (Edge) -> (from: String, to: String)
    ) -> Set<String> {
        var found = start
        var open = Array(start)
        var ways = edges.map(direction)
        for node in nodes {
            // A fork's branches end at the join without an edge that says so by itself.
            guard case .fork(let join) = node.kind else { continue }
            ways.append(direction(Edge(node.name, "*", join)))
        }
        while let node = open.popLast() {
            for way in ways where way.from == node && found.insert(way.to).inserted { open.append(way.to) }
        }
        return found
    }
}
