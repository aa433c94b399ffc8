package import SomaCore

/// The shape that a run's graph is drawn in.
enum RunGraph {
    /// The most nodes and edges of a graph that is laid out; of a larger one, what the run walked is drawn.
    static let nodesMax = 400
    static let edgesMax = 2_000

    /// The graph in words that a run is pinned to; `nil` where they hold none that can be drawn.
    static func read(_ text: String) -> Graph? {
        guard let graph = try? JSON.parse(text).decode(Graph.self), graph.problems().isEmpty else {
            return nil
        }
        let flat = graph.flattened()
        return flat.nodes.count <= nodesMax && flat.edges.count <= edgesMax ? graph : nil
    }

    /// The graph as far as a run has walked it: for runs whose graph isn't at hand.
    static func walked(_ run: RunState) -> Graph {
        var nodes: [String] = []
        var edges: [Graph.Edge] = []
        func add(_ node: String) {
            if node != Graph.end, !nodes.contains(node) { nodes.append(node) }
        }
        for visit in run.visits {
            add(visit.node)
            for pass in visit.passes {
                add(pass.to)
                edges.append(.init(visit.node, pass.via, pass.to))
            }
        }
        for entry in run.entries { add(entry.node) }
        return Graph(
            name: run.graph,
            entry: nodes.first ?? "",
            nodes: nodes.map { .init($0, .task($0)) },
            edges: edges
        )
    }
}

extension Transition {
    /// The words that hold the graph that a run is pinned to, where this transition says so.
    package var pinnedGraph: ContentID? {
        let pins = body["pins"] ?? body["state"]?["pins"]
        return pins?["graph"]?.string.flatMap { ContentID($0) }
    }
}

extension RunState {
    /// The words that hold the graph that the run is pinned to.
    var graphPin: ContentID? { pins["graph"].flatMap { ContentID($0) } }
}

extension AppState {
    /// The graph to draw a run in; `nil` while its words are on their way.
    func graph(of run: RunState) -> Graph? {
        guard let pin = run.graphPin else { return RunGraph.walked(run) }
        if let known = graphs[pin] { return known ?? RunGraph.walked(run) }
        return words[pin] == .loading || words[pin] == nil ? nil : RunGraph.walked(run)
    }

    /// Reads the graph of a run whose words have arrived.
    mutating func readGraph(of run: RunState?) {
        guard let pin = run?.graphPin, graphs[pin] == nil, let text = words[pin]?.text else { return }
        graphs.updateValue(RunGraph.read(text), forKey: pin)
    }
}
