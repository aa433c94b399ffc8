package import SomaEngine

/// The least that could be done: a loop that inserts rows into the store's tables on one connection, a round trip and
/// a commit for so many rows, with nothing around it.
package enum PostgresRawLoop {
    /// What one iteration inserts: an event and, where there are any, words.
    package struct Row: Sendable {
        let run: Int
        let seq: Int
        let event: [UInt8]
        let contentID: [UInt8]
        let words: [UInt8]

        /// Creates a row; `contentID` is empty where there are no words.
        package init(run: Int, seq: Int, event: [UInt8], contentID: [UInt8], words: [UInt8]) {
            self.run = run
            self.seq = seq
            self.event = event
            self.contentID = contentID
            self.words = words
        }
    }

    /// Inserts rows into a database that has the schema and no runs.
    ///
    /// - Returns: How long each commit took, in the order in which they were made.
    package static func run(
        _ connections: PostgresOptions,
        rows: [Row],
        rowsPerCommit: Int
    ) async throws(StoreError) -> [Duration] {
        do throws(PostgresError) {
            let pool = try PostgresPool(connections)
            try await pool.query("SELECT soma.prepare_day(0)")
            // Encoded beforehand: nothing but inserting is measured.
            let commits = stride(from: 0, to: rows.count, by: max(rowsPerCommit, 1)).map { first in
                statements(rows[first..<min(first + max(rowsPerCommit, 1), rows.count)], from: first)
            }
            let times = try await pool.withConnection { connection throws(PostgresError) in
                let clock = ContinuousClock()
                var times: [Duration] = []
                var last = clock.now
                for commit in commits {
                    try await connection.pipeline(commit)
                    let now = clock.now
                    times.append(now - last)
                    last = now
                }
                return times
            }
            await pool.close()
            return times
        } catch {
            throw StoreError(postgres: error, while: "write to", at: connections.address)
        }
    }

    private static func statements(_ rows: ArraySlice<Row>, from first: Int) -> [PostgresStatement] {
        let events = PostgresStatement(
            """
            INSERT INTO soma.transition(position, run, day, seq, checksum, event)
            SELECT position, run, 0, seq, 0, event FROM unnest($1, $2, $3, $4) AS g(position, run, seq, event)
            """,
            [
                .int8Array(rows.indices.map { Int64($0) + 1 }), .int8Array(rows.map { Int64($0.run) }),
                .int4Array(rows.map { Int32(clamping: $0.seq) }), .byteaArray(rows.map(\.event)),
            ]
        )
        let content = rows.filter { !$0.contentID.isEmpty }
        guard !content.isEmpty else { return [events] }
        return [
            events,
            PostgresStatement(
                """
                INSERT INTO soma.content(id, checksum, subject, words)
                SELECT id, 0, 'local', words FROM unnest($1, $2) AS g(id, words)
                """,
                [.byteaArray(content.map(\.contentID)), .byteaArray(content.map(\.words))]
            ),
        ]
    }
}

extension PostgresStore {
    /// Bytes of all tables with their indexes.
    package func bytes() async throws(StoreError) -> Int {
        try await asking("read") { () async throws(PostgresError) in
            let row = try await pool.query(
                """
                SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
                WHERE relnamespace = 'soma'::regnamespace AND relkind = 'r'
                """
            ).first
            return Int(try row?.int8(0) ?? 0)
        }
    }
}

/// A database that is made for a measurement and removed afterwards.
package struct PostgresScratch: Sendable {
    /// How to reach it.
    package let connections: PostgresOptions
    private let admin: PostgresOptions
    private let name: String

    /// Makes a database beside the one that an address names. Its user must have the right to.
    package static func make(_ url: String, name: String) async throws(StoreError) -> PostgresScratch {
        do throws(PostgresError) {
            let admin = try PostgresOptions(url: url)
            let pool = try PostgresPool(admin)
            try await pool.query("CREATE DATABASE \(name) ENCODING 'UTF8' TEMPLATE template0")
            await pool.close()
            return PostgresScratch(connections: admin.with(database: name), admin: admin, name: name)
        } catch {
            throw StoreError(postgres: error, while: "make a database beside", at: "the one in --store")
        }
    }

    /// Removes it.
    package func remove() async throws(StoreError) {
        do throws(PostgresError) {
            let pool = try PostgresPool(admin)
            try await pool.query("DROP DATABASE \(name) WITH (FORCE)")
            await pool.close()
        } catch {
            throw StoreError(postgres: error, while: "remove \(name) at", at: admin.address)
        }
    }
}
