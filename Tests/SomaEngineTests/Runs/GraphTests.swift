import SomaCore
import SomaEngine
import Testing

@Suite("Graph runtime")
struct GraphTests {
    @Test("A run enters its nodes one by one, ends, and is told only once its end is durable")
    func chain() throws {
        let graph = Graph(
            name: "chain",
            entry: "A",
            nodes: [.init("A", .task("a")), .init("B", .task("b"))],
            edges: [.init("A", "done", "B"), .init("B", "done", Graph.end)]
        )
        var update = Update([("size", 3)])
        update.words = [(key: "outcome", words: Words("All is well."))]
        var talk = Conversation(
            ScriptedCatalog(["goal": .of(graph, ["a": .leaves(), "b": .leaves("done", update)])])
        )
        let run = talk.start(commits: false)
        while talk.pending.first?.transitions.last?.kind != .runCompleted, !talk.pending.isEmpty {
            #expect(talk.ended.isEmpty)
            talk.commitOne()
        }
        #expect(talk.ended.isEmpty)
        talk.commit()
        #expect(
            talk.story(run) == [
                "run.started", "node.entered A", "node.left A", "node.entered B", "node.left B",
                "run.completed",
            ]
        )
        let state = talk.folded(run)
        #expect(talk.ended == [state])
        #expect(talk.snapshots == [state])
        #expect(state.document["size"] == 3)
        #expect(state.outcome.flatMap { talk.content[$0]?.text } == "All is well.")
        #expect(talk.replies[1] == .success(CommandReceipt(run: run, seq: 1, status: .running)))
        #expect(talk.core.runs.isEmpty)
    }

    private static let forked = Graph(
        name: "forked",
        entry: "Split",
        nodes: [
            .init("Split", .fork(join: "Meet")), .init("Left", .task("left")), .init("Right", .task("right")),
            .init("Meet", .join), .init("Last", .task("last")),
        ],
        edges: [
            .init("Split", "*", "Left"), .init("Split", "*", "Right"), .init("Left", "*", "Meet"),
            .init("Right", "*", "Meet"), .init("Meet", "*", "Last"), .init("Last", "*", Graph.end),
        ],
        reducers: ["seen": .append, "sum": .add]
    )

    @Test("Branches run side by side and go on together, their writes reduced")
    func forkAndJoin() {
        let branch = ScriptedNode { visit in
            guard !visit.answers.isEmpty else { return .ask([.tool(visit.activation.node)]) }
            return .leave("done", Update([("seen", .string(visit.activation.node)), ("sum", 2)]))
        }
        var talk = Conversation(
            ScriptedCatalog(["goal": .of(Self.forked, ["left": branch, "right": branch, "last": .leaves()])])
        )
        let run = talk.start()
        #expect(talk.performed.map(\.name) == ["Left", "Right"])
        #expect(talk.folded(run).waits.map(\.reason) == [.tool, .tool])
        talk.finish()
        #expect(talk.folded(run).arrivals.map(\.node) == ["Meet"])
        #expect(talk.count(.nodeEntered) == 3)
        talk.performed.removeLast()
        talk.finish()
        let state = talk.folded(run)
        #expect(state.status == .completed)
        #expect(state.document["seen"] == ["Right", "Left"])
        #expect(state.document["sum"] == 4)
        #expect(state.arrivals.isEmpty)
    }

    @Test("A branch that ends the graph while others are at work fails the run")
    func branchEnds() {
        var graph = Self.forked
        graph.edges[2].to = Graph.end
        var talk = Conversation(
            ScriptedCatalog([
                "goal": .of(graph, ["left": .leaves(), "right": .asks(.tool()), "last": .leaves()])
            ])
        )
        let run = talk.start()
        #expect(talk.folded(run).statusReason == "graph.branch")
        #expect(talk.abandoned.isEmpty)
    }

    @Test("A fork without branches fails the run instead of stopping it without a word")
    func emptyFork() {
        var graph = Self.forked
        graph.edges.removeAll { $0.from == "Split" }
        var talk = Conversation(ScriptedCatalog(["goal": .of(graph, [:])]))
        let run = talk.start()
        #expect(talk.folded(run).statusReason == "graph.edge")
    }

    @Test("A subgraph stands in its node's place and leaves by the label of its own end")
    func subgraph() {
        let inner = Graph(
            name: "inner",
            entry: "X",
            nodes: [.init("X", .task("x"))],
            edges: [.init("X", "good", Graph.end), .init("X", "bad", Graph.end)]
        )
        let graph = Graph(
            name: "outer",
            entry: "In",
            nodes: [.init("In", .subgraph(inner)), .init("Good", .task("a")), .init("Bad", .task("a"))],
            edges: [
                .init("In", "good", "Good"), .init("In", "bad", "Bad"), .init("Good", "*", Graph.end),
                .init("Bad", "*", Graph.end),
            ]
        )
        var talk = Conversation(
            ScriptedCatalog(["goal": .of(graph, ["x": .leaves("bad"), "a": .leaves()])])
        )
        let run = talk.start()
        #expect(
            talk.story(run).filter { $0.hasPrefix("node.entered") } == [
                "node.entered In/X", "node.entered Bad",
            ]
        )
        #expect(talk.folded(run).status == .completed)
    }

    private static func circle(_ edges: [Graph.Edge], visitsMax: Int? = nil, stepsMax: Int = 100)
        -> Conversation
    {
        let graph = Graph(
            name: "circle",
            entry: "A",
            nodes: [.init("A", .task("a"), visitsMax: visitsMax)],
            edges: edges,
            stepsMax: stepsMax
        )
        return Conversation(
            ScriptedCatalog([
                "goal": .of(
                    graph,
                    ["a": ScriptedNode { .leave($0.activation.visit.isMultiple(of: 2) ? "even" : "odd") }]
                )
            ])
        )
    }

    @Test("An edge is taken as often as it may be, whatever the outcome that takes it")
    func edgeBounds() {
        var talk = Self.circle([.init("A", "*", "A", passesMax: 3), .init("A", "*", Graph.end)])
        let run = talk.start()
        #expect(talk.folded(run).visits.map(\.count) == [4])
        #expect(talk.folded(run).status == .completed)
    }

    @Test(
        "What has no bound of its own is stopped by the graph's",
        arguments: [
            ("graph.visits", 3, 100, "*", 3), ("graph.steps", nil, 5, "*", 5),
            ("graph.edge", nil, 100, "odd", 2),
        ] as [(String, Int?, Int, String, Int)]
    )
    func bounds(code: String, visitsMax: Int?, stepsMax: Int, label: String, visits: Int) {
        var talk = Self.circle([.init("A", label, "A")], visitsMax: visitsMax, stepsMax: stepsMax)
        let run = talk.start()
        let state = talk.folded(run)
        #expect(state.statusReason == code)
        #expect(state.visits.map(\.count) == [visits])
        #expect(!talk.message.isEmpty)
    }

    @Test("An edge is taken only where its conditions hold of what the node has just written")
    func conditions() {
        let graph = Graph(
            name: "conditions",
            entry: "A",
            nodes: [.init("A", .task("a")), .init("B", .task("b"))],
            edges: [
                .init("A", "*", Graph.end, when: [.init("size", .above, 5)]), .init("A", "*", "B"),
                .init("B", "*", Graph.end),
            ]
        )
        for (size, nodes) in [(3, 2), (9, 1)] {
            var talk = Conversation(
                ScriptedCatalog([
                    "goal": .of(graph, ["a": .leaves("x", Update([("size", JSON(size))])), "b": .leaves()])
                ])
            )
            let run = talk.start()
            #expect(talk.folded(run).visits.count == nodes)
        }
    }

    @Test(
        "What a graph lacks ends the run with a reason",
        arguments: [
            ("graph.node", Graph(name: "g", entry: "Gone", nodes: [], edges: [])),
            ("graph.behaviour", Graph(name: "g", entry: "A", nodes: [.init("A", .task("gone"))], edges: [])),
        ]
    )
    func broken(code: String, graph: Graph) {
        var talk = Conversation(ScriptedCatalog(["goal": .of(graph, [:])]))
        let run = talk.start()
        #expect(talk.folded(run).statusReason == code)
    }

    @Test("A node that asks for nothing, for too much, or gives up ends the run")
    func badNodes() {
        let many = (0...EngineLimits.requestsPerVisitMax).map { NodeRequest.tool(arguments: "\($0)") }
        let steps: [(String, NodeStep)] = [
            ("node.idle", .ask([])), ("node.requests", .ask(many)),
            ("no.use", .fail(code: "no.use", message: "It is of no use.")),
        ]
        for (code, step) in steps {
            var talk = Conversation(ScriptedNode { _ in step })
            let run = talk.start()
            #expect(talk.folded(run).statusReason == code)
        }
    }

    @Test("The very same call again and again is a loop, which the engine ends")
    func loops() {
        let node = ScriptedNode { visit in
            visit.answers.count < 20 ? .ask([.tool()]) : .leave("done")
        }
        var talk = Conversation(node)
        let run = talk.start()
        for _ in 0..<20 where talk.folded(run).status == .running { talk.finish() }
        #expect(talk.folded(run).statusReason == "loop")
        #expect(talk.count(.effectRequested) == EngineLimits.identicalRequestsMax)
    }

    @Test("A plan, facts, a verdict and step changes are transitions of their own")
    func updates() {
        let node = ScriptedNode { visit in
            var update = Update()
            update.plan = .init(
                steps: [.init(name: "one"), .init(name: "two", state: .done, tries: 2)],
                words: Words("the plan")
            )
            update.facts = [.init(name: "lines", value: 3, words: Words("Three lines."))]
            update.verdict = .init(accepted: true, step: 1, evidence: Words("It is there."))
            update.steps = [.init(index: 0, state: .active, tries: 1)]
            return .leave("done", update)
        }
        var talk = Conversation(node)
        let run = talk.start()
        let state = talk.folded(run)
        #expect(
            talk.story(run).dropFirst(2) == [
                "plan.revised Only", "fact.observed Only", "verify.judged Only", "node.left Only",
                "run.completed",
            ]
        )
        #expect(
            state.plan.steps == [
                .init(name: "one", state: .active, tries: 1), .init(name: "two", state: .done, tries: 2),
            ]
        )
        #expect(state.counts.facts == 1)
        #expect(state.verdict?.step == 1)
    }
}
