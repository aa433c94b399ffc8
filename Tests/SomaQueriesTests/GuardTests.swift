import SomaCore
import Testing

@testable import SomaQueries

@Suite("What a query may do")
struct GuardTests {
    @Test(
        "nothing but reading",
        arguments: [
            "INSERT INTO runs VALUES(1)", "UPDATE run_row SET run = 'x'", "DELETE FROM run_row",
            "DROP TABLE run_row",
            "CREATE TABLE t(a)", "CREATE TEMP TABLE t(a)", "CREATE VIEW v AS SELECT 1",
            "ATTACH '/etc/passwd' AS p",
            "DETACH main", "PRAGMA query_only=OFF", "PRAGMA table_info(runs)", "BEGIN", "COMMIT",
            "SAVEPOINT s", "VACUUM",
            "VACUUM INTO '/tmp/x'", "REINDEX", "ANALYZE", "ALTER TABLE run_row ADD COLUMN x",
            "SELECT load_extension('/tmp/x.so')", "WITH x AS (SELECT 1) DELETE FROM run_row",
            "INSERT INTO run_row(run) SELECT run FROM runs RETURNING run",
            "CREATE VIRTUAL TABLE f USING fts5(a)", "SELECT writefile('/tmp/x', 'y')",
            "SELECT readfile('/etc/passwd')",
            "SELECT edit('x')", "SELECT run FROM run_row", "SELECT * FROM call_row",
            "WITH x AS (SELECT * FROM transition_row) SELECT body FROM x",
            "SELECT body FROM (SELECT body FROM transition_row) AS x",
            "SELECT * FROM pragma_table_info('runs')",
        ]
    )
    func refused(sql: String) {
        #expect(Asked.problem(sql) != nil, "\(sql)")
    }

    @Test(
        "what is wrong is said with its place and what was probably meant",
        arguments: [
            ("SELECT * FROM run", "1:15: There is no view \"run\".", "Did you mean runs?"),
            ("SELECT rol FROM runs", "1:8: There is no column \"rol\".", "Did you mean role (of runs)?"),
            ("SELECT r.statsu\nFROM runs r", "1:8: There is no column \"r.statsu\".", "status"),
            ("SELECT *\nFORM runs", "2:1: This is not SQL from \"FORM\" on.", "sqlite.org"),
            ("SELECT (1", "The query ends too early.", "open"),
            (
                "SELECT role FROM runs WHERE role = \"coder\"", "There is no column \"coder\".",
                "single quotes"
            ),
            ("SELECT 1; SELECT 2", "1:11: Only one statement is run", ""),
            ("SELECT ?", "The query has a parameter", "single quotes"),
            ("", "There is no query.", "SELECT"), (" -- nothing", "There is no query.", "SELECT"),
            ("DELETE FROM runs", "1:1: Only queries that read are run", "SELECT"),
            ("SELECT nofun(1)", "SQLite has no function \"nofun\" here.", ""),
            ("SELECT 'é漢', x FROM runs", "1:14: There is no column \"x\".", ""),
            ("SELECT usd FROM runs", "There is no column \"usd\".", "self_usd"),
        ]
    )
    func explained(sql: String, message: String, hint: String) throws {
        let problem = try #require(Asked.problem(sql), "\(sql)")
        #expect("\(problem)".contains(message), "\(problem)")
        #expect(problem.hint.contains(hint), "\(problem)")
    }

    @Test("what follows a statement may be a semicolon, blanks and comments")
    func tails() throws {
        #expect(try Asked("SELECT 1; -- done").rows == [[.int(1)]])
        #expect(try Asked("SELECT 1 ;\n/* and */ ; ").rows == [[.int(1)]])
        #expect(try Asked("EXPLAIN QUERY PLAN SELECT * FROM runs").rows.count == 1)
        #expect(try Asked("VALUES (1), (2)").rows == [[.int(1)], [.int(2)]])
    }

    @Test(
        "what doesn't end is ended",
        arguments: [
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT max(i) FROM n ORDER BY i",
        ]
    )
    func endless(sql: String) throws {
        let query = try SQLQuery(sql)
        try query.finish(words: [:])
        let clock = ContinuousClock()
        let began = clock.now
        #expect {
            try query.rows(limits: .init(time: .milliseconds(200))) { _ throws(SQLProblem) in true }
        } throws: { "\($0)".contains("took longer than 0.2 s") }
        #expect(clock.now - began < .seconds(20))
    }

    @Test("a value of gigabytes is refused, and so is one that grows")
    func large() throws {
        #expect("\(try #require(Asked.problem("SELECT zeroblob(1000000000)")))".contains("64 MiB"))
        #expect(
            Asked.problem(
                "SELECT replace(replace(hex(zeroblob(1000000)), '0', hex(zeroblob(1000))), '0', 'x')"
            ) != nil
        )
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        #expect(Asked.problem("SELECT \(deep)") != nil)
        #expect(Asked.problem("SELECT '" + String(repeating: "x", count: 2_000_000) + "'") != nil)
        #expect(Asked.problem("SELECT 1\0; DROP") != nil)
    }

    @Test("rows beyond the limit are left out, and that is said; somebody who has enough ends it")
    func rows() throws {
        let query = try SQLQuery("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3")
        try query.finish(words: [:])
        func outcome(_ rows: Int?, enough: Int = .max) throws -> SQLQuery.Outcome {
            var count = 0
            return try query.rows(limits: .init(rows: rows)) { _ throws(SQLProblem) in
                count += 1
                return count < enough
            }
        }
        #expect(try outcome(2) == .init(rows: 2, isCut: true))
        #expect(try outcome(3) == .init(rows: 3, isCut: false))
        #expect(try outcome(nil) == .init(rows: 3, isCut: false))
        #expect(try outcome(nil, enough: 1) == .init(rows: 1, isCut: false))
    }

    @Test("hostile words are data: nothing in a log changes the query")
    func words() throws {
        let hostile = "'; DROP TABLE run_row; --\u{1B}]0;x\u{7}\0é"
        let log = [
            Transition(run: RunID("r"), seq: 1, at: Asked.start, kind: .runStarted, agent: hostile),
            Transition(
                run: RunID("r"),
                seq: .max,
                at: Asked.start,
                kind: .unknown(hostile),
                body: ["a": .string(hostile)]
            ),
        ]
        #expect(try Asked("SELECT role FROM runs", log).rows == [[.text(hostile)]])
        let rows = try Asked("SELECT seq, kind FROM transitions ORDER BY seq", log).rows
        #expect(rows.last == [.int(Int64.max), .text(hostile)])
    }
}
