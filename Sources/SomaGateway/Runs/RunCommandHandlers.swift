import HTTPTypes
import SomaCore
import SomaEngine

/// What can be asked of runs.
struct RunCommandHandlers: Sendable {
    /// Bytes of a goal.
    private static let goalBytesMax = 64 << 10

    let services: GatewayServices
    let options: GatewayOptions
    let runs: RunLookup

    /// Refuses a new run where there are as many as there may be.
    func expectRoom() async throws(Problem) {
        let unfinished = await services.engine.snapshot().fleet.runs.count { !$0.status.isTerminal }
        guard unfinished < options.runsActiveMax else { throw Refusals.many("runs.many", "runs", seconds: 5) }
    }

    /// `POST /v1/runs`.
    func start(_ exchange: Exchange) async throws(Problem) -> Answer {
        let wanted = try exchange.document(StartRunDocument.self)
        guard wanted.goal.contains(where: { !$0.isWhitespace }) else {
            throw Problem(
                400,
                "goal.invalid",
                "The goal is empty.",
                hint: "Say what is to be reached."
            )
        }
        guard wanted.goal.utf8.count <= Self.goalBytesMax else {
            throw Problem(
                400,
                "goal.invalid",
                "The goal has \(wanted.goal.utf8.count) bytes, and \(Self.goalBytesMax) are possible.",
                hint: "Put long texts into a file of the workspace and name it in the goal."
            )
        }
        if let workspace = wanted.workspace, !workspace.isEmpty {
            try WorkspaceCheck.expect(workspace, isHere: options.checksWorkspace)
        }
        let limits = try Limits.checked(wanted.limits ?? Limits())
        var request = StartRequest(
            goal: wanted.goal,
            role: wanted.role,
            runbook: wanted.runbook,
            parameters: wanted.parameters ?? JSONObject(),
            workspace: wanted.workspace ?? "",
            limits: limits,
            tenant: wanted.tenant ?? "local",
            subject: wanted.subject ?? "local"
        )
        if exchange.trace.caller == nil {
            request.asking = exchange.trace.asking
        } else {
            request.caller = exchange.trace.onward
        }
        var answer = try created(await services.engine.start(request, key: exchange.key))
        answer.hasBegun = true
        return answer
    }

    /// `POST /v1/runs/{id}/pause`.
    func pause(_ exchange: Exchange) async throws(Problem) -> Answer { try await command(exchange, .pause) }

    /// `POST /v1/runs/{id}/resume`.
    func resume(_ exchange: Exchange) async throws(Problem) -> Answer { try await command(exchange, .resume) }

    /// `POST /v1/runs/{id}/cancel`.
    func cancel(_ exchange: Exchange) async throws(Problem) -> Answer {
        let wanted = try exchange.document(CancelDocument.self)
        return try await command(exchange, .cancel(reason: wanted.reason ?? ""))
    }

    /// `POST /v1/runs/{id}/budget`.
    func budget(_ exchange: Exchange) async throws(Problem) -> Answer {
        let limits = try Limits.checked(exchange.document(Limits.self))
        guard limits != Limits() else {
            throw Problem(
                400,
                "budget.empty",
                "Name at least one limit: tokens, microdollars, steps, seconds."
            )
        }
        return try await command(exchange, .budget(limits))
    }

    /// `POST /v1/runs/{id}/fork`.
    func fork(_ exchange: Exchange) async throws(Problem) -> Answer {
        let id = try await runs.resolve(exchange.parameter("id"))
        let wanted = try exchange.document(ForkDocument.self)
        guard wanted.at > 0 else { throw Problem(400, "body.invalid", "at must be the seq of a transition.") }
        return try created(
            await services.engine.fork(
                id,
                at: wanted.at,
                edit: wanted.edit ?? JSONObject(),
                by: services.about.person,
                key: exchange.key
            )
        )
    }

    /// `POST /v1/runs/{id}/interrupts/{seq}`.
    func answer(_ exchange: Exchange) async throws(Problem) -> Answer {
        let seq = try seq(exchange)
        let wanted = try exchange.document(AnswerDocument.self)
        let answer: RunCommand.Answer
        switch wanted.action {
        case .approve: answer = .approve(arguments: wanted.arguments.map { Words(json: $0) })
        case .reject: answer = .reject(message: wanted.text ?? "")
        case .answer:
            guard let text = wanted.text else {
                throw Problem(400, "body.invalid", "An answer needs its text.")
            }
            answer = .reply(text)
        }
        return try await command(exchange, .answer(seq: seq, answer))
    }

    /// `POST /v1/runs/{id}/effects/{seq}/settle`.
    func settle(_ exchange: Exchange) async throws(Problem) -> Answer {
        let seq = try seq(exchange)
        let wanted = try exchange.document(SettleDocument.self)
        return try await command(exchange, .settle(seq: seq, happened: wanted.happened))
    }

    /// The question or effect that a path names; `open` means the only one there is.
    private func seq(_ exchange: Exchange) throws(Problem) -> Int? {
        let text = exchange.parameter("seq")
        if text == "open" { return nil }
        guard let seq = Int(text), seq > 0 else {
            throw Problem(400, "seq.invalid", "A seq is a number from 1, or open for the only one there is.")
        }
        return seq
    }

    private func command(_ exchange: Exchange, _ command: RunCommand) async throws(Problem) -> Answer {
        let id = try await runs.resolve(exchange.parameter("id"))
        let result = await services.engine.command(
            id,
            command,
            by: services.about.person,
            key: exchange.key
        )
        var answer = try Answer(200, receipt(result))
        answer.run = id
        return answer
    }

    private func created(_ result: Result<CommandReceipt, CommandRefusal>) throws(Problem) -> Answer {
        let receipt = try receipt(result)
        var answer = try Answer(201, receipt)
        answer.headers[.location] = "/v1/runs/\(receipt.run)"
        answer.run = receipt.run
        return answer
    }

    private func receipt(_ result: Result<CommandReceipt, CommandRefusal>) throws(Problem) -> ReceiptDocument
    {
        switch result {
        case .success(let receipt):
            ReceiptDocument(run: receipt.run, seq: receipt.seq, status: receipt.status)
        case .failure(let refusal): throw Problem(refusal)
        }
    }
}

extension Limits {
    /// Limits that a client sent, unless they make no sense.
    static func checked(_ limits: Limits) throws(Problem) -> Limits {
        let values = [limits.tokens, limits.microdollars, limits.steps, limits.seconds].compactMap(\.self)
        guard values.allSatisfy({ $0 >= 0 }) else {
            throw Problem(400, "limits.invalid", "Limits must not be negative.")
        }
        return limits
    }
}
