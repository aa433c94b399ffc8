import SomaCore

/// Runs that do part of the work.
extension RunMachine {
    /// Starts a child in the group that says so, with part of what is left of the budget set aside for it.
    mutating func spawn(
        _ child: ChildRequest,
        in activation: Activation,
        _ services: inout EngineServices
    ) {
        let available = state.budget.available
        func grant(_ wanted: Int?, _ left: Int?) -> Int? {
            guard let left else { return wanted }
            return min(wanted ?? (left + 1) / 2, left)
        }
        var limits = child.limits
        limits.tokens = grant(limits.tokens, available.tokens)
        limits.microdollars = grant(limits.microdollars, available.microdollars)
        limits.steps = grant(limits.steps, available.steps)
        let id = services.newID()
        let request = StartRequest(
            goal: child.goal,
            role: child.role,
            runbook: child.runbook,
            parameters: child.parameters,
            workspace: state.document["workspace"]?.string ?? "",
            limits: limits,
            tenant: state.tenant,
            subject: state.subject,
            context: ["depth": JSON(state.depth.addingClamped(1))]
        )
        var body: JSONObject = [
            "activation": JSON(activation.id), "child": .string(id.rawValue), "role": .string(child.role),
        ]
        body["runbook"] = child.runbook.map(JSON.string)
        do throws(StartRefusal) {
            guard state.depth < EngineLimits.depthMax else {
                throw StartRefusal(
                    code: "depth",
                    message: "Runs may delegate \(EngineLimits.depthMax) levels deep, and this is the last."
                )
            }
            let prepared = try services.prepare(request)
            // What the child may really use is known only now: its role's limits hold as well.
            let granted = prepared.limits.tightened(by: limits)
            body["reserve"] =
                Usage(
                    tokens: granted.tokens ?? 0,
                    microdollars: granted.microdollars ?? 0,
                    steps: granted.steps ?? 0
                ).record
            emitSpawn(child, activation, body, services)
            var machine = RunMachine.starting(prepared, request, id: id, parent: state, at: now, services)
            let first = machine.releaseFirstGroup()
            transitions += first.transitions
            content += first.content
            spawned.append(machine)
        } catch {
            body["refused"] = .string(error.code)
            emitSpawn(child, activation, body, services)
            let request = state.seq
            emit(
                .childFinished,
                node: activation.node,
                cause: request,
                body: ["child": .string(id.rawValue), "request": JSON(request), "status": "failed"],
                content: [ContentReference("result", store(Words(error.description), services))]
            )
        }
    }

    /// Writes down that a child was asked for, whether or not it can start.
    mutating func emitSpawn(
        _ child: ChildRequest,
        _ activation: Activation,
        _ body: JSONObject,
        _ services: EngineServices
    ) {
        emit(
            .childSpawned,
            node: activation.node,
            cause: activation.id,
            body: body,
            content: [ContentReference("goal", store(Words(child.goal), services))]
        )
    }

    /// A child has ended: what it came to and what it used.
    mutating func ended(_ child: RunState, _ outcome: Words?, _ services: EngineServices) {
        guard state.children.contains(child.id) else { return }
        let request = state.activations.flatMap(\.requests).first { $0.child == child.id }
        let usage = child.budget.spent
        var body: JSONObject = [
            "child": .string(child.id.rawValue), "status": .string(child.status.rawValue),
            "usage": usage.record,
        ]
        body["request"] = request.map { JSON($0.id) }
        var references: [ContentReference] = []
        if let outcome { references.append(ContentReference("result", store(outcome, services))) }
        emit(
            .childFinished,
            node: request.flatMap { node(of: $0.id) },
            cause: request?.id,
            body: body,
            content: references
        )
    }
}
