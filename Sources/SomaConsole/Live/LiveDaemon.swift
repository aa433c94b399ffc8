package import SomaClient
package import SomaCore

/// What the console asks of a daemon.
package protocol LiveDaemon: Sendable {
    /// Tells a snapshot, then everything that happens from there, without gap or repeat, as fast as it is taken.
    func follow(_ tell: @Sendable (ClientEvent) async -> Void) async throws
    /// A run's whole log.
    func log(of run: RunID) async throws -> [Transition]
    /// A page of a run's log after a seq; `next` is the seq to go on from, or `nil` on the last page.
    func logPage(of run: RunID, after seq: Int) async throws -> (transitions: [Transition], next: Int?)
    /// The words behind ids; what isn't there is left out.
    func words(_ ids: [ContentID]) async throws -> [ContentID: [UInt8]]
    /// One transition of a run's log; `nil` where there is none of that seq.
    func transition(_ seq: Int, of run: RunID) async throws -> Transition?
    /// Does something to a run; returns the run that began by it, where one did.
    func perform(_ command: ConsoleCommand) async throws -> RunID?
}

extension LiveDaemon {
    /// Does something to a run, and says what became of it.
    package func outcome(of command: ConsoleCommand) async -> CommandOutcome {
        do {
            return .done(try await perform(command))
        } catch let error as ClientError where error.isUnanswered {
            return .unanswered(error.description)
        } catch let error as ClientError {
            return .refused(error.description, code: error.problem?.code ?? "")
        } catch {
            return .refused("\(error)", code: "")
        }
    }
}

extension DaemonClient: LiveDaemon {
    package func follow(_ tell: @Sendable (ClientEvent) async -> Void) async throws {
        for try await event in attach() { await tell(event) }
    }

    package func log(of run: RunID) async throws -> [Transition] {
        var log: [Transition] = []
        var after: Int? = 0
        while let seq = after, log.count < Journal.transitionsMax {
            let page = try await transitions(of: run, after: seq)
            log += page.transitions
            after = page.next
        }
        return log
    }

    package func logPage(of run: RunID, after seq: Int) async throws -> (
        transitions: [Transition], next: Int?
    ) {
        try await transitions(of: run, after: seq)
    }

    package func words(_ ids: [ContentID]) async throws -> [ContentID: [UInt8]] { try await content(ids) }

    package func transition(_ seq: Int, of run: RunID) async throws -> Transition? {
        let page = try await transitions(of: run, after: seq - 1, limit: 1)
        return page.transitions.first { $0.seq == seq }
    }

    package func perform(_ command: ConsoleCommand) async throws -> RunID? {
        let run = command.run.rawValue
        switch command.action {
        case .approve(let question, let arguments):
            let json = try arguments.map { try JSON.parse($0) }
            _ = try await answer(run, question: question, AnswerDocument(.approve, arguments: json))
        case .reject(let question, let message):
            _ = try await answer(run, question: question, AnswerDocument(.reject, text: message))
        case .answer(let question, let text):
            _ = try await answer(run, question: question, AnswerDocument(.answer, text: text))
        case .settle(let effect, let happened):
            _ = try await settle(run, effect: effect, happened: happened)
        case .cancel(let reason): _ = try await cancel(run, reason: reason.isEmpty ? nil : reason)
        case .pause: _ = try await steer(run, "pause")
        case .resume: _ = try await steer(run, "resume")
        case .budget(let limits): _ = try await budget(run, limits)
        case .fork(let seq): return try await fork(run, ForkDocument(at: seq)).run
        case .start(let wish):
            let document = StartRunDocument(goal: wish.goal, role: wish.role, workspace: wish.workspace)
            return try await start(document).run
        }
        return nil
    }
}
