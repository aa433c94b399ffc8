import SomaCore

/// What people and programs ask of the run.
extension RunMachine {
    /// Does what is asked; what follows from it is decided after.
    mutating func perform(
        _ command: RunCommand,
        by: String,
        _ services: EngineServices
    ) throws(CommandRefusal) {
        switch command {
        case .pause:
            guard state.status == .running else { return }
            emit(.runPaused, body: ["reason": "person", "by": .string(by)])
        case .resume:
            guard state.status == .paused else { return }
            if let dimension = state.budgetPause { throw .budgetUsedUp(state, dimension) }
            emit(.runResumed, body: ["after": "pause", "by": .string(by)])
        case .cancel(let reason):
            var content: [ContentReference] = []
            if !reason.isEmpty { content.append(ContentReference("message", store(Words(reason), services))) }
            emit(
                .runCancelled,
                body: ["reason": by == "parent" ? "parent" : "person", "by": .string(by)],
                content: content
            )
            abandonAll()
        case .answer(let seq, let answer): try close(seq, answer, by: by, services)
        case .settle(let seq, let happened):
            let doubts = state.activations.flatMap(\.requests).filter { $0.state == .inDoubt }
            let effect = try one(of: doubts, named: seq, "effect in doubt", { $0.id })
            emit(
                .effectSettled,
                node: node(of: effect.id),
                attempt: effect.attempt,
                cause: effect.id,
                body: ["effect": JSON(effect.id), "happened": .bool(happened), "by": .string(by)]
            )
        case .budget(let limits): change(limits, by: by)
        }
    }

    /// Takes an answer to an open question.
    mutating func close(
        _ seq: Int?,
        _ answer: RunCommand.Answer,
        by: String,
        _ services: EngineServices
    ) throws(CommandRefusal) {
        let open = state.activations.flatMap(\.requests).filter { $0.question != nil }
        let request = try one(of: open, named: seq, "open question", { $0.question ?? 0 })
        guard let question = request.question else { return }
        let isApproval = request.kind != .question
        var body: JSONObject = ["interrupt": JSON(question), "by": .string(by)]
        var references: [ContentReference] = []
        switch answer {
        case .approve(let arguments):
            guard isApproval else {
                throw CommandRefusal(
                    .invalid,
                    code: "question.kind",
                    "\(state.id.short)/\(question) asks for words: answer it with soma answer."
                )
            }
            body["answer"] = "approved"
            if let arguments {
                references.append(ContentReference("arguments", store(arguments, services)))
                body["edited"] = true
            }
        case .reject(let message):
            body["answer"] = "rejected"
            references.append(ContentReference("message", store(Words(message), services)))
        case .reply(let text):
            guard !isApproval else {
                throw CommandRefusal(
                    .invalid,
                    code: "question.kind",
                    "\(state.id.short)/\(question) asks for approval: use soma approve or soma reject."
                )
            }
            body["answer"] = "answered"
            references.append(ContentReference("message", store(Words(text), services)))
        }
        emit(
            .interruptClosed,
            node: node(of: request.id),
            cause: question,
            body: body,
            content: references
        )
    }

    /// The one thing that a command is about: the one that was named, or the only one there is.
    func one(
        of requests: [Request],
        named seq: Int?,
        _ what: String,
        _ number: (Request) -> Int
    ) throws(CommandRefusal) -> Request {
        let all = requests.map { "\(state.id.short)/\(number($0))" }.joined(separator: ", ")
        if let seq {
            if let request = requests.first(where: { number($0) == seq }) { return request }
            let others = requests.isEmpty ? "Nothing is open there now." : "Open now: \(all)."
            throw CommandRefusal(
                .conflict,
                code: "question.closed",
                "\(state.id.short)/\(seq) is no \(what) any more. \(others)"
            )
        }
        guard let request = requests.first else {
            throw CommandRefusal(.conflict, code: "question.none", "\(state.id.short) has no \(what).")
        }
        guard requests.count == 1 else {
            throw CommandRefusal(
                .conflict,
                code: "question.several",
                "\(state.id.short) has \(requests.count) of them; name one: \(all)."
            )
        }
        return request
    }
}
