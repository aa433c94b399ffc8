import Glibc
import PostgresFixture
import Testing

@testable import SomaPostgres

/// Many callers on few connections.
@Suite("Postgres: pool")
struct PoolTests {
    @Test("10,000 queries of 100 tasks share four connections, each with its own answer")
    func manyCallers() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 4 }
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for task in 0..<100 {
                group.addTask {
                    var sum: Int64 = 0
                    for number in 0..<100 {
                        sum += try await pool.query("SELECT $1::int8", [.int8(Int64(task * 100 + number))])[0]
                            .int8(0)
                    }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 9_999 * 10_000 / 2)
        let health = try await pool.health()
        // One that is still being opened when all is done is none of them yet.
        #expect((1...4).contains(health.open))
        #expect(health.counts == PostgresHealth.Counts(opened: health.open, statements: 10_000))
        await pool.close()
    }

    @Test("50 MB go both ways")
    func large() async throws {
        let pool = try await PostgresPool.test()
        let bytes = (0..<50_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let rows = try await pool.query("SELECT $1::bytea, length($1)", [.bytea(bytes)])
        #expect(try rows[0].bytea(0) == bytes)
        #expect(try rows[0].int4(1) == 50_000_000)
        #expect(try rows[0].withBytea(0) { $0.count } == 50_000_000)
        await pool.close()
    }

    @Test(
        "Whoever finds every connection lent waits as long as allowed, then is told which settings to change"
    )
    func exhausted() async throws {
        let pool = try await PostgresPool.test {
            $0.poolSize = 1
            $0.acquireTimeout = .milliseconds(100)
            $0.maximumWaiting = 1
        }
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.query("SELECT 1")
            let error = await failure { () throws(PostgresError) in try await pool.query("SELECT 1") }
            #expect(error?.kind == .poolExhausted)
            #expect(error?.message.contains("of 1 connections 1 are open and 1 are lent") == true)
            #expect(error?.hint.contains("postgres.pool_size") == true)
            let second = await failure { () throws(PostgresError) in
                try await pool.withConnection { _ throws(PostgresError) in }
            }
            #expect(second?.kind == .poolExhausted)
            // One may wait; the next one is refused at once.
            async let waiting = failure { () throws(PostgresError) in try await pool.query("SELECT 1") }
            _ = try? await eventually { try await pool.health().waiting == 1 }
            let refused = await failure { () throws(PostgresError) in try await pool.query("SELECT 1") }
            #expect(refused?.message.contains("1 callers wait already") == true)
            #expect(await waiting?.kind == .poolExhausted)
        }
        try await pool.check()
        await pool.close()
    }

    @Test("Connections that are lent and come back are no lines in the server's log")
    func quiet() async throws {
        let server = try await TestServer.start()
        let pool = try PostgresPool(PostgresOptions(url: server.url()))
        for _ in 0..<5 {
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.query("SELECT 1")
                try await connection.transaction { inner throws(PostgresError) in
                    try await inner.query("SELECT 1")
                }
            }
        }
        await pool.close()
        try await server.run("! grep 'no transaction in progress' log")
    }

    @Test("A lent connection comes back without transaction, locks and settings, also when its user threw")
    func lending() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 2 }
        let error = await failure { () throws(PostgresError) in
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.script(
                    "CREATE TABLE a (n int8); INSERT INTO a VALUES (1); CREATE TABLE b (n int8)"
                )
                try await connection.query("BEGIN")
                try await connection.query("INSERT INTO a VALUES ($1)", [.int8(2)])
                try await connection.query("SELECT pg_advisory_lock(7)")
                try await connection.query("SET statement_timeout = 17")
                try await connection.query("DECLARE c CURSOR WITH HOLD FOR SELECT 1")
                throw PostgresError(.raised, message: "enough")
            }
        }
        #expect(error?.message == "enough")
        for _ in 0..<4 {
            let row = try await pool.query(
                """
                SELECT (SELECT sum(n)::int8 FROM a), current_setting('statement_timeout'),
                       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), (SELECT count(*) FROM pg_cursors WHERE name = 'c')
                """
            )[0]
            #expect(try row.int8(0) == 1)
            #expect(try row.text(1) == "30s")
            #expect(try row.int8(2) == 0)
            #expect(try row.int8(3) == 0)
        }
        await pool.close()
    }

    @Test("A transaction is committed when its body returns and rolled back when it throws")
    func transactions() async throws {
        let pool = try await PostgresPool.test()
        try await pool.query("CREATE TABLE t (n int8)")
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.transaction { connection throws(PostgresError) in
                try await connection.query("INSERT INTO t VALUES (1)")
            }
            let error = await failure { () throws(PostgresError) in
                try await connection.transaction { connection throws(PostgresError) in
                    try await connection.query("INSERT INTO t VALUES (2)")
                    try await connection.query("SELECT 1/0")
                }
            }
            #expect(error?.sqlState == "22012")
            try await connection.query("INSERT INTO t VALUES (3)")
        }
        #expect(try await pool.query("SELECT array_agg(n ORDER BY n) FROM t")[0].int8Array(0) == [1, 3])
        await pool.close()
    }

    @Test("A script is all or nothing, and the pipeline works behind it")
    func scripts() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        try await pool.withConnection { connection throws(PostgresError) in
            let error = await failure { () throws(PostgresError) in
                try await connection.script(
                    "CREATE TABLE t (n int8); INSERT INTO t VALUES (1); SELECT nonsense"
                )
            }
            #expect(error?.sqlState == "42703")
            try await connection.script("CREATE TABLE t (n int8)")
            let results = try await connection.pipeline([
                PostgresStatement("INSERT INTO t VALUES (5)"), PostgresStatement("SELECT n FROM t"),
            ])
            #expect(results[1].count == 1)
        }
        await pool.close()
    }

    @Test("No more statements are kept prepared than allowed, and every one still works")
    func preparedStatements() async throws {
        let pool = try await PostgresPool.test {
            $0.poolSize = 1
            $0.preparedStatements = 8
        }
        for round in 0..<3 {
            for number in 0..<20 {
                let rows = try await pool.query("SELECT $1::int8 + \(number)", [.int8(Int64(round))])
                #expect(try rows[0].int8(0) == Int64(round + number))
            }
        }
        let kept = try await pool.query("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'soma%'")
        #expect(try kept[0].int8(0) == 8)
        await pool.close()
    }

    @Test("A statement whose tables were changed meanwhile is prepared anew")
    func changedTables() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        try await pool.query("CREATE TABLE t (a int8)")
        try await pool.query("INSERT INTO t VALUES (1)")
        #expect(try await pool.query("SELECT * FROM t")[0].count == 1)
        try await pool.query("ALTER TABLE t ADD b text DEFAULT 'x'")
        #expect(try await pool.query("SELECT * FROM t")[0].text(1) == "x")
        #expect(try await pool.query("SELECT * FROM t")[0].text(1) == "x")
        await pool.close()
    }

    @Test("Closing fails what is under way, says that it may have happened, and refuses what comes")
    func closing() async throws {
        let pool = try await PostgresPool.test()
        async let sleeping = failure { () throws(PostgresError) in try await pool.query("SELECT pg_sleep(30)")
        }
        #expect(
            try await eventually {
                let health = try await pool.health(); return health.open == 1 && health.idle == 0
            }
        )
        await pool.close()
        #expect(await sleeping == PostgresError.closed.with(mayHaveHappened: true))
        #expect(await failure { () throws(PostgresError) in try await pool.check() } == .closed)
        #expect(await failure { () throws(PostgresError) in _ = try await pool.health() } == .closed)
        var payloads = pool.notifications(on: "x").makeAsyncIterator()
        #expect(await payloads.next() == nil)
    }

    @Test("A pool with nothing to do sleeps")
    func idle() async throws {
        let pool = try await PostgresPool.test()
        try await pool.check()
        _ = try await pool.health()
        let turns = pool.turns
        try await Task.sleep(for: .milliseconds(300))
        #expect(pool.turns - turns <= 2)
        await pool.close()
    }

    @Test("A connection that was idle for long is asked whether it still works")
    func healthChecks() async throws {
        let pool = try await PostgresPool.test { $0.healthInterval = .milliseconds(20) }
        try await pool.check()
        let turns = pool.turns
        #expect(try await eventually { pool.turns > turns + 6 })
        #expect(try await pool.health().lastFailure == nil)
        #expect(try await pool.health().counts.lost == 0)
        await pool.close()
    }
}
