import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: opening the store")
struct PostgresOpeningTests {
    private func refused(_ url: String, use: PostgresStoreOptions.Use = .open) async -> StoreError? {
        await refusal { () async throws(StoreError) in
            var options = PostgresStoreOptions()
            options.use = use
            return try await PostgresStore.open(url, options: options)
        }
    }

    @Test("A second daemon is kept out and told who is there, until the first has ended")
    func alone() async throws {
        let url = try await TestServer.database()
        var connections = try PostgresOptions(url: url)
        connections.applicationName = "somad 17 on example"
        var options = PostgresStoreOptions()
        options.use = .alone
        let first = try await PostgresStore.open(connections, options: options)
        for use in [PostgresStoreOptions.Use.alone, .shared(cluster: "c")] {
            let error = await refused(url, use: use)
            #expect(error?.kind == .locked)
            #expect(error?.message.contains("\"somad 17 on example\" (session ") == true)
            #expect(error?.hint.contains("set store to another database") == true)
        }
        // Tools may look.
        try await PostgresStore.test(url).close()
        await first.close()
        try await PostgresStore.test(url, use: .alone).close()
    }

    @Test("Replicas of a cluster share it, and keep a daemon that wants it alone out")
    func shared() async throws {
        let url = try await TestServer.database()
        let replicas = [
            try await PostgresStore.test(url, use: .shared(cluster: "c")),
            try await PostgresStore.test(url, use: .shared(cluster: "c")),
        ]
        #expect(await refused(url, use: .alone)?.kind == .locked)
        for replica in replicas { await replica.close() }
        try await PostgresStore.test(url, use: .alone).close()
    }

