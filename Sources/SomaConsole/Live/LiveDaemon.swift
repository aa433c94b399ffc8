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
    /// Does something to a run.
    func perform(_ command: ConsoleCommand) async throws
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

    package func perform(_ command: ConsoleCommand) async throws {
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
        }
    }
}
