import SomaCore

/// What the run does by itself: goes on where everything is answered, enters nodes, and begins what was asked for.
extension RunMachine {
    /// Takes every step that can be taken now. What comes of it is one decision, within which no fork may begin.
    mutating func decide(_ services: inout EngineServices) {
        if let limit = state.budget.limits.seconds, clock.worked >= .seconds(limit) {
            return pause(for: .seconds)
        }
        recover(services)
        if state.status == .running { stepAnswered(&services) }
        if state.status == .running { enterNodes(services) }
        if state.status == .running { startRequested(services) }
        if transitions.isEmpty, state.activations.isEmpty, state.entries.isEmpty {
            return fail(
                "graph.idle",
                "There is nothing left to do, and the graph's end was not reached.",
                services
            )
        }
        scheduleDeadline()
    }

    /// Begins what was asked for and needs nobody's approval, or has it.
    mutating func startRequested(_ services: EngineServices) {
        for activation in state.activations {
            for request in activation.requests where request.state == .requested {
                if request.detail["approval"]?.bool == true, request.detail["approved"] == nil {
                    // In a log of the first version a fork may begin between a request and the question about it.
                    openApproval(of: request, .init(risk: "", reason: ""), in: activation, services)
                } else {
                    begin(request, in: activation.node, services)
                }
                guard state.status == .running else { return }
            }
        }
    }

    /// Enters the nodes that edges lead to, within the graph's bounds and the budget.
    mutating func enterNodes(_ services: EngineServices) {
        for entry in state.entries {
            guard let node = program.node(entry.node) else {
                return fail("graph.node", "The graph has no node \"\(entry.node)\".", services)
            }
            let visits = state.visits.first { $0.node == entry.node }?.count ?? 0
            if let most = node.visitsMax, visits >= most {
                return fail(
                    "graph.visits",
                    "\"\(entry.node)\" was entered \(visits) times, which is its bound: the run goes in a circle.",
                    services
                )
            }
            let total = state.visits.reduce(0) { $0.addingClamped($1.count) }
            if total >= program.graph.stepsMax {
                return fail(
                    "graph.steps",
                    "The graph's bound of \(program.graph.stepsMax) steps is reached.",
                    services
                )
            }
            guard hasRoom(for: Usage(steps: 1)) else { return }
            var body: JSONObject = ["visit": JSON(visits.addingClamped(1))]
            body["from"] = entry.from.map(JSON.string)
            if !entry.via.isEmpty { body["via"] = .string(entry.via) }
            if !entry.branches.isEmpty { body["branches"] = .array(entry.branches.map(\.record)) }
            emit(.nodeEntered, node: entry.node, body: body)
        }
    }

    /// Lets the nodes go on all of whose questions, calls and children are answered.
    mutating func stepAnswered(_ services: inout EngineServices) {
        for activation in state.activations where activation.isAnswered {
            guard let node = program.node(activation.node) else {
                return fail("graph.node", "The graph has no node \"\(activation.node)\".", services)
            }
            switch node.kind {
            case .task(let name):
                guard let behaviour = program.behaviours[name] else {
                    return fail(
                        "graph.behaviour",
                        "There is no behaviour \"\(name)\" for \"\(node.name)\".",
                        services
                    )
                }
                let visit = NodeVisit(run: state, activation: activation, now: now.wall, library: library)
                carryOut(behaviour.step(visit), in: activation, &services)
            case .fork: leave(activation, "fork", Update(), services)
            case .join: leave(activation, "joined", Update(), services)
            case .subgraph: fail("graph.subgraph", "\"\(node.name)\" was not flattened.", services)
            }
            guard state.status == .running else { return }
        }
    }

    /// Does what a node decided.
    mutating func carryOut(
        _ step: NodeStep,
        in activation: Activation,
        _ services: inout EngineServices
    ) {
        switch step {
        case .leave(let outcome, let update): leave(activation, outcome, update, services)
        case .fail(let code, let message): fail(code, message, services)
        case .ask(let requests):
            guard !requests.isEmpty else {
                return fail(
                    "node.idle",
                    "\"\(activation.node)\" neither asked for anything nor went on.",
                    services
                )
            }
            guard activation.requests.count + requests.count <= EngineLimits.requestsPerVisitMax else {
                return fail(
                    "node.requests",
                    "\"\(activation.node)\" asked for too much in one visit.",
                    services
                )
            }
            // A child that may do nothing is of no use. All or none is asked: the node sees its answers together.
            let children = requests.count { if case .child = $0 { true } else { false } }
            guard hasRoom(for: Usage(steps: children)) else { return }
            for request in requests where state.status == .running {
                ask(request, in: activation, &services)
            }
        }
    }

    /// Ends the run without a result, with a code for programs and words for people.
    mutating func fail(_ code: String, _ message: String, _ services: EngineServices) {
        let words = ContentReference("message", store(Words(message), services))
        emit(.runFailed, body: ["code": .string(code)], content: [words])
        abandonAll()
    }
}
