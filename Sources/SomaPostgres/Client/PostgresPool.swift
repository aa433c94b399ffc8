import SomaLoop

/// Connections to one database, shared by any number of tasks.
///
/// Statements of several callers travel on one connection, each in a transaction of its own. What needs a connection
/// for itself (a transaction over several calls, an advisory lock) takes one with ``withConnection(_:)``. Connections
/// are opened when they are needed; a lost one is replaced, ever more patiently while the server is away. Dropping the
/// last reference closes the pool.
package final class PostgresPool: PostgresExecutor {
    private let mailbox: PoolMailbox
    package let options: PostgresOptions

    /// Starts the pool's thread; nothing is connected yet.
    package init(_ options: PostgresOptions) throws(PostgresError) {
        let failure = PostgresError(
            .resources,
            message: "the thread for Postgres can't be started",
            hint: "check this machine's limits on memory, threads and open files"
        )
        guard let bell = LoopBell() else { throw failure }
        self.options = options
        mailbox = PoolMailbox(bell: bell)
        let loop = PoolLoop(options: options, mailbox: mailbox, bell: bell)
        guard LoopThread.start(named: "soma-postgres", { loop.run() }) else {
            _ = mailbox.close()
            mailbox.announceEnd()
            throw failure
        }
    }

    deinit { mailbox.post(.stop) }

    @discardableResult
    package func query(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError)
        -> [PostgresRow]
    {
        try await pipeline([PostgresStatement(sql, parameters)]).first ?? []
    }

    @discardableResult
    package func pipeline(_ statements: [PostgresStatement]) async throws(PostgresError) -> [[PostgresRow]] {
        try await mailbox.run(PostgresRequest(statements, lease: nil))
    }

    /// Lends a connection to `body` alone; afterwards an open transaction is rolled back, advisory locks are released
    /// and settings are reset.
    @discardableResult
    package func withConnection<Value: Sendable>(
        _ body: (PostgresConnection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let request = PostgresLeaseRequest(id: mailbox.nextID())
        let mailbox = mailbox
        try await request.reply.wait {
            if !mailbox.post(.lease(request)) { request.reply.finish(.failure(.closed)) }
        } onCancel: {
            mailbox.post(.cancelLease(request))
        }
        let outcome: Result<Value, PostgresError>
        do {
            outcome = .success(try await body(PostgresConnection(mailbox: mailbox, lease: request.id)))
        } catch {
            outcome = .failure(error)
        }
        // Waited for, so that whoever goes on behind this finds no lock of it.
        try? await request.release.wait {
            if !mailbox.post(.release(request)) { request.release.finish(.success(())) }
        } onCancel: {
        }
        return try outcome.get()
    }

    /// The payloads notified on a channel, by a connection of its own that is opened again when it is lost.
    ///
    /// An empty payload comes each time that listening begins: what was notified before may have been missed, so look
    /// at the tables. Who reads too slowly misses the oldest ones.
    package func notifications(on channel: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self,
            bufferingPolicy: .bufferingNewest(1_024)
        )
        let listener = PostgresListener(id: mailbox.nextID(), channel: channel, continuation: continuation)
        let mailbox = mailbox
        continuation.onTermination = { _ in mailbox.post(.unlisten(listener.id)) }
        if !mailbox.post(.listen(listener)) { continuation.finish() }
        return stream
    }

    /// The thread that speaks with the server, for short tasks that mostly ask it.
    var executor: any TaskExecutor { mailbox }

    /// Asks the server for an answer.
    package func check() async throws(PostgresError) {
        try await query("SELECT 1")
    }

    /// How the pool is doing; asks nobody.
    package func health() async throws(PostgresError) -> PostgresHealth {
        let reply = Reply<PostgresHealth>()
        let mailbox = mailbox
        return try await reply.wait {
            if !mailbox.post(.health(reply)) { reply.finish(.failure(.closed)) }
        } onCancel: {
        }
    }

    /// Fails what is under way and waits until every connection is closed.
    package func close() async {
        mailbox.post(.stop)
        await mailbox.waitForEnd()
    }

    /// Times that the thread went around.
    var turns: Int { mailbox.turns }
}

/// A connection that one caller has for itself; of no use once that one has returned.
package struct PostgresConnection: PostgresExecutor {
    let mailbox: PoolMailbox
    let lease: LeaseID

    @discardableResult
    package func query(_ sql: String, _ parameters: [PostgresValue]) async throws(PostgresError)
        -> [PostgresRow]
    {
        try await pipeline([PostgresStatement(sql, parameters)]).first ?? []
    }

    @discardableResult
    package func pipeline(_ statements: [PostgresStatement]) async throws(PostgresError) -> [[PostgresRow]] {
        try await mailbox.run(PostgresRequest(statements, lease: lease))
    }

    /// Runs a text of several commands, as migrations are; outside a transaction all of them or none.
    package func script(_ sql: String) async throws(PostgresError) {
        _ = try await mailbox.run(PostgresRequest([PostgresStatement(sql)], lease: lease, isScript: true))
    }

    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    @discardableResult
    package func transaction<Value: Sendable>(
        _ body: (PostgresConnection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        try await query("BEGIN")
        let value: Value
        do {
            value = try await body(self)
        } catch {
            // The connection is rolled back anyhow before anybody else gets it.
            _ = try? await query("ROLLBACK")
            throw error
        }
        try await query("COMMIT")
        return value
    }
}

extension PoolMailbox {
    /// Posts a request and waits for its answer.
    fileprivate func run(_ request: PostgresRequest) async throws(PostgresError) -> [[PostgresRow]] {
        if request.statements.isEmpty { return [] }
        return try await request.reply.wait {
            if !post(.run(request)) { request.reply.finish(.failure(.closed)) }
        } onCancel: {
            self.post(.cancel(request))
        }
    }
}
