import SomaCore

/// What nodes ask for: calls, people's answers and children.
extension RunMachine {
    /// Asks for one thing.
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

    /// Asks for a call, and a person for approval where that is wanted; ends the run where it goes in a circle.
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
        guard let approval = effect.approval, let request = state.request(state.seq) else { return }
        openApproval(of: request, approval, in: activation, services)
    }

    /// Asks a person whether a call may be made.
    mutating func openApproval(
        of request: Request,
        _ approval: EffectRequest.Approval,
        in activation: Activation,
        _ services: EngineServices
    ) {
        let question = Words(
            json: [
                "tool": .string(request.name), "risk": .string(approval.risk),
                "reason": .string(approval.reason),
            ]
        )
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
}