    @Test("A daemon that takes over fences the one before, which may still be at work")
    func fenced() async throws {
        let url = try await TestServer.database()
        let old = try await PostgresStore.test(url, use: .alone)
        var run = ContractRun("mine")
        try await run.append(2, to: old)
        // The server lost its session, and the next daemon was quicker than its return.
        try await old.pool.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        )
        let new = try await PostgresStore.test(url, use: .alone)
        #expect(try await new.runs(RunFilter(ended: false)) == [run.state])
        let late = run.group(run.work(1))
        let error = await refusal { () async throws(StoreError) in try await old.append([late]) }
        #expect(error?.kind == .conflict)
        #expect(error?.message.contains("another replica has taken it over (its epoch is 2, ours 1)") == true)
        _ = try await new.append([late])
        #expect(try await new.run(run.id, at: nil) == run.state)
        await old.close()
        await new.close()
    }

    @Test("The lock is taken again after the server was away")
    func lockReturns() async throws {
        let server = try await TestServer.start()
        let store = try await PostgresStore.test(server.url(), use: .alone)
        try await server.stop()
        try await server.start()
        let isTaken = try await eventually {
            try await store.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                == 1
        }
        #expect(isTaken)
        await store.close()
    }

    @Test("A user without the right to make the schema is told which one")
    func missingRights() async throws {
        let url = try await TestServer.database()
        let admin = try PostgresPool(PostgresOptions(url: url))
        let server = try TestServer.shared.get()
        let database = admin.options.address.split(separator: "/").last.map(String.init) ?? ""
        try await admin.query("CREATE ROLE guest_\(database) LOGIN PASSWORD 'secret words'")
        let guest = server.url(database: database, user: "guest_\(database)", password: "secret words")
        let error = await refused(guest)
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("GRANT CREATE ON DATABASE") == true)
        #expect(error?.description.contains("secret words") == false)
        // With the schema there, a right to its tables is missing.
        try await PostgresStore.test(url).close()
        let second = await refused(guest)
        #expect(second?.kind == .unavailable)
        #expect(second?.description.contains("owner of the schema soma") == true)
        await admin.close()
    }

    @Test("A database that isn't Unicode is refused")
    func encoding() async throws {
        let url = try await TestServer.database()
        let admin = try PostgresPool(PostgresOptions(url: url))
        let server = try TestServer.shared.get()
        let name = (admin.options.address.split(separator: "/").last.map(String.init) ?? "") + "_ascii"
        try await admin.query(
            "CREATE DATABASE \(name) ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        let error = await refused(server.url(database: name))
        #expect(error?.description.contains("encoding is SQL_ASCII") == true)
        #expect(error?.description.contains("ENCODING 'UTF8'") == true)
        await admin.close()
    }

    @Test("An address that can't be read is refused without repeating it")
    func address() async {
        let error = await refused("postgres://user:pass@word@:x:y/z")
        #expect(error?.kind == .unavailable)
        #expect(
            error?.description.contains("pass") == false || error?.description.contains("password") == true
        )
        #expect(error?.description.contains("word@") == false)
    }

    @Test("Damage is found and named: changed bytes, a gap, a head that is wrong")
    func damage() async throws {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        var run = ContractRun("damaged")
        let words = Content(id: ContentID(high: 3, low: 4), subject: "local", words: Words("words"))
        let rows = run.work(6)
        _ = try await store.append([run.group(rows, content: [words], snapshot: true)])
        #expect(try await store.check(isThorough: true).problems == [])
        try await store.pool.query("UPDATE soma.content SET words = 'other'")
        try await store.pool.query("UPDATE soma.snapshot SET state = state || ' '")
        try await store.pool.query("UPDATE soma.transition SET event = event || ' ' WHERE seq = 3")
        let id = run.id
        let kinds = [
            await refusal { () async throws(StoreError) in try await store.content([words.id]) },
            await refusal { () async throws(StoreError) in try await store.run(id, at: nil) },
            await refusal { () async throws(StoreError) in try await store.run(id, at: 4) },
            await refusal { () async throws(StoreError) in
                try await store.transitions(after: .start, limit: 9)
            },
        ].map { $0?.kind }
        #expect(kinds == [.corrupt, .corrupt, .corrupt, .corrupt])
        #expect(try await store.check().problems == [])
        #expect(try await store.check(isThorough: true).problems.count == 2)
        try await store.pool.query("DELETE FROM soma.transition WHERE seq = 3")
        #expect(
            try await store.check().problems
                == ["Run damaged should have transitions up to 6, and has 5 from 1 to 6."]
        )
        await store.close()
    }

    @Test("Clocks that are an hour apart are a warning that names the server", arguments: [3600, -3600])
    func clocks(seconds: Int) async throws {
        struct Skewed: WallClock {
            let seconds: Int
            var now: Timestamp { SystemWallClock().now + .seconds(seconds) }
        }
        let store = try await PostgresStore.test()
        let warnings = try await store.check(clock: Skewed(seconds: seconds)).warnings
        let warning = warnings.first { $0.contains("The clock of the server at \(store.address)") }
        #expect(warning?.contains(seconds > 0 ? "behind this" : "ahead of this") == true)
        #expect(try await store.clockWarning() == nil)
        await store.close()
    }

    @Test(
        "A server that gives fewer connections than are wanted is a warning that says which settings to change"
    )
    func shortage() async throws {
        let url = try await TestServer.database()
        let admin = try PostgresPool(PostgresOptions(url: url))
        let database = try #require(try PostgresOptions(url: url).keywords["dbname"])
        let user = "few_\(database)"
        try await admin.query("CREATE ROLE \(user) LOGIN PASSWORD 'x' CONNECTION LIMIT 1")
        try await admin.query("GRANT CREATE ON DATABASE \(database) TO \(user)")
        let server = try TestServer.shared.get()
        let store = try await PostgresStore.test(server.url(database: database, user: user, password: "x"))
        #expect(try await store.shortageWarning() == nil)
        // While one has the only connection, another wants one.
        func wanting(until isReached: (String?) -> Bool) async throws -> String? {
            try await store.pool.withConnection { _ throws(PostgresError) in
                let other = Task { try await store.pool.query("SELECT 1") }
                defer { other.cancel() }
                var warning = try? await store.shortageWarning()
                while !isReached(warning) {
                    try? await Task.sleep(for: .milliseconds(10))
                    warning = try? await store.shortageWarning()
                }
                return warning
            }
        }
        let warning = try #require(try await wanting { $0 != nil })
        #expect(warning.contains("gives this process 1 of up to"))
        #expect(warning.contains("too many connections for role"))
        #expect(warning.contains("Lower postgres.pool_size or the number of replicas"))
        try await admin.query("ALTER ROLE \(user) CONNECTION LIMIT 4")
        #expect(try await wanting { $0 == nil } == nil)
        await store.close()
        await admin.close()
    }

    @Test("What the server is set to lose is a warning")
    func settings() async throws {
        let store = try await PostgresStore.test()
        let report = try await store.check()
        #expect(report.warnings.contains { $0.hasPrefix("The server has fsync = off") })
        #expect(report.schema == Migration.latest)
        await store.close()
    }
}
