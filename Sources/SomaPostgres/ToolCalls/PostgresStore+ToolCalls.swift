import SomaCore
package import SomaEngine

extension PostgresStore: ToolCallStore {
    private static let which = "t.run = $1 AND t.effect = $2 AND t.attempt = $3"
    private static let among = """
        (t.run, t.effect, t.attempt) IN (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]))
        """

    /// Notes that a call is wanted, unless that is noted already.
    package func want(_ call: ToolCall, seq: Int) async throws(StoreError) {
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                """
                INSERT INTO soma.tool_call(run, effect, attempt, seq) VALUES($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
                """,
                call.values + [.int8(Int64(seq))]
            )
        }
    }

    /// Takes a call for an executor.
    package func take(_ call: ToolCall, by executor: String, for time: Duration) async throws(StoreError)
        -> Int?
    {
        guard call.run.isStorable else { return nil }
        return try await asking("write to") { () async throws(PostgresError) in
            try await pool.query(
                """
                UPDATE soma.tool_call t
                SET executor = $4, expires = clock_timestamp() + $5 * interval '1 millisecond'
                WHERE \(Self.which) AND NOT withdrawn AND finished IS NULL
                  AND (executor IS NULL OR executor = $4 AND expires > clock_timestamp())
                RETURNING seq
                """,
                call.values + [.text(executor), .float8(time.milliseconds)]
            ).first?.int8(0)
        }.map { Int($0) }
    }

    /// Lets calls go that an executor took and didn't begin.
    package func giveBack(_ calls: [ToolCall], by executor: String) async throws(StoreError) {
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                """
                UPDATE soma.tool_call t SET executor = NULL, expires = NULL
                WHERE \(Self.among) AND executor = $4 AND NOT withdrawn AND finished IS NULL
                  AND expires > clock_timestamp()
                """,
                ToolCall.values(calls) + [.text(executor)]
            )
        }
    }

    /// Calls that nobody has taken for so long, the longest waiting first.
    package func untaken(for time: Duration, limit: Int) async throws(StoreError) -> [ToolCall] {
        try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT run, effect, attempt FROM soma.tool_call
                WHERE executor IS NULL AND NOT withdrawn AND finished IS NULL
                  AND wanted <= clock_timestamp() - $1 * interval '1 millisecond'
                ORDER BY wanted LIMIT $2
                """,
                [.float8(time.milliseconds), .int8(Int64(max(0, limit)))]
            )
            return try rows.map { row throws(PostgresError) in try ToolCall(row: row) }
        }
    }

    /// Says that an executor still has calls.
    package func hold(_ calls: [ToolCall], by executor: String, for time: Duration)
        async throws(StoreError) -> [ToolCall]
    {
        let held = try await asking("write to") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                UPDATE soma.tool_call t SET expires = clock_timestamp() + $5 * interval '1 millisecond'
                WHERE \(Self.among) AND executor = $4 AND NOT withdrawn AND expires > clock_timestamp()
                RETURNING run, effect, attempt
                """,
                ToolCall.values(calls) + [.text(executor), .float8(time.milliseconds)]
            )
            return Set(try rows.map { row throws(PostgresError) in try ToolCall(row: row) })
        }
        return calls.filter { !held.contains($0) }
    }

    /// Keeps how a call ended; the first result stays.
    package func finish(_ call: ToolCall, _ result: EffectResult) async throws(StoreError) {
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                """
                UPDATE soma.tool_call t SET result = $4, finished = clock_timestamp()
                WHERE \(Self.which) AND finished IS NULL
                """,
                call.values + [.bytea(result.record.bytes())]
            )
        }
    }

    /// How calls stand; those that nobody ever wanted are left out.
    package func standings(of calls: [ToolCall]) async throws(StoreError) -> [ToolCall: ToolCallStanding] {
        guard !calls.isEmpty else { return [:] }
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT run, effect, attempt, result, executor IS NOT NULL, expires > clock_timestamp(),
                  (1000 * extract(epoch FROM clock_timestamp() - wanted))::bigint
                FROM soma.tool_call t WHERE \(Self.among)
                """,
                ToolCall.values(calls)
            )
            var standings: [ToolCall: ToolCallStanding] = [:]
            for row in rows { standings[try ToolCall(row: row)] = try Self.standing(row) }
            return standings
        }
    }

    private static func standing(_ row: PostgresRow) throws(PostgresError) -> ToolCallStanding {
        if let bytes = try row.byteaOrNil(3) {
            guard let json = try? JSON.parse(bytes), let result = EffectResult(record: json) else {
                return .finished(.unreadable)
            }
            return .finished(result)
        }
        guard try row.bool(4) else { return .wanted(.milliseconds(try row.int8(6))) }
        return try row.boolOrNil(5) == true ? .taken : .lost
    }

    /// Says that nobody wants a call any more.
    package func withdraw(_ call: ToolCall) async throws(StoreError) -> Bool {
        try await asking("write to") { () async throws(PostgresError) in
            try await pool.query(
                """
                UPDATE soma.tool_call t SET withdrawn = true WHERE \(Self.which) RETURNING executor IS NOT NULL
                """,
                call.values
            ).first?.bool(0) ?? false
        }
    }

    /// Forgets calls that were wanted so long ago.
    package func forgetCalls(olderThan time: Duration) async throws(StoreError) {
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                "DELETE FROM soma.tool_call WHERE wanted < clock_timestamp() - $1 * interval '1 millisecond'",
                [.float8(time.milliseconds)]
            )
        }
    }
}

extension ToolCall {
    fileprivate init(row: PostgresRow) throws(PostgresError) {
        self.init(
            run: RunID(try row.text(0)),
            effect: Int(try row.int8(1)),
            attempt: Int(try row.int8(2))
        )
    }

    fileprivate var values: [PostgresValue] {
        [.text(run.rawValue), .int8(Int64(effect)), .int8(Int64(attempt))]
    }

    fileprivate static func values(_ calls: [ToolCall]) -> [PostgresValue] {
        [
            .textArray(calls.map(\.run.rawValue)), .int8Array(calls.map { Int64($0.effect) }),
            .int8Array(calls.map { Int64($0.attempt) }),
        ]
    }
}
