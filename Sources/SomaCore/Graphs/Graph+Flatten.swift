extension Graph {
    /// The same graph without subgraphs: the nodes of each stand in its place, named `outer/inner`.
    ///
    /// Running, drawing and bounding a graph then need to know nothing of nesting. An edge of the inner graph
    /// that ends it becomes one edge to each place that the outer node leads to by the same label (or `*`).
    public func flattened() -> Graph {
        guard nodes.contains(where: { if case .subgraph = $0.kind { true } else { false } }) else {
            return self
        }
        var flat = self
        flat.nodes = []
        flat.edges = []
        var entries: [String: String] = [:]
        for node in nodes {
            guard case .subgraph(let graph) = node.kind else {
                flat.nodes.append(node)
                continue
            }
            let inner = graph.flattened()
            let prefix = node.name + "/"
            entries[node.name] = prefix + inner.entry
            for var child in inner.nodes {
                child.name = prefix + child.name
                if case .fork(let join) = child.kind { child.kind = .fork(join: prefix + join) }
                flat.nodes.append(child)
            }
            for var edge in inner.edges {
                edge.from = prefix + edge.from
                guard edge.to == Graph.end else {
                    edge.to = prefix + edge.to
                    flat.edges.append(edge)
                    continue
                }
                for outer in edges where outer.from == node.name {
                    guard outer.label == edge.label || outer.label == "*" || edge.label == "*" else {
                        continue
                    }
                    var joined = edge
                    joined.label = edge.label == "*" ? outer.label : edge.label
                    joined.to = outer.to
                    joined.when += outer.when
                    joined.passesMax = outer.passesMax ?? edge.passesMax
                    flat.edges.append(joined)
                }
            }
            for (key, reducer) in inner.reducers where flat.reducers[key] == nil {
                flat.reducers[key] = reducer
            }
        }
        let subgraphs = Set(entries.keys)
        flat.edges += edges.filter { !subgraphs.contains($0.from) }
        flat.entry = entries[entry] ?? entry
        for index in flat.edges.indices {
            if let target = entries[flat.edges[index].to] { flat.edges[index].to = target }
        }
        return flat
    }
}
