package import SomaCore

/// Something that is asked of the engines that share a store, in the form in which it is kept until one takes it.
package enum EngineCommand: Sendable {
    /// A run is wanted, and has its name: whoever takes the command again finds out whether it has begun.
    case start(StartRequest)
    /// A run with this name is wanted that goes on from another's state.
    case fork(RunID, at: Int, id: RunID, edit: JSONObject, by: String)
    /// Something is asked of a run.
    case command(RunID, RunCommand, by: String)
    /// What a call came to whose run had gone to another process meanwhile.
    case late(RunID, effect: Int, attempt: Int, EffectResult)

    /// The run that it is for, or that it begins.
    package var run: RunID {
        switch self {
        case .start(let request): request.id ?? RunID("")
        case .fork(_, _, let id, _, _): id
        case .command(let run, _, _), .late(let run, _, _, _): run
        }
    }

    /// Whether any engine with room may take it.
    package var begins: Bool {
        switch self {
        case .start, .fork: true
        case .command, .late: false
        }
    }
}

// MARK: As bytes

extension EngineCommand {
    private struct Wire: Codable {
        var kind: String
        var run: RunID
        var start: Start?
        var from: RunID?
        var at: Int?
        var edit: JSONObject?
        var by: String?
        var text: String?
        var words: String?
        var seq: Int?
        var happened: Bool?
        var limits: Limits?
        var result: Late?
    }

    private struct Start: Codable {
        var goal: String
        var role: String?
        var runbook: String?
        var parameters: JSONObject
        var workspace: String
        var limits: Limits
        var tenant: String
        var subject: String
        var context: JSONObject
        var conversation: Talk?
        var traceparent: String?
        var tracestate: String?
        var asking: String?
    }

    private struct Talk: Codable {
        var id: ConversationID
        var message: Int
        var authors: [Message.Author]
        var words: [String]

        init(_ context: ConversationContext) {
            id = context.id
            message = context.message
            authors = context.earlier.map(\.author)
            words = context.earlier.map { Base64.encode($0.words.bytes) }
        }

        var context: ConversationContext {
            let earlier = zip(authors, words).map { ($0, Words(bytes: Base64.decode($1) ?? [])) }
            return ConversationContext(id: id, message: message, earlier: earlier)
        }
    }

    private struct Late: Codable {
        var attempt: Int
        var succeeded: Bool
        var status: String
        var isRetryable: Bool
        var words: String
        var detail: JSONObject
        var usage: Usage
    }

    /// The command as JSON.
    package var bytes: [UInt8] {
        // What is encoded here has no floating-point numbers that JSON lacks.
        (try? JSON(encoding: wire).bytes()) ?? []
    }

    private var wire: Wire {
        switch self {
        case .start(let request):
            var wire = Wire(kind: "start", run: run)
            wire.start = Start(
                goal: request.goal,
                role: request.role,
                runbook: request.runbook,
                parameters: request.parameters,
                workspace: request.workspace,
                limits: request.limits,
                tenant: request.tenant,
                subject: request.subject,
                context: request.context,
                conversation: request.conversation.map(Talk.init),
                traceparent: request.caller?.traceparent,
                tracestate: request.caller.flatMap { $0.state.isEmpty ? nil : $0.state },
                asking: request.asking?.description
            )
            return wire
        case .fork(let from, let at, _, let edit, let by):
            return Wire(kind: "fork", run: run, from: from, at: at, edit: edit, by: by)
        case .command(_, let command, let by):
            var wire = Wire(kind: "", run: run, by: by)
            switch command {
            case .pause: wire.kind = "pause"
            case .resume: wire.kind = "resume"
            case .cancel(let reason): (wire.kind, wire.text) = ("cancel", reason)
            case .settle(let seq, let happened):
                (wire.kind, wire.seq, wire.happened) = ("settle", seq, happened)
            case .budget(let limits): (wire.kind, wire.limits) = ("budget", limits)
            case .answer(let seq, let answer):
                wire.seq = seq
                switch answer {
                case .approve(let words):
                    (wire.kind, wire.words) = ("approve", words.map { Base64.encode($0.bytes) })
                case .reject(let text): (wire.kind, wire.text) = ("reject", text)
                case .reply(let text): (wire.kind, wire.text) = ("reply", text)
                }
            }
            return wire
        case .late(_, let effect, let attempt, let result):
            var wire = Wire(kind: "late", run: run, seq: effect)
            wire.result = Late(
                attempt: attempt,
                succeeded: result.succeeded,
                status: result.status,
                isRetryable: result.isRetryable,
                words: Base64.encode(result.words.bytes),
                detail: result.detail,
                usage: result.usage
            )
            return wire
        }
    }

