import Testing

@testable import SomaPostgres

/// Errors as a real server makes them.
@Suite("Postgres: a server's errors")
struct ServerErrorTests {
    @Test("A server's error of each class arrives with its state and its kind")
    func classes() async throws {
        let pool = try await PostgresPool.test { $0.poolSize = 1 }
        for state in [
            "08006", "0A000", "0B000", "20000", "21000", "22012", "23505", "24000", "25001", "26000", "27000",
            "28P01",
            "2B000", "2D000", "2F004", "34000", "38001", "39001", "3B001", "3D000", "3F000", "40001", "42601",
            "42501",
            "44000", "53100", "54000", "55000", "57P03", "58030", "F0001", "P0001", "SOMA1", "XX000",
        ] {
            let error = await failure { () throws(PostgresError) in
                try await pool.query("DO $$ BEGIN RAISE EXCEPTION 'words' USING ERRCODE = '\(state)'; END $$")
            }
            #expect(error?.sqlState == state)
            #expect(error?.kind == PostgresError.kind(of: state))
            #expect(error?.message == "words")
            #expect(error?.mayHaveHappened == false)
        }
        try await pool.check()
        #expect(try await pool.health().counts.lost == 0)
        await pool.close()
    }

    @Test("Errors keep bound values to themselves")
    func values() async throws {
        let pool = try await PostgresPool.test()
        try await pool.query(
            "CREATE TABLE t (n int4 PRIMARY KEY, word text UNIQUE CHECK (word <> 'hunter2!'))"
        )
        try await pool.query("INSERT INTO t VALUES (1, 'hunter2')")
        let statements: [(String, [PostgresValue], String)] = [
            ("SELECT $1::text::int4", [.text("hunter2")], "22P02"),
            ("SELECT $1::text::json", [.text("{\"a\": hunter2}")], "22P02"),
            ("SELECT $1::text::timestamptz", [.text("hunter2")], "22007"),
            ("SELECT $1::text::varchar(3)::text, $1::text::date", [.text("hunter2")], "22007"),
            ("SELECT $1::text::regclass", [.text("hunter2")], "42P01"),
            ("INSERT INTO t VALUES (2, $1)", [.text("hunter2")], "23505"),
            ("INSERT INTO t VALUES (2, $1)", [.text("hunter2!")], "23514"),
            ("SELECT ($1::int8 * 1000)::int4", [.int8(4_711_4711)], "22003"),
            ("SELECT $1::text", [.text("hunter2\u{0}")], "22021"),
        ]
        for (sql, parameters, state) in statements {
            let error = await failure { () throws(PostgresError) in try await pool.query(sql, parameters) }
            #expect(error?.sqlState == state)
            let text = String(describing: error)
            #expect(!text.contains("hunter2") && !text.contains("4711"), "\(text)")
        }
        await pool.close()
    }

    @Test("A constraint that refused a row is named")
    func constraint() async throws {
        let pool = try await PostgresPool.test()
        try await pool.query("CREATE TABLE t (n int8 CONSTRAINT positive CHECK (n > 0))")
        let error = await failure { () throws(PostgresError) in
            try await pool.query("INSERT INTO t VALUES (-1)")
        }
        #expect(error?.kind == .constraint)
        #expect(error?.message.contains("\"positive\"") == true)
        await pool.close()
    }

    @Test("Transactions that get in each other's way are conflicts: a changed row, a lock that isn't free")
    func conflicts() async throws {
        let pool = try await PostgresPool.test()
        try await pool.query("CREATE TABLE t (n int8)")
        try await pool.query("INSERT INTO t VALUES (1)")
        try await pool.withConnection { connection throws(PostgresError) in
            try await connection.query("BEGIN ISOLATION LEVEL SERIALIZABLE")
            try await connection.query("SELECT n FROM t")
            try await pool.query("UPDATE t SET n = 2")
            let error = await failure { () throws(PostgresError) in
                try await connection.query("UPDATE t SET n = 3")
            }
            #expect(error?.kind == .conflict)
            #expect(error?.sqlState == "40001")
            #expect(error?.isRetryable == true)
            try await connection.query("ROLLBACK")
            try await connection.query("BEGIN")
            try await connection.query("SELECT n FROM t FOR UPDATE")
            let locked = await failure { () throws(PostgresError) in
                try await pool.query("SELECT n FROM t FOR UPDATE NOWAIT")
            }
            #expect(locked?.kind == .conflict)
            #expect(locked?.sqlState == "55P03")
        }
        await pool.close()
    }

    @Test("A statement that copies data is refused, and the pool goes on")
    func copying() async throws {
        let pool = try await PostgresPool.test()
        let error = await failure { () throws(PostgresError) in
            try await pool.query("COPY (SELECT 1) TO STDOUT")
        }
        #expect(error?.kind == .protocol)
        try await pool.check()
        await pool.close()
    }

    @Test("Two commands in one statement are refused, and only a script may have them")
    func twoCommands() async throws {
        let pool = try await PostgresPool.test()
        let error = await failure { () throws(PostgresError) in try await pool.query("SELECT 1; SELECT 2") }
        #expect(error?.sqlState == "42601")
        #expect(try await pool.pipeline([]).isEmpty)
        await pool.close()
    }
}
