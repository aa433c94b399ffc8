import SomaLoop
import Synchronization

/// One connection to a Redis server, shared by any number of tasks, whose commands travel together.
///
/// No call takes longer than the options' timeout. While the server is away calls fail at once, and the connection is
/// opened again, ever more patiently. Dropping the last reference closes it.
package final class RedisClient: Sendable {
    private let mailbox: RedisMailbox
    private let status: RedisStatus
    package let options: RedisOptions

    /// Starts the client's thread, which connects.
    ///
    /// - Parameter note: Is told, on that thread, when the server goes away (why), when it stays away for another reason that
    ///   somebody has to mend, and when it is back (nil).
    /// - Throws: `library` or `invalidOptions` for what waiting doesn't mend; a server that is away is no error.
    package init(
        _ options: RedisOptions,
        note: @escaping @Sendable (RedisError?) -> Void = { _ in }
    ) throws(RedisError) {
        try RedisConnector.prepare(options)
        let failure = RedisError(
            .away,
            "the thread for Redis can't be started",
            hint: "check this machine's limits on memory, threads and open files"
        )
        guard let bell = LoopBell() else { throw failure }
        self.options = options
        mailbox = RedisMailbox(bell: bell)
        status = RedisStatus(note)
        let loop = RedisLoop(options: options, mailbox: mailbox, bell: bell, status: status)
        guard LoopThread.start(named: "soma-redis", { loop.run() }) else {
            _ = mailbox.close()
            throw failure
        }
    }

    deinit { mailbox.post(.stop) }

    /// Sends a command and waits for its answer.
    @discardableResult
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let value = try await pipeline([command]).first ?? .null
        if case .error(let error) = value { throw error }
        return value
    }

    /// Sends commands together; a refused one is an error among the answers.
    package func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        let call = RedisCall(commands, deadline: .now + options.timeout)
        return try await call.wait {
            if !mailbox.post(.call(call)) { call.finish(.failure(.closed)) }
        }
    }

    /// Why nothing can be had of the server now; nil while it answers, or was not asked yet.
    package var failure: RedisError? { status.failure }

    /// Whether the server has answered, and is there.
    package var isUp: Bool { status.isUp }

    /// Fails what is under way and closes the connection.
    package func close() async {
        mailbox.post(.stop)
        await mailbox.waitForEnd()
    }
}

/// Whether the server is there, for everybody to read.
final class RedisStatus: Sendable {
    private enum State {
        case unknown, up
        case away(RedisError)
    }

    private struct Knowledge {
        var state = State.unknown
        /// Why it was said to be away, and when; nil where it isn't.
        var said: (kind: RedisError.Kind, at: ContinuousClock.Instant)?
    }

    /// How long nothing more is said of a server that is away.
    private static let rest = Duration.seconds(60)

    private let knowledge = Mutex(Knowledge())
    private let note: @Sendable (RedisError?) -> Void

    init(_ note: @escaping @Sendable (RedisError?) -> Void) { self.note = note }

    var failure: RedisError? {
        knowledge.withLock { if case .away(let error) = $0.state { error } else { nil } }
    }

    var isUp: Bool { knowledge.withLock { if case .up = $0.state { true } else { false } } }

    /// Takes notice, and says so where it is news. On the loop's thread.
    ///
    /// That a server stays away for another reason is news where somebody has to do something about that one.
    func change(to failure: RedisError?, at now: ContinuousClock.Instant = .now) {
        let isNews = knowledge.withLock { knowledge in
            let isNews =
                switch (knowledge.state, failure) {
                case (.up, nil): false
                case (.away, let failure?):
                    failure.wantsSomebody
                        && knowledge.said.map { $0.kind != failure.kind && now - $0.at >= Self.rest } ?? true
                default: true
                }
            knowledge.state = failure.map(State.away) ?? .up
            if isNews { knowledge.said = failure.map { ($0.kind, now) } }
            return isNews
        }
        if isNews { note(failure) }
    }
}
