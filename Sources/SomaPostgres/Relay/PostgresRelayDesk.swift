package import SomaEngine

extension PostgresStore: RelayDesk {
    /// libpq reads as much at a time as the largest message that it ever got had room for: 16 KiB at first, where a page has
    /// megabytes. After one message of this size a page takes its thread a third less time.
    private static let relayReadBytes: Int32 = 250_000

    /// Runs `body` while this process is the one that relays, among all that use the database.
    ///
    /// The turn is an advisory lock of a session, which the server lets go when the process or the way to it is gone; the
    /// place is written over that same session, so that nobody moves it whose turn is over.
    package func withTurn(_ body: @Sendable (any RelayTurn) async -> Void) async throws(StoreError) -> Bool {
        do throws(PostgresError) {
            return try await pool.withConnection { connection throws(PostgresError) in
                let row = try await connection.query(
                    "SELECT pg_try_advisory_lock($1, $2)",
                    AdvisoryLock.relay.values
                ).first
                guard try row?.bool(0) == true else { return false }
                // The log is read index by index in order, whatever the planner believes: a sort would read the rest of the
                // log for each page.
                for setting in ["enable_sort", "enable_bitmapscan", "enable_seqscan", "jit"] {
                    try await connection.query("SET \(setting) = off")
                }
                try await connection.query("SELECT repeat(' ', $1)", [.int4(Self.relayReadBytes)])
                await body(PostgresRelayTurn(connection: connection, address: address))
                try await connection.query("SELECT pg_advisory_unlock($1, $2)", AdvisoryLock.relay.values)
                return true
            }
        } catch {
            throw StoreError(postgres: error, while: "relay", at: address)
        }
    }
}

/// The turn, as long as its session lives.
private struct PostgresRelayTurn: RelayTurn {
    /// Where the place is kept: one row that is always there, so no table of its own.
    private static let key = "relay"
    /// Far behind, how far is no longer counted: that would take longer than a statement may.
    private static let countMax: Int64 = 200_000

    let connection: PostgresConnection
    let address: String

    func place() async throws(StoreError) -> Position {
        try await asking { () async throws(PostgresError) in
            let row = try await connection.query(
                "SELECT convert_from(value, 'UTF8')::bigint FROM soma.meta WHERE key = $1",
                [.text(Self.key)]
            ).first
            return Position(try row?.int8(0) ?? 0)
        }
    }

    func keep(_ place: Position) async throws(StoreError) {
        try await asking { () async throws(PostgresError) in
            // A repeat that is noted late never takes the place back.
            try await connection.query(
                """
                INSERT INTO soma.meta AS m(key, value) VALUES($1, convert_to($2::text, 'UTF8'))
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                WHERE convert_from(m.value, 'UTF8')::bigint < $2
                """,
                [.text(Self.key), .int8(place.rawValue)]
            )
        }
    }

    func count(after place: Position) async throws(StoreError) -> Int {
        try await asking { () async throws(PostgresError) in
            let row = try await connection.query(
                "SELECT count(*) FROM (SELECT FROM soma.transition WHERE position > $1 LIMIT $2) AS t",
                [.int8(place.rawValue), .int8(Self.countMax)]
            ).first
            return Int(try row?.int8(0) ?? 0)
        }
    }

    func page(after place: Position, limit: Int) async throws(StoreError) -> RelayPage {
        let rows = try await asking { () async throws(PostgresError) in
            // As soma.tail does, without the copy of all rows that a function makes.
            try await connection.query(
                """
                SELECT \(RawTransition.columns) FROM soma.transition t
                WHERE t.position > $1 AND t.position < soma.horizon() ORDER BY t.position LIMIT $2
                """,
                [.int8(place.rawValue), .int4(Int32(clamping: limit))]
            ).map { row throws(PostgresError) in try RawTransition(row) }
        }
        return RelayPage(rows, at: address)
    }

    func rows(after place: Position, atMost most: Int, weighing bytes: Int) async throws(StoreError) -> Int {
        try await asking { () async throws(PostgresError) in
            // What is long lies elsewhere than its row, and its length isn't.
            let row = try await connection.query(
                """
                SELECT count(*), count(*) FILTER (WHERE weight <= $3) FROM (
                  SELECT sum(bytes) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) AS weight FROM (
                    SELECT t.position, octet_length(t.event) AS bytes FROM soma.transition t
                    WHERE t.position > $1 AND t.position < soma.horizon() ORDER BY t.position LIMIT $2
                  ) AS next
                ) AS weighed
                """,
                [.int8(place.rawValue), .int4(Int32(clamping: most)), .int8(Int64(bytes))]
            ).first
            let (there, fitting) = (Int(try row?.int8(0) ?? 0), Int(try row?.int8(1) ?? 0))
            return fitting == there ? most : max(1, fitting)
        }
    }

    @discardableResult
    private func asking<Value: Sendable>(
        _ body: () async throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        do throws(PostgresError) {
            return try await body()
        } catch {
            throw StoreError(postgres: error, while: "relay", at: address)
        }
    }
}
