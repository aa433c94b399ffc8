import PostgresFixture
import SomaCore
import SomaEngine
import SomaTesting
import Testing

@testable import SomaPostgres

@Suite("Postgres: migrations")
struct MigrationTests {
    /// Writes a run into the tables as the first schema has them.
    private func writeRows(of run: ContractRun, number: Int64, _ pool: PostgresPool) async throws {
        try await pool.query("SELECT soma.prepare_day(19675)")
        try await pool.query("INSERT INTO soma.generation VALUES(0, 1, 1) ON CONFLICT DO NOTHING")
        try await pool.query(
            """
            INSERT INTO soma.run(number, started, day, seq, id) OVERRIDING SYSTEM VALUE
            VALUES($1, 1700000001000000, 19675, $2, $3)
            """,
            [.int8(number), .int4(Int32(run.transitions.count)), .text(run.id.rawValue)]
        )
        for transition in run.transitions {
            let bytes = transition.cloudEvent()
            try await pool.query(
                "INSERT INTO soma.transition VALUES($1, $2, 19675, $3, $4, $5)",
                [
                    .int8(number << 20 + Int64(transition.seq)), .int8(number), .int4(Int32(transition.seq)),
                    .int4(Int32(checksum: Checksum.of(bytes))), .bytea(bytes),
                ]
            )
        }
    }

    @Test("An old schema with data in it is brought up to date, and goes on")
    func upgrade() async throws {
        let url = try await TestServer.database()
        let pool = try PostgresPool(PostgresOptions(url: url))
        let migrator = Migrator(pool: pool, program: "0.0.1")
        try await migrator.migrate(to: 1)
        var old = ContractRun("old")
        old.work(7)
        try await writeRows(of: old, number: 1, pool)
        try await pool.query("ALTER TABLE soma.run ALTER COLUMN number RESTART WITH 2")

        let store = try await PostgresStore.test(url)
        #expect(try await migrator.version() == Migration.latest)
        #expect(try await store.run(old.id, at: nil) == old.state)
        try await old.append(2, to: store, snapshot: true)
        var new = ContractRun("new")
        try await new.append(3, to: store)
        #expect(try await store.runs(RunFilter()).map(\.id) == [new.id, old.id])
        let log = try await store.transitions(after: .start, limit: 100)
        #expect(log.map(\.transition) == old.transitions + new.transitions)
        #expect(try await store.check(isThorough: true).problems == [])
        await store.close()

        // Back, with what the older schema can hold, and up again.
        try await migrator.migrate(to: 1)
        #expect(try await migrator.version() == 1)
        #expect(try await pool.query("SELECT count(*) FROM soma.transition")[0].int8(0) == 12)
        let again = try await PostgresStore.test(url)
        #expect(try await again.run(old.id, at: nil) == old.state)
        try await old.append(1, to: again)
        await again.close()
        await pool.close()
    }

    @Test(
        "Back to any older schema and up again, everything that it can hold is there, and runs go on",
        arguments: 1..<Migration.latest
    )
    func backAndForth(version: Int) async throws {
        let url = try await TestServer.database()
        let store = try await PostgresStore.test(url)
        var run = ContractRun("kept")
        let content = Content(id: ContentID(high: 1, low: 2), subject: "local", words: Words("as it was"))
        let rows = run.work(9)
        _ = try await store.append([run.group(rows, content: [content], snapshot: true)])
        try await run.append(3, to: store)
        let at = Timestamp(microseconds: 1_700_000_000_000_000)
        let memory = Memory(
            run: run.id,
            workspace: "/w",
            at: at,
            title: "Deploys",
            text: "They are on Fridays."
        )
        try await store.remember(memory)
        let conversation = Conversation(id: ConversationID("talk"), startedAt: at)
        try await store.create(conversation)
        let secret = try await store.contentSecret()
        await store.close()

        let pool = try PostgresPool(PostgresOptions(url: url))
        let migrator = Migrator(pool: pool, program: "0.1.0")
        try await migrator.migrate(to: version)
        #expect(try await migrator.version() == version)
        await pool.close()

        let again = try await PostgresStore.test(url)
        #expect(try await again.contentSecret() == secret)
        #expect(try await again.run(run.id, at: nil) == run.state)
        #expect(try await again.content([content.id]) == [content.id: content.words])
        #expect(try await again.recall("fridays", workspace: "/w", limit: 5) == [memory])
        let kept = try await again.conversation(conversation.id)
        #expect(kept == (version < Migration.conversations.version ? nil : conversation))
        try await run.append(2, to: again)
        let log = try await again.transitions(after: .start, limit: 100)
        #expect(log.map(\.transition) == run.transitions)
        #expect(try await again.check(isThorough: true).problems == [])
        await again.close()
    }

