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
    /// - Parameter note: Is told, on that thread, when the server goes away (why) and when it is back (nil).
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

    private let state = Mutex(State.unknown)
    private let note: @Sendable (RedisError?) -> Void

    init(_ note: @escaping @Sendable (RedisError?) -> Void) { self.note = note }

    var failure: RedisError? {
        state.withLock { if case .away(let error) = $0 { error } else { nil } }
    }

    var isUp: Bool { state.withLock { if case .up = $0 { true } else { false } } }

    /// Takes notice, and says so where it is news. On the loop's thread.
    func change(to failure: RedisError?) {
        let isNews = state.withLock { state in
            let wasAway = if case .away = state { true } else { false }
            let isFirst = if case .unknown = state { true } else { false }
            state = failure.map(State.away) ?? .up
            return isFirst || wasAway != (failure != nil)
        }
        if isNews { note(failure) }
    }
}