    /// Reads what `bytes` wrote; `nil` for anything else, as another version may have written.
    package init?(bytes: [UInt8]) {
        guard let wire = try? JSON.parse(bytes).decode(Wire.self), let command = Self.read(wire) else {
            return nil
        }
        self = command
    }

    private static func read(_ wire: Wire) -> EngineCommand? {
        switch wire.kind {
        case "start":
            guard let start = wire.start else { return nil }
            var request = StartRequest(
                goal: start.goal,
                role: start.role,
                runbook: start.runbook,
                parameters: start.parameters,
                workspace: start.workspace,
                limits: start.limits,
                tenant: start.tenant,
                subject: start.subject,
                context: start.context
            )
            request.id = wire.run
            request.conversation = start.conversation?.context
            request.caller = start.traceparent.flatMap {
                TraceContext(traceparent: $0, tracestate: start.tracestate)
            }
            request.asking = start.asking.flatMap { SpanID($0) }.flatMap { $0.isZero ? nil : $0 }
            return .start(request)
        case "fork":
            guard let from = wire.from, let at = wire.at else { return nil }
            return .fork(from, at: at, id: wire.run, edit: wire.edit ?? JSONObject(), by: wire.by ?? "")
        case "late":
            guard let effect = wire.seq, let late = wire.result else { return nil }
            let result = EffectResult(
                succeeded: late.succeeded,
                status: late.status,
                isRetryable: late.isRetryable,
                words: Words(bytes: Base64.decode(late.words) ?? []),
                detail: late.detail,
                usage: late.usage
            )
            return .late(wire.run, effect: effect, attempt: late.attempt, result)
        default:
            return command(wire).map { .command(wire.run, $0, by: wire.by ?? "") }
        }
    }

    private static func command(_ wire: Wire) -> RunCommand? {
        switch wire.kind {
        case "pause": .pause
        case "resume": .resume
        case "cancel": .cancel(reason: wire.text ?? "")
        case "settle": wire.happened.map { .settle(seq: wire.seq, happened: $0) }
        case "budget": wire.limits.map { .budget($0) }
        case "approve":
            .answer(
                seq: wire.seq,
                .approve(arguments: wire.words.flatMap { Base64.decode($0) }.map { Words(bytes: $0) })
            )
        case "reject": .answer(seq: wire.seq, .reject(message: wire.text ?? ""))
        case "reply": .answer(seq: wire.seq, .reply(wire.text ?? ""))
        default: nil
        }
    }
}

/// What became of a command, in the form in which it is kept for whoever asked.
package enum EngineAnswer {
    private struct Wire: Codable {
        var receipt: CommandReceipt?
        var kind: String?
        var code: String?
        var message: String?
        var hint: String?
    }

    /// The answer as JSON.
    package static func bytes(_ result: Result<CommandReceipt, CommandRefusal>) -> [UInt8] {
        let wire =
            switch result {
            case .success(let receipt): Wire(receipt: receipt)
            case .failure(let refusal):
                Wire(
                    kind: refusal.kind.rawValue,
                    code: refusal.code,
                    message: refusal.message,
                    hint: refusal.hint
                )
            }
        return (try? JSON(encoding: wire).bytes()) ?? []
    }

    /// Reads what `bytes` wrote.
    package static func read(_ bytes: [UInt8]) -> Result<CommandReceipt, CommandRefusal> {
        guard let wire = try? JSON.parse(bytes).decode(Wire.self) else {
            let message = "The answer can't be read. See where the run stands."
            return .failure(CommandRefusal(.unavailable, code: "answer.unreadable", message))
        }
        if let receipt = wire.receipt { return .success(receipt) }
        return .failure(
            CommandRefusal(
                wire.kind.flatMap(CommandRefusal.Kind.init) ?? .unavailable,
                code: wire.code ?? "unknown",
                wire.message ?? "It was refused.",
                hint: wire.hint ?? ""
            )
        )
    }
}