    @Test("All the way down leaves nothing but the table of migrations")
    func down() async throws {
        let pool = try await PostgresPool.test()
        let migrator = Migrator(pool: pool, program: "0.1.0")
        try await migrator.migrate()
        try await migrator.migrate(to: 0)
        let rows = try await pool.query(
            """
            SELECT relname::text FROM pg_class WHERE relnamespace = 'soma'::regnamespace
            UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'soma'::regnamespace ORDER BY 1
            """
        )
        var names: [String] = []
        for row in rows { names.append(try row.text(0)) }
        #expect(names == ["migration", "migration_pkey"])
        await pool.close()
    }

    @Test("Programs that open an empty database at the same time make one schema")
    func together() async throws {
        let url = try await TestServer.database()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let store = try await PostgresStore.test(url)
                    let secret = try await store.contentSecret()
                    await store.close()
                    return secret
                }
            }
            var secrets: Set<[UInt8]> = []
            for try await secret in group { secrets.insert(secret) }
            #expect(secrets.count == 1)
        }
        let pool = try PostgresPool(PostgresOptions(url: url))
        #expect(
            try await pool.query("SELECT count(*) FROM soma.migration")[0].int8(0) == Int64(Migration.latest)
        )
        await pool.close()
    }

    @Test("A schema of a later version is refused by its name, and left alone")
    func newer() async throws {
        let url = try await TestServer.database()
        try await PostgresStore.test(url).close()
        let pool = try PostgresPool(PostgresOptions(url: url))
        try await pool.query(
            "INSERT INTO soma.migration(version, name, applied_by) VALUES(99, 'later', '9.9.9')"
        )
        let error = await refusal { () async throws(StoreError) in
            try await PostgresStore.open(url)
        }
        #expect(error?.kind == .newer)
        #expect(error?.message.contains("version 9.9.9 of Soma has written it (schema 99)") == true)
        #expect(
            try await pool.query("SELECT count(*) FROM soma.migration")[0].int8(0) == Int64(Migration.latest)
                + 1
        )
        await pool.close()
    }

    @Test("A program that may not migrate refuses an older schema, and opens the right one")
    func withoutMigrating() async throws {
        let url = try await TestServer.database()
        let error = await refusal { () async throws(StoreError) in
            var options = PostgresStoreOptions()
            options.migrates = false
            return try await PostgresStore.open(url, options: options)
        }
        #expect(error?.kind == .unavailable)
        #expect(
            error?.message.contains("its schema is 0, and this version needs \(Migration.latest)") == true
        )
        try await PostgresStore.test(url).close()
        try await PostgresStore.test(url) { $0.migrates = false }.close()
    }

    @Test("A table that somebody keeps locked is asked for again, and appends pass meanwhile")
    func locked() async throws {
        let url = try await TestServer.database()
        let pool = try PostgresPool(PostgresOptions(url: url))
        let migrator = Migrator(pool: pool, program: "0.1.0")
        try await migrator.migrate(to: 1)
        try await pool.withConnection { other throws(PostgresError) in
            try await other.query("BEGIN")
            try await other.query("LOCK TABLE soma.run IN ACCESS SHARE MODE")
            async let migrated: Void = {
                do { try await migrator.migrate() } catch { Issue.record("\(error)") }
            }()
            // As a long query of somebody's does. Readers aren't to queue up behind the migration for longer.
            try await pause(.milliseconds(3300))
            try await pool.query("SELECT count(*) FROM soma.run")
            try await other.query("COMMIT")
            await migrated
        }
        #expect(try await migrator.version() == Migration.latest)
        await pool.close()
    }

    @Test("A day's partition is made while somebody's append is open, and doesn't wait for it")
    func days() async throws {
        let store = try await PostgresStore.test { $0.horizonWait = .zero }
        var run = ContractRun("one", start: 1_700_000_000)
        try await run.append(2, to: store)
        try await store.pool.withConnection { other throws(PostgresError) in
            try await other.query("BEGIN")
            try await other.query("INSERT INTO soma.transition VALUES(1, 999, 19675, 1, 0, '')")
            var next = ContractRun("two", start: 1_700_000_000 + 86_400)
            do throws(StoreError) {
                try await next.append(2, to: store)
            } catch { Issue.record("\(error)") }
            try await other.query("ROLLBACK")
        }
        let days = try await store.pool.query("SELECT day FROM soma.run ORDER BY day")
        #expect(try days.map { try $0.int4(0) } == [19_675, 19_676])
        // A run goes on in the partition of its first day.
        try await run.append(200, to: store)
        #expect(try await store.number("SELECT count(DISTINCT day) FROM soma.transition") == 2)
        await store.close()
    }

    @Test("Days before 1970 have partitions too")
    func early() async throws {
        let store = try await PostgresStore.test()
        var run = ContractRun("early", start: -1_000_000)
        try await run.append(3, to: store)
        #expect(try await store.run(run.id, at: nil) == run.state)
        #expect(try await store.number("SELECT day FROM soma.run") == -12)
        await store.close()
    }
}
