import Glibc
import PostgresFixture
import Synchronization
import Testing

@testable import SomaPostgres

/// What became of many inserts.
private final class Outcomes: Sendable {
    private struct State {
        var acknowledged: Set<Int64> = []
        var unknown: Set<Int64> = []
        var isOver = false
    }
    private let state = Mutex(State())

    var isOver: Bool { state.withLock(\.isOver) }
    var all: (acknowledged: Set<Int64>, unknown: Set<Int64>) {
        state.withLock { ($0.acknowledged, $0.unknown) }
    }

    func end() { state.withLock { $0.isOver = true } }

    func note(_ value: Int64, _ error: PostgresError?) {
        state.withLock { state in
            if let error {
                if error.mayHaveHappened { state.unknown.insert(value) }
            } else {
                state.acknowledged.insert(value)
            }
        }
    }
}

/// Inserts one number after the other until it is told to end.
private func insert(into pool: PostgresPool, from first: Int64, _ outcomes: Outcomes) async {
    var value = first
    while !outcomes.isOver {
        value += 1
        let error = await failure { [value] () throws(PostgresError) in
            try await pool.query("INSERT INTO t VALUES ($1)", [.int8(value)])
        }
        if let error { #expect(error.isRetryable, "\(error)") }
        outcomes.note(value, error)
    }
}

/// Connections and servers that die.
@Suite("Postgres: losses")
struct LossTests {
    /// The backend of the pool's only connection.
    private func backend(of pool: PostgresPool) async throws -> pid_t {
        try await pool.query("SELECT pg_backend_pid()")[0].int4(0)
    }

    @Test("A session that an administrator ends is replaced, and what it was asked is asked again")
    func terminated() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        let first = try await backend(of: pool)
        async let slow = pool.query("SELECT pg_sleep(0.3), 5::int8")
        #expect(try await eventually { try await pool.health().idle == 0 })
        kill(first, SIGTERM)
        #expect(try await slow[0].int8(1) == 5)
        #expect(try await backend(of: pool) != first)
        #expect(try await pool.health().counts.lost == 1)
        await pool.close()
    }

    @Test("A connection that dies before the commit's answer leaves the outcome open, and says so")
    func unknownOutcome() async throws {
        let server = try await TestServer.start()
        var options = try PostgresOptions(url: server.url())
        options.poolSize = 1
        let pool = try PostgresPool(options)
        try await pool.query("CREATE TABLE t (n int8)")
        let pid = try await backend(of: pool)
        // Stopped, it takes the statement and says nothing any more.
        kill(pid, SIGSTOP)
        async let insert = failure { () throws(PostgresError) in
            try await pool.query("INSERT INTO t VALUES (1)")
        }
        #expect(try await eventually { try await pool.health().idle == 0 })
        kill(pid, SIGKILL)
        let error = await insert
        #expect(error?.kind == .connectionLost)
        #expect(error?.mayHaveHappened == true)
        // One killed backend makes the server restart all of them; the pool waits for it.
        #expect(try await pool.query("SELECT count(*) FROM t")[0].int8(0) == 0)
        await pool.close()
    }

    @Test("A restart in the middle of many queries loses nothing that was answered, and all go on")
    func restart() async throws {
        let server = try await TestServer.start()
        var options = try PostgresOptions(url: server.url())
        options.poolSize = 4
        options.acquireTimeout = .seconds(30)
        let pool = try PostgresPool(options)
        try await pool.query("CREATE TABLE t (n int8 PRIMARY KEY)")
        let outcomes = Outcomes()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<20 {
                group.addTask { await insert(into: pool, from: Int64(task) * 1_000_000, outcomes) }
            }
            for round in 0..<3 {
                try await Task.sleep(for: .milliseconds(100))
                if round == 1 { try await server.crash() } else { try await server.stop() }
                try await server.start()
                try await pool.check()
            }
            outcomes.end()
            try await group.waitForAll()
        }
        let (acknowledged, unknown) = outcomes.all
        let stored = try Set(await pool.query("SELECT n FROM t").map { try $0.int8(0) })
        #expect(!acknowledged.isEmpty)
        #expect(acknowledged.subtracting(stored) == [])
        #expect(stored.subtracting(acknowledged).subtracting(unknown) == [])
        #expect(try await pool.health().counts.lost >= 3)
        await pool.close()
    }

    @Test("While the server is away callers wait, and learn why when it takes too long")
    func away() async throws {
        let server = try await TestServer.start()
        var options = try PostgresOptions(url: server.url())
        options.acquireTimeout = .milliseconds(300)
        let pool = try PostgresPool(options)
        try await pool.check()
        try await server.stop()
        #expect(try await eventually { try await pool.health().open == 0 })
        let error = await failure { () throws(PostgresError) in try await pool.check() }
        #expect(error?.kind == .connectionFailed)
        #expect(error?.mayHaveHappened == false)
        let turns = pool.turns
        _ = await failure { () throws(PostgresError) in try await pool.check() }
        // It tries again ever more seldom instead of running hot.
        #expect(pool.turns - turns < 40)
        try await server.start()
        #expect(
            try await eventually {
                await failure { () throws(PostgresError) in try await pool.check() } == nil
            }
        )
        #expect(try await pool.health().lastFailure == nil)
        await pool.close()
    }

    @Test("Notifications come in order, and a listener is told when it may have missed some")
    func notifications() async throws {
        let pool = try await PostgresPool.test()
        var payloads = pool.notifications(on: "Odd \"name\"").makeAsyncIterator()
        #expect(await payloads.next() == "")
        try await pool.query("SELECT pg_notify('Odd \"name\"', 'one'), pg_notify('other', 'not for us')")
        try await pool.query("SELECT pg_notify('Odd \"name\"', $1)", [.text("two")])
        #expect(await payloads.next() == "one")
        #expect(await payloads.next() == "two")
        let ended = try await pool.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE query LIKE 'LISTEN%' AND datname = current_database()
            """
        )
        #expect(ended.count == 1)
        #expect(await payloads.next() == "")
        try await pool.query("SELECT pg_notify('Odd \"name\"', 'three')")
        #expect(await payloads.next() == "three")
        await pool.close()
        #expect(await payloads.next() == nil)
    }

    @Test("A listener that is let go of gives its connection back")
    func unlisten() async throws {
        let pool = try await PostgresPool.test()
        let count =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        do {
            var payloads = pool.notifications(on: "x").makeAsyncIterator()
            #expect(await payloads.next() == "")
            #expect(try await pool.query(count)[0].int8(0) == 1)
        }
        #expect(try await eventually { try await pool.query(count)[0].int8(0) == 0 })
        await pool.close()
    }
}
