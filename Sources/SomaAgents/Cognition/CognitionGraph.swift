package import SomaCore
package import SomaEngine

/// The graph that every agent runs: eight nodes, a way back from Reflect to Plan, and one from Verify to Reflect.
package enum CognitionGraph {
    /// The nodes' names, which are their behaviours' names too.
    package enum Name {
        package static let plan = "Plan"
        package static let recall = "Recall"
        package static let toolSelect = "ToolSelect"
        package static let execute = "Execute"
        package static let observe = "Observe"
        package static let reflect = "Reflect"
        package static let verify = "Verify"
        package static let commit = "Commit"
    }

    /// The labels of edges.
    package enum Label {
        package static let planned = "planned"
        package static let recalled = "recalled"
        package static let selected = "selected"
        package static let unable = "unable"
        package static let concluded = "concluded"
        package static let finished = "finished"
        package static let executed = "executed"
        package static let observed = "observed"
        package static let next = "next"
        package static let replan = "replan"
        package static let verify = "verify"
        package static let accept = "accept"
        package static let reject = "reject"
        package static let committed = "committed"
    }

    /// How often a run may plan anew.
    package static let replansMax = 8
    /// How often a run's verifications may reject.
    package static let rejectionsMax = 48
    /// How often a tool is selected in one run.
    package static let selectionsMax = 400
    /// How many nodes one run enters.
    package static let stepsMax = 2400

    /// The graph.
    package static let graph = Graph(
        name: "cognition",
        entry: Name.plan,
        nodes: [
            .init(Name.plan, .task(Name.plan), visitsMax: replansMax + 1),
            .init(Name.recall, .task(Name.recall), visitsMax: replansMax + 1),
            .init(Name.toolSelect, .task(Name.toolSelect), visitsMax: selectionsMax),
            .init(Name.execute, .task(Name.execute), visitsMax: selectionsMax),
            .init(Name.observe, .task(Name.observe), visitsMax: selectionsMax),
            .init(Name.reflect, .task(Name.reflect), visitsMax: selectionsMax + rejectionsMax),
            .init(Name.verify, .task(Name.verify), visitsMax: selectionsMax),
            .init(Name.commit, .task(Name.commit), visitsMax: 1),
        ],
        edges: [
            .init(Name.plan, Label.planned, Name.recall),
            .init(Name.recall, Label.recalled, Name.toolSelect),
            .init(Name.toolSelect, Label.selected, Name.execute),
            .init(Name.toolSelect, Label.finished, Name.verify),
            .init(Name.toolSelect, Label.unable, Name.reflect),
            .init(Name.toolSelect, Label.concluded, Name.reflect),
            .init(Name.execute, Label.executed, Name.observe),
            .init(Name.observe, Label.observed, Name.reflect),
            .init(Name.reflect, Label.next, Name.toolSelect),
            .init(Name.reflect, Label.verify, Name.verify),
            .init(Name.reflect, Label.replan, Name.plan, passesMax: replansMax),
            .init(Name.verify, Label.next, Name.toolSelect),
            .init(Name.verify, Label.reject, Name.reflect, passesMax: rejectionsMax),
            .init(Name.verify, Label.accept, Name.commit),
            .init(Name.commit, Label.committed, Graph.end),
        ],
        stepsMax: stepsMax
    )

    /// The graph with what its nodes do for one mind.
    package static func program(_ graph: Graph = graph, _ mind: Cognition) -> Program {
        Program(
            graph: graph,
            behaviours: [
                Name.plan: PlanNode(mind: mind),
                Name.recall: RecallNode(mind: mind),
                Name.toolSelect: ToolSelectNode(mind: mind),
                Name.execute: ExecuteNode(mind: mind),
                Name.observe: ObserveNode(mind: mind),
                Name.reflect: ReflectNode(mind: mind),
                Name.verify: VerifyNode(mind: mind),
                Name.commit: CommitNode(mind: mind),
            ]
        )
    }
}
