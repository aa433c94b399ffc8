import Testing

@testable import SomaPostgres

/// Tasks that are cancelled, statements that take too long.
@Suite("Postgres: cancellation")
struct CancellationTests {
    @Test("A cancelled task stops its statement at the server, and the connection goes on being used")
    func cancelled() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        try await pool.query("CREATE TABLE t (n int8)")
        let pid = try await pool.query("SELECT pg_backend_pid()")[0].int4(0)
        let begin = ContinuousClock.now
        let task = Task {
            await failure { () throws(PostgresError) in
                try await pool.pipeline([
                    PostgresStatement("INSERT INTO t VALUES (1)"), PostgresStatement("SELECT pg_sleep(60)"),
                ])
            }
        }
        #expect(try await eventually { try await pool.health().idle == 0 })
        task.cancel()
        let error = await task.value
        #expect(error?.kind == .cancelled)
        #expect(error?.mayHaveHappened == false)
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(try await pool.query("SELECT pg_backend_pid()")[0].int4(0) == pid)
        #expect(try await pool.query("SELECT count(*) FROM t")[0].int8(0) == 0)
        await pool.close()
    }

    @Test("A task that was cancelled before sends nothing")
    func early() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        try await pool.check()
        let before = try await pool.health().counts
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure { () throws(PostgresError) in try await pool.query("SELECT 1") }
        }
        #expect(await task.value == .cancelledBeforeSending)
        let waiting = Task {
            await failure { () throws(PostgresError) in
                try await pool.withConnection { _ throws(PostgresError) in
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                try await pool.withConnection { _ throws(PostgresError) in Issue.record("it was cancelled") }
            }
        }
        #expect(await waiting.value == .cancelledBeforeSending)
        #expect(try await pool.health().counts == before)
        await pool.close()
    }

    @Test("Neighbours on the same connections never notice that others are cancelled")
    func neighbours() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 2 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let task = Task {
                        await failure { () throws(PostgresError) in
                            try await pool.query("SELECT pg_sleep(60)")
                        }
                    }
                    try await Task.sleep(for: .milliseconds(number * 5))
                    task.cancel()
                    let error = await task.value
                    #expect(error?.kind == .cancelled)
                    #expect(error?.mayHaveHappened == false)
                }
                group.addTask {
                    for step in 0..<50 {
                        let rows = try await pool.query("SELECT $1::int8", [.int8(Int64(number * step))])
                        #expect(try rows[0].int8(0) == Int64(number * step))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await pool.health().counts.lost == 0)
        await pool.close()
    }

    @Test("Within a lent connection, cancelling leaves a transaction that can only be rolled back")
    func lent() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.query("BEGIN")
            let task = Task {
                await failure { () throws(PostgresError) in try await connection.query("SELECT pg_sleep(60)")
                }
            }
            try? await Task.sleep(for: .milliseconds(30))
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            let aborted = await failure { () throws(PostgresError) in try await connection.query("SELECT 1") }
            #expect(aborted?.kind == .transactionState)
            #expect(aborted?.sqlState == "25P02")
            try await connection.query("ROLLBACK")
            try await connection.query("SELECT 1")
        }
        await pool.close()
    }

    @Test("A statement that waits for a lock before it is even prepared can be cancelled too")
    func waitingForLock() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 2 }
        try await pool.query("CREATE TABLE t (n int8)")
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.query("BEGIN")
            try await connection.query("LOCK TABLE t")
            let task = Task {
                await failure { () throws(PostgresError) in try await pool.query("SELECT n FROM t") }
            }
            _ = try? await eventually {
                let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"
                return try await !connection.query(waiting).isEmpty
            }
            task.cancel()
            let error = await task.value
            #expect(error?.kind == .cancelled)
            #expect(error?.mayHaveHappened == false)
        }
        #expect(try await pool.query("SELECT n FROM t").isEmpty)
        #expect(try await pool.health().counts.lost == 0)
        await pool.close()
    }

    @Test("A statement over the time limit is ended by the server, and the error names the setting")
    func statementTimeout() async throws {
        let pool = try await PostgresPool.test { $0.statementTimeout = .milliseconds(50) }
        let error = await failure { () throws(PostgresError) in try await pool.query("SELECT pg_sleep(60)") }
        #expect(error?.kind == .timeout)
        #expect(error?.sqlState == "57014")
        #expect(error?.hint.contains("postgres.statement_timeout") == true)
        #expect(error?.mayHaveHappened == false)
        try await pool.check()
        await pool.close()
    }

    @Test("A statement that an administrator cancels is told from one that took too long")
    func administrator() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 2 }
        let isOver = Flag()
        async let sleeping = failure { () throws(PostgresError) in
            defer { isOver.set() }
            try await pool.query("SELECT pg_sleep(60) AS mine")
        }
        // Again and again: what comes between two of the statement's messages the server passes over.
        let sql = """
            SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE query LIKE '%AS mine' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()
            """
        let isCancelled = try await eventually {
            try await pool.query(sql)
            return isOver.value
        }
        #expect(isCancelled)
        #expect(await sleeping?.kind == .cancelled)
        await pool.close()
    }

    @Test("A transaction held open without a word is ended, and the next statement says why")
    func idleInTransaction() async throws {
        let pool = try await PostgresPool.test { $0.idleInTransactionTimeout = .milliseconds(50) }
        let error = await failure { () throws(PostgresError) in
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.query("BEGIN")
                _ = try? await eventually { try await pool.health().counts.lost == 1 }
                try await connection.query("COMMIT")
            }
        }
        #expect(error?.kind == .timeout)
        #expect(error?.sqlState == "25P03")
        #expect(error?.hint.contains("postgres.idle_in_transaction_timeout") == true)
        #expect(error?.mayHaveHappened == false)
        try await pool.check()
        await pool.close()
    }
}
