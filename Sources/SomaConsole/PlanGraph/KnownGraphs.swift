package import SomaCore

/// The shapes of graphs that come with the product, for drawing what a run has not reached yet.
///
/// A run names its graph and pins its digest; a source that has the graph itself sends it and replaces these.
package enum KnownGraphs {
    /// The eight nodes of cognition.
    package static let cognition = Graph(
        name: "cognition",
        entry: "Plan",
        nodes: ["Plan", "Recall", "ToolSelect", "Execute", "Observe", "Reflect", "Verify", "Commit"].map {
            .init($0, .task($0))
        },
        edges: [
            .init("Plan", "planned", "Recall"),
            .init("Recall", "recalled", "ToolSelect"),
            .init("ToolSelect", "selected", "Execute"),
            .init("ToolSelect", "finished", "Verify"),
            .init("ToolSelect", "unable", "Reflect"),
            .init("ToolSelect", "concluded", "Reflect"),
            .init("Execute", "executed", "Observe"),
            .init("Observe", "observed", "Reflect"),
            .init("Reflect", "next", "ToolSelect"),
            .init("Reflect", "verify", "Verify"),
            .init("Reflect", "replan", "Plan", passesMax: 8),
            .init("Verify", "next", "ToolSelect"),
            .init("Verify", "reject", "Reflect", passesMax: 48),
            .init("Verify", "accept", "Commit"),
            .init("Commit", "committed", Graph.end),
        ]
    )

    /// The graph as far as a run has walked it: for runs whose graph nobody knows.
    package static func walked(_ run: RunState) -> Graph {
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
