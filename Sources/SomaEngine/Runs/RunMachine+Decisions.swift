import SomaCore

extension RunMachine {
    mutating func decide(_ services: inout EngineServices) {
        if let limit = state.budget.limits.seconds, state.worked(at: now) >= .seconds(limit) {
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

    mutating func pause(for dimension: Budget.Dimension) {
        emit(.runPaused, body: ["reason": .string("budget:\(dimension.rawValue)"), "by": "budget"])
    }

    /// Whether the budget has room. Where only what is set aside for calls and children under way fills it, the
    /// run waits for them to end; else it pauses.
    mutating func hasRoom(for amount: Usage) -> Bool {
        guard let dimension = state.budget.shortage(for: amount) else { return true }
        var settled = state.budget
        settled.reserved = .zero
        if settled.shortage(for: amount) != nil { pause(for: dimension) }
        return false
    }

    mutating func scheduleDeadline() {
        guard let limit = state.budget.limits.seconds, state.status == .running, !state.isHeld else { return }
        let due = now + (.seconds(limit) - state.worked(at: now))
        guard deadlineAt != due, deadlineAt.map({ $0 <= now || due < $0 }) ?? true else { return }
        deadlineAt = due
        if transitions.isEmpty {
            immediate.append(.timer(state.id, .deadline, at: due))
        } else {
            afterCommit(.timer(state.id, .deadline, at: due))
        }
    }

    /// Effects that the log says are under way, but that this process is not performing: a crash has swallowed
    /// their results.
    mutating func recover(_ services: EngineServices) {
        for activation in state.activations {
            for request in activation.requests {
                switch request.state {
                case .started where request.kind == .tool || request.kind == .model:
                    guard performing[request.id] == nil else { continue }
                    if request.effectClass.mayRepeat {
                        begin(request, in: activation.node, services)
                    } else {
                        emit(
                            .effectInDoubt,
                            node: activation.node,
                            attempt: request.attempt,
                            cause: request.id,
                            body: ["effect": JSON(request.id), "reason": "crash"]
                        )
                    }
                case .backingOff:
                    let due = request.since + .microseconds(Int64(request.detail["backoff"]?.int ?? 0))
                    if due <= now {
                        begin(request, in: activation.node, services)
                    } else if retriesAt[request.id] != due {
                        retriesAt[request.id] = due
                        let key = TimerKey.retry(effect: request.id, attempt: request.attempt)
                        immediate.append(.timer(state.id, key, at: due))
                    }
                default: continue
                }
                guard state.status == .running else { return }
            }
        }
    }

    mutating func startRequested(_ services: EngineServices) {
        for activation in state.activations {
            for request in activation.requests where request.state == .requested {
                if request.detail["approval"]?.bool == true, request.detail["approved"] == nil {
                    // A fork may begin between a request and the question about it.
                    openApproval(of: request, in: activation, services)
                } else {
                    begin(request, in: activation.node, services)
                }
                guard state.status == .running else { return }
            }
        }
    }

    /// Starts a try, once it is durable that it is started and paid for.
    mutating func begin(_ request: Request, in node: String, _ services: EngineServices) {
        let reserve = request.detail["reserve"]?.object.map(Usage.init) ?? request.reserved
        guard hasRoom(for: reserve - request.reserved) else { return }
        let attempt = request.attempt + 1
        retriesAt[request.id] = nil
        emit(
            .effectStarted,
            node: node,
            attempt: attempt,
            cause: request.id,
            body: ["effect": JSON(request.id), "reserve": reserve.record]
        )
        performing[request.id] = attempt
        let timeout = Duration.microseconds(Int64(request.detail["timeout"]?.int ?? 60_000_000))
        afterCommit(
            .perform(
                EffectCall(
                    run: state,
                    effect: request.id,
                    attempt: attempt,
                    kind: request.kind == .model ? .model : .tool,
                    name: request.name,
                    effectClass: request.effectClass,
                    arguments: library[request.arguments] ?? Words(""),
                    timeout: timeout,
                    library: library
                )
            )
        )
        let key = TimerKey.timeout(effect: request.id, attempt: attempt)
        afterCommit(.timer(state.id, key, at: now + timeout + EngineLimits.timeoutGrace))
    }

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
            let total = state.visits.reduce(0) { $0 + $1.count }
            if total >= program.graph.stepsMax {
                return fail(
                    "graph.steps",
                    "The graph's bound of \(program.graph.stepsMax) steps is reached.",
                    services
                )
            }
            guard hasRoom(for: Usage(steps: 1)) else { return }
            var body: JSONObject = ["visit": JSON(visits + 1)]
            body["from"] = entry.from.map(JSON.string)
            if !entry.via.isEmpty { body["via"] = .string(entry.via) }
            if !entry.branches.isEmpty { body["branches"] = .array(entry.branches.map(\.record)) }
            emit(.nodeEntered, node: entry.node, body: body)
        }
    }

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
                let visit = NodeVisit(run: state, activation: activation, now: now, library: library)
                carryOut(behaviour.step(visit), in: activation, &services)
            case .fork: leave(activation, "fork", Update(), services)
            case .join: leave(activation, "joined", Update(), services)
            case .subgraph: fail("graph.subgraph", "\"\(node.name)\" was not flattened.", services)
            }
            guard state.status == .running else { return }
        }
    }

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

    mutating func ask(
        _ request: NodeRequest,
        in activation: Activation,
        _ services: inout EngineServices
    ) {
        switch request {
        case .effect(let effect): ask(effect, in: activation, services)
        case .question(let words):
            emit(
                .interruptOpened,
                node: activation.node,
                cause: activation.id,
                body: ["activation": JSON(activation.id), "question": "answer"],
                content: [ContentReference("question", store(words, services))]
            )
        case .child(let child): spawn(child, in: activation, &services)
        }
    }

    mutating func ask(
        _ effect: EffectRequest,
        in activation: Activation,
        _ services: EngineServices
    ) {
        let arguments = store(effect.arguments, services)
        if state.repetition.count >= EngineLimits.identicalRequestsMax, state.repetition.name == effect.name,
            state.repetition.arguments == arguments
        {
            return fail(
                "loop",
                "\(effect.name) was called \(state.repetition.count) times in a row with the same arguments: "
                    + "the run goes in a circle.",
                services
            )
        }
        var body: JSONObject = [
            "activation": JSON(activation.id), "effect": .string(effect.kind.rawValue),
            "name": .string(effect.name), "class": .string(effect.effectClass.rawValue),
            "timeout": .int(effect.timeout.microseconds),
        ]
        if effect.attemptsMax > 1 { body["attempts"] = JSON(effect.attemptsMax) }
        if !effect.reserve.isZero { body["reserve"] = effect.reserve.record }
        if effect.approval != nil { body["approval"] = true }
        emit(
            .effectRequested,
            node: activation.node,
            cause: activation.id,
            body: body,
            content: [ContentReference("arguments", arguments)]
        )
        guard let approval = effect.approval else { return }
        let requested = state.seq
        let question = Words(
            json: [
                "tool": .string(effect.name), "risk": .string(approval.risk),
                "reason": .string(approval.reason),
            ]
        )
        emit(
            .interruptOpened,
            node: activation.node,
            cause: requested,
            body: ["activation": JSON(activation.id), "question": "approve", "effect": JSON(requested)],
            content: [
                ContentReference("question", store(question, services)),
                ContentReference("arguments", arguments),
            ]
        )
    }

    /// Asks a person for a call whose reasons to ask are in the log of the run that this one was forked from.
    mutating func openApproval(
        of request: Request,
        in activation: Activation,
        _ services: EngineServices
    ) {
        let question = Words(json: ["tool": .string(request.name), "risk": "", "reason": ""])
        var words = [ContentReference("question", store(question, services))]
        if let arguments = request.arguments { words.append(ContentReference("arguments", arguments)) }
        emit(
            .interruptOpened,
            node: activation.node,
            cause: request.id,
            body: ["activation": JSON(activation.id), "question": "approve", "effect": JSON(request.id)],
            content: words
        )
    }

    mutating func fail(_ code: String, _ message: String, _ services: EngineServices) {
        let words = ContentReference("message", store(Words(message), services))
        emit(.runFailed, body: ["code": .string(code)], content: [words])
        abandonAll()
    }

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
            context: ["depth": JSON(state.depth + 1)]
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
            let prepared = try services.catalog.prepare(request)
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
}
