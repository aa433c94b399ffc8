import SomaEngine
import Synchronization

/// Keeps out whoever would use the store in a way that goes not together with ours.
///
/// A session of its own holds an advisory lock, which the server lets go when the process or the way to it is gone.
/// After a restart of the server it is taken again. It is a courtesy that names who is there: what keeps a late writer
/// out in any case are the epochs of the runs.
final class StoreLock: Sendable {
    /// How often the session is asked for a sign of life.
    private static let interval = Duration.seconds(5)
    /// How long a holder that is about to end is waited for.
    private static let patience = Duration.seconds(1)

    private let task: Task<Void, Never>

    private init(_ task: Task<Void, Never>) { self.task = task }

    deinit { task.cancel() }

    /// Takes the lock.
    ///
    /// - Returns: `nil` where no lock is needed.
    /// - Throws: `.locked` naming the holder.
    static func take(
        _ pool: PostgresPool,
        for use: PostgresStoreOptions.Use
    ) async throws(StoreError) -> StoreLock? {
        let function: String
        switch use {
        case .alone: function = "pg_try_advisory_lock"
        case .shared(let cluster): return try await join(cluster, pool)
        case .open: return nil
        }
        let deadline = ContinuousClock.now + patience
        while true {
            let (task, outcome) = hold(pool, with: function)
            switch await outcome.first(where: { _ in true }) ?? .failure(.closed) {
            case .success(true): return StoreLock(task)
            case .failure(let error):
                throw StoreError(postgres: error, while: "open", at: pool.options.address)
            case .success(false):
                guard ContinuousClock.now < deadline else { throw await refusal(pool) }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Takes the lock beside others of the same cluster.
    private static func join(_ cluster: String, _ pool: PostgresPool) async throws(StoreError) -> StoreLock {
        let deadline = ContinuousClock.now + patience
        while true {
            let (task, outcome) = hold(pool, with: "pg_try_advisory_lock_shared", cluster)
            let result = await outcome.first(where: { _ in true }) ?? .failure(.closed)
            if case .success(true) = result { return StoreLock(task) }
            task.cancel()
            await task.value
            if case .failure(let error) = result {
                throw StoreError(postgres: error, while: "open", at: pool.options.address)
            }
            if let other = try? await pool.query(readCluster).first?.bytea(0), other != Array(cluster.utf8) {
                guard ContinuousClock.now >= deadline else {
                    try? await Task.sleep(for: .milliseconds(50))
                    continue
                }
                let name = String(decoding: other, as: UTF8.self)
                throw StoreError(
                    .locked,
                    "Could not open the store at \(pool.options.address): the cluster \"\(name)\" uses it, and "
                        + "this process is of \"\(cluster)\".",
                    hint: "Set cluster.name to \(name), or set store to another database."
                )
            }
            guard ContinuousClock.now < deadline else { throw await refusal(pool) }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static let readCluster = "SELECT value FROM soma.meta WHERE key = 'cluster'"

    /// Whether those who use the store are of the same cluster, or there are none: then it takes the name.
    private static func agrees(
        on cluster: String,
        _ connection: PostgresConnection
    ) async throws(PostgresError) -> Bool {
        let name = PostgresValue.bytea(Array(cluster.utf8))
        try await connection.query(
            "INSERT INTO soma.meta(key, value) VALUES('cluster', $1) ON CONFLICT DO NOTHING",
            [name]
        )
        let row = try await connection.query(
            "SELECT value = $1 FROM soma.meta WHERE key = 'cluster'",
            [name]
        ).first
        if try row?.bool(0) == true { return true }
        // Alone, beside one's own shared lock.
        let alone = try await connection.query(
            "SELECT pg_try_advisory_lock($1, $2)",
            AdvisoryLock.use.values
        ).first
        guard try alone?.bool(0) == true else { return false }
        try await connection.query(
            "UPDATE soma.meta SET value = $1 WHERE key = 'cluster'",
            [name]
        )
        try await connection.query("SELECT pg_advisory_unlock($1, $2)", AdvisoryLock.use.values)
        return true
    }

    /// A task that takes the lock and keeps it until it is cancelled, and whether it got it the first time.
    private static func hold(
        _ pool: PostgresPool,
        with function: String,
        _ cluster: String? = nil
    ) -> (Task<Void, Never>, AsyncStream<Result<Bool, PostgresError>>) {
        let (stream, continuation) = AsyncStream.makeStream(of: Result<Bool, PostgresError>.self)
        let task = Task {
            defer { continuation.finish() }
            while !Task.isCancelled {
                do throws(PostgresError) {
                    let isTaken = try await pool.withConnection { connection throws(PostgresError) in
                        let row = try await connection.query(
                            "SELECT \(function)($1, $2)",
                            AdvisoryLock.use.values
                        ).first
                        var isTaken = try row?.bool(0) ?? false
                        if isTaken, let cluster, try await !agrees(on: cluster, connection) {
                            try await connection.query(
                                "SELECT pg_advisory_unlock_shared($1, $2)",
                                AdvisoryLock.use.values
                            )
                            isTaken = false
                        }
                        continuation.yield(.success(isTaken))
                        while isTaken {
                            try await pause(interval)
                            try await connection.query("SELECT 1")
                        }
                        return isTaken
                    }
                    // Somebody else has it; the epochs of the runs are the rest.
                    if !isTaken { return }
                } catch {
                    continuation.yield(.failure(error))
                    if error.kind == .closed { return }
                }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        return (task, stream)
    }

    /// Lets go.
    func release() async {
        task.cancel()
        await task.value
    }

    private static func refusal(_ pool: PostgresPool) async -> StoreError {
        let rows = try? await pool.query(
            """
            SELECT a.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'the same machine'),
              coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '?')
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1 AND l.objid::bigint = $2
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1
            """,
            [.int8(Int64(AdvisoryLock.space)), .int8(Int64(AdvisoryLock.use.rawValue))]
        )
        var holder = "another daemon"
        if let row = rows?.first, let pid = try? row.int8(0), let name = try? row.text(1),
            let host = try? row.text(2), let since = try? row.text(3)
        {
            holder = "\"\(name)\" (session \(pid), from \(host), since \(since))"
        }
        return StoreError(
            .locked,
            "Could not open the store at \(pool.options.address): \(holder) uses it.",
            hint: "Stop that daemon, or set store to another database."
        )
    }
}
