import PostgresFixture
import SomaPostgres
import Testing

/// Values and rows both ways, against a real server.
@Suite("Postgres: queries")
struct QueryTests {
    @Test("Every kind of value comes back as it was sent")
    func values() async throws {
        let pool = try PostgresPool(PostgresOptions(url: await TestServer.database()))
        let rows = try await pool.query(
            "SELECT $1::bool, $2::int4, $3::int8, $4::float8, $5::text, $6::bytea, $7::xid8, $8::text, $9::text",
            [
                .bool(true), .int4(.min), .int8(.max), .float8(-0.5), .text("söma 🦊"), .bytea([0, 255, 7]),
                .xid8(1 << 40), .null, .text(""),
            ]
        )
        let row = try #require(rows.first)
        #expect(rows.count == 1)
        #expect(try row.bool(0))
        #expect(try row.int4(1) == .min)
        #expect(try row.int8(2) == .max)
        #expect(try row.float8(3) == -0.5)
        #expect(try row.text(4) == "söma 🦊")
        #expect(try row.bytea(5) == [0, 255, 7])
        #expect(try row.xid8(6) == 1 << 40)
        #expect(try row.isNull(7))
        #expect(try row.textOrNil(7) == nil)
        #expect(try row.text(8) == "")
        await pool.close()
    }

    @Test("Arrays come back as they were sent, empty ones and ones with NULLs too")
    func arrays() async throws {
        let pool = try PostgresPool(PostgresOptions(url: await TestServer.database()))
        let rows = try await pool.query(
            """
            SELECT $1::int8[], $2::text[], $3::bytea[], $4::int8[],
                   (SELECT count(*) FROM unnest($5::text[], $6::bytea[], $7::int8[]) u(a, b, c)
                    WHERE a IS NULL AND b IS NULL AND c IS NULL)
            """,
            [
                .int8Array([1, -1, .max]), .textArray(["", "a,b", "\"{}"]), .byteaArray([[], [0]]),
                .int8Array([]),
                .optionalTextArray([nil, "x"]), .optionalByteaArray([nil, [1]]),
                .optionalInt8Array([nil, 3]),
            ]
        )
        let row = try #require(rows.first)
        #expect(try row.int8Array(0) == [1, -1, .max])
        #expect(try row.textArray(1) == ["", "a,b", "\"{}"])
        #expect(try row.byteaArray(2) == [[], [0]])
        #expect(try row.int8Array(3) == [])
        #expect(try row.int8(4) == 1)
        await pool.close()
    }

    @Test("A column of another type, a NULL and a missing column are errors and not traps")
    func mismatches() async throws {
        let pool = try PostgresPool(PostgresOptions(url: await TestServer.database()))
        let rows = try await pool.query(
            "SELECT 1::int8 AS number, NULL::text AS nothing, ARRAY[NULL]::text[]"
        )
        let row = try #require(rows.first)
        #expect(row.count == 3)
        #expect { try row.text(0) } throws: { "\($0)".contains("\"number\" is not a text") }
        #expect { try row.text(1) } throws: { "\($0)".contains("\"nothing\" is NULL") }
        #expect { try row.textArray(2) } throws: { ($0 as? PostgresError)?.kind == .protocol }
        #expect { try row.int8(3) } throws: { "\($0)".contains("column 3") }
        #expect { try row.isNull(-1) } throws: { ($0 as? PostgresError)?.kind == .protocol }
        await pool.close()
    }

    @Test("A pipeline is all or nothing, and its statements see what those before them made")
    func pipeline() async throws {
        let pool = try PostgresPool(PostgresOptions(url: await TestServer.database()))
        let results = try await pool.pipeline([
            PostgresStatement("CREATE TABLE t (a int8 PRIMARY KEY)"),
            PostgresStatement("INSERT INTO t VALUES ($1), ($2)", [.int8(1), .int8(2)]),
            PostgresStatement("SELECT a FROM t ORDER BY a"),
        ])
        #expect(try results.map { try $0.map { try $0.int8(0) } } == [[], [], [1, 2]])
        await #expect(throws: PostgresError.self) {
            try await pool.pipeline([
                PostgresStatement("INSERT INTO t VALUES ($1)", [.int8(3)]),
                PostgresStatement("INSERT INTO t VALUES ($1)", [.int8(1)]),
            ])
        }
        #expect(try await pool.query("SELECT count(*) FROM t")[0].int8(0) == 2)
        await pool.close()
    }
}
