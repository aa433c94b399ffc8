import SomaCore
package import SomaEngine

/// Commands and their answers in a table that all processes of a cluster share.
package final class PostgresInbox: CommandInbox {
    /// For how long answers are kept for whoever asks again with the same key.
    private static let kept = "1 hour"

    package let commands = Bell()
    package let answers = Bell()
    private let store: PostgresStore
    private let leases: PostgresLeases?

    /// - Parameter leases: Of a process that takes commands; `nil` for one that only asks.
    package init(_ store: PostgresStore, leases: PostgresLeases?) {
        self.store = store
        self.leases = leases
    }

    /// Hears of news, until cancelled.
    package func follow() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in await store.news.follow(.answer, answers) }
            if leases != nil { group.addTask { [self] in await store.news.follow(.command, commands) } }
        }
    }

    package func put(_ command: EngineCommand, key: String) async throws(StoreError) -> CommandPlace {
        guard command.run.isStorable else {
            throw StoreError(.unavailable, "Could not keep the command: the name of its run holds a NUL.")
        }
        let values: [PostgresValue] = [
            .bytea(Array(key.utf8)), .text(command.run.rawValue), .bool(command.begins),
            .bytea(command.bytes),
        ]
        let place = try await store.asking("ask something at") { () async throws(PostgresError) in
            let results = try await store.pool.pipeline([
                PostgresStatement(
                    """
                    INSERT INTO soma.command(key, run, begins, body) VALUES($1, $2, $3, $4)
                    ON CONFLICT (sha256(key)) DO NOTHING RETURNING number
                    """,
                    values
                ),
                PostgresStatement(
                    "SELECT number FROM soma.command WHERE sha256(key) = sha256($1)",
                    [values[0]]
                ),
            ])
            return CommandPlace(
                number: try results[1].first?.int8(0) ?? 0,
                isNew: results[0].first != nil
            )
        }
        store.news.ring(.command)
        return place
    }

    package func answers(to numbers: [Int64]) async throws(StoreError) -> [Int64: [UInt8]?] {
        try await store.asking("read answers from") { () async throws(PostgresError) in
            let rows = try await store.pool.query(
                """
                SELECT n, c.answer FROM unnest($1::bigint[]) AS n LEFT JOIN soma.command c ON c.number = n
                WHERE c.number IS NULL OR c.answer IS NOT NULL
                """,
                [.int8Array(numbers)]
            )
            var answers: [Int64: [UInt8]?] = [:]
            for row in rows { answers.updateValue(try row.byteaOrNil(1), forKey: try row.int8(0)) }
            return answers
        }
    }

    package func withdraw(_ number: Int64) async throws(StoreError) -> Bool {
        try await store.asking("take a command back from") { () async throws(PostgresError) in
            let rows = try await store.pool.query(
                """
                DELETE FROM soma.command WHERE number = $1 AND answer IS NULL AND taker IS NULL RETURNING number
                """,
                [.int8(number)]
            )
            return !rows.isEmpty
        }
    }

    package func take(most: Int, begins: Int) async throws(StoreError) -> [TakenCommand] {
        guard let replica = leases?.replica else { return [] }
        return try await store.asking("take commands from") { () async throws(PostgresError) in
            let rows = try await store.pool.query(
                "SELECT number, body FROM soma.take_commands($1, $2, $3)",
                [.int8(replica), .int4(Int32(clamping: most)), .int4(Int32(clamping: begins))]
            )
            var taken: [TakenCommand] = []
            for row in rows {
                taken.append(TakenCommand(number: try row.int8(0), bytes: try row.bytea(1)))
            }
            return taken
        }
    }

    package func answer(_ number: Int64, _ answer: [UInt8]) async throws(StoreError) {
        try await store.asking("answer commands at") { () async throws(PostgresError) in
            _ = try await store.pool.query(
                """
                UPDATE soma.command SET answer = $2, answered = clock_timestamp()
                WHERE number = $1 AND answer IS NULL
                """,
                [.int8(number), .bytea(answer)]
            )
        }
        store.news.ring(.answer)
    }

    package func giveBack(_ numbers: [Int64]) async throws(StoreError) {
        guard let replica = leases?.replica else { return }
        try await store.asking("give commands back to") { () async throws(PostgresError) in
            _ = try await store.pool.query(
                "UPDATE soma.command SET taker = NULL WHERE number = ANY ($1) AND taker = $2",
                [.int8Array(numbers), .int8(replica)]
            )
        }
        // Nobody is told: it may come back to us, as long as we hold a run that we can't work on.
    }

    package func tidy() async throws(StoreError) {
        try await store.asking("tidy") { () async throws(PostgresError) in
            _ = try await store.pool.query(
                """
                DELETE FROM soma.command WHERE number IN (
                  SELECT number FROM soma.command WHERE answered < clock_timestamp() - interval '\(Self.kept)'
                  UNION ALL
                  SELECT number FROM soma.command
                  WHERE answer IS NULL AND created < clock_timestamp() - interval '\(Self.kept)'
                  LIMIT 1000)
                """
            )
        }
    }
}
