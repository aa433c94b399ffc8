import SomaCore

/// How a run leaves its nodes.
extension RunMachine {
    /// Writes down what the visit brought, and leaves by the outcome's edge.
    mutating func leave(
        _ activation: Activation,
        _ outcome: String,
        _ update: Update,
        _ services: EngineServices
    ) {
        let node = activation.node
        if let refusal = update.nesting {
            return fail(refusal.code, "\"\(node)\" can't keep what it noted: \(refusal.message)", services)
        }
        if let plan = update.plan {
            let steps = plan.steps.map { step in
                var record: JSONObject = ["name": .string(step.name)]
                if step.state != .pending { record["state"] = .string(step.state.rawValue) }
                if step.tries > 0 { record["tries"] = JSON(step.tries) }
                return JSON.object(record)
            }
            emit(
                .planRevised,
                node: node,
                cause: activation.id,
                body: ["revision": JSON(state.plan.revision.addingClamped(1)), "steps": .array(steps)],
                content: [ContentReference("plan", store(plan.words, services))]
            )
        }
        for fact in update.facts {
            var body: JSONObject = ["name": .string(fact.name)]
            body["value"] = fact.value
            let words = ContentReference("fact", store(fact.words, services))
            emit(.factObserved, node: node, cause: activation.id, body: body, content: [words])
        }
        if let verdict = update.verdict {
            var body: JSONObject = ["accepted": .bool(verdict.accepted)]
            body["step"] = verdict.step.map { JSON($0) }
            let words = ContentReference("evidence", store(verdict.evidence, services))
            emit(.verifyJudged, node: node, cause: activation.id, body: body, content: [words])
        }
        var references: [ContentReference] = []
        var body = record(of: update, references: &references, services)
        body["activation"] = JSON(activation.id)
        body["outcome"] = .string(outcome)
        var document = state.document
        document.merge(body)
        route(activation, outcome, document: document, body: body, references, services)
    }

    /// What a visit changes, in the form of the body of `node.left`.
    mutating func record(
        of update: Update,
        references: inout [ContentReference],
        _ services: EngineServices
    ) -> JSONObject {
        var changes: [Graph.Reducer: JSONObject] = [:]
        for (key, value) in update.values {
            changes[program.graph.reducers[key] ?? .set, default: JSONObject()][key] = value
        }
        for (key, words) in update.words {
            let id = store(words, services)
            references.append(ContentReference(key, id))
            changes[program.graph.reducers[key] ?? .set, default: JSONObject()][key] =
                .object(["words": .string(id.description)])
        }
        var body = JSONObject()
        for reducer in Graph.Reducer.allCases {
            if let change = changes[reducer] { body[reducer.rawValue] = .object(change) }
        }
        if !update.steps.isEmpty {
            body["steps"] = .array(
                update.steps.map {
                    ["index": JSON($0.index), "state": .string($0.state.rawValue), "tries": JSON($0.tries)]
                }
            )
        }
        return body
    }

    /// Takes the first edge that may be taken: to the next node, to all branches of a fork, to a join, or to the end.
    mutating func route(
        _ activation: Activation,
        _ outcome: String,
        document: JSONObject,
        body: JSONObject,
        _ references: [ContentReference],
        _ services: EngineServices
    ) {
        var body = body
        let node = activation.node
        let edges = program.edges(from: node)
        if case .fork = program.node(node)?.kind, !edges.isEmpty {
            let fork = state.seq + 1
            body["next"] = .array(
                edges.enumerated().map { index, edge in
                    let branch = Activation.Branch(fork: fork, index: index, count: edges.count)
                    return next(edge.to, activation.branches + [branch])
                }
            )
            return emit(.nodeLeft, node: node, cause: activation.id, body: body, content: references)
        }
        let passes = state.visits.first { $0.node == node }?.passes ?? []
        let edge = edges.first { edge in
            guard edge.label == outcome || edge.label == "*" else { return false }
            let taken = passes.reduce(0) {
                $1.to == edge.to && (edge.label == "*" || $1.via == outcome) ? $0 + $1.count : $0
            }
            return taken < edge.passesMax ?? .max && edge.when.allSatisfy { $0.holds(of: document) }
        }
        guard let edge else {
            emit(.nodeLeft, node: node, cause: activation.id, body: body, content: references)
            let isUsedUp = edges.contains { edge in
                (edge.label == outcome || edge.label == "*")
                    && edge.when.allSatisfy { $0.holds(of: document) }
            }
            return fail(
                "graph.edge",
                isUsedUp
                    ? "\"\(node)\" came to \"\(outcome)\" once more than the graph lets a run go on from there."
                    : "Nothing in the graph says where a run goes on when \"\(node)\" comes to \"\(outcome)\".",
                services
            )
        }
        if let branch = activation.branches.last, program.isJoin(edge.to) {
            body["arrives"] = ["node": .string(edge.to), "branch": branch.record]
            let arrived = state.arrivals.count { $0.branch.fork == branch.fork } + 1
            if arrived == branch.count {
                body["joined"] = JSON(branch.fork)
                body["next"] = [next(edge.to, Array(activation.branches.dropLast()))]
            }
            return emit(.nodeLeft, node: node, cause: activation.id, body: body, content: references)
        }
        guard edge.to == Graph.end else {
            body["next"] = [next(edge.to, activation.branches)]
            return emit(.nodeLeft, node: node, cause: activation.id, body: body, content: references)
        }
        emit(.nodeLeft, node: node, cause: activation.id, body: body, content: references)
        guard state.activations.isEmpty, state.entries.isEmpty, activation.branches.isEmpty else {
            return fail(
                "graph.branch",
                "\"\(node)\" ends the graph while other branches are at work.",
                services
            )
        }
        let words = state.document.words("outcome").map { [ContentReference("outcome", $0)] } ?? []
        emit(.runCompleted, cause: activation.id, body: ["outcome": .string(outcome)], content: words)
        abandonAll()
    }

    /// A node to be entered, as the body of `node.left` names it.
    func next(_ node: String, _ branches: [Activation.Branch]) -> JSON {
        var record: JSONObject = ["node": .string(node)]
        if !branches.isEmpty { record["branches"] = .array(branches.map(\.record)) }
        return .object(record)
    }
}

extension CommandRefusal {
    static func ended(_ state: RunState) -> CommandRefusal {
        CommandRefusal(
            .conflict,
            code: "run.ended",
            "\(state.id.short) has ended (\(state.status.rawValue)); nothing can be asked of it any more."
        )
    }

    static func missing(_ run: RunID) -> CommandRefusal {
        CommandRefusal(.missing, code: "run.missing", "There is no run \(run.short) at work here.")
    }

    /// The run isn't this process's any more; whether it was done is not known.
    static func moved(_ run: RunID) -> CommandRefusal {
        CommandRefusal(
            .unavailable,
            code: "run.moved",
            "\(run.short) is another process's now. See where it stands, and ask again."
        )
    }

    static let draining = CommandRefusal(
        .unavailable,
        code: "draining",
        "The daemon is stopping and starts nothing new. Try again when it is back."
    )
}

extension Update {
    /// Why what a node noted can't be kept; `nil` where it can.
    fileprivate var nesting: CommandRefusal? {
        for (key, value) in values {
            if let refusal = CommandRefusal.nesting(of: value, key) { return refusal }
        }
        for fact in facts {
            if let value = fact.value, let refusal = CommandRefusal.nesting(of: value, fact.name) {
                return refusal
            }
        }
        return nil
    }
}
