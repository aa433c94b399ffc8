import SomaCore
package import SomaEngine

extension PostgresStore {
    /// How many words of a memory are found; what is beyond is kept and not searched.
    private static let wordsMax = 10_000
    /// How many of those that match are compared, the latest: each has to be read for it.
    private static let rankedMax = 500

    /// Keeps a memory; keeping the memory of the same run and title again replaces it.
    package func remember(_ memory: Memory) async throws(StoreError) {
        let values: [PostgresValue] = [
            .int8(memory.at.microseconds), .bytea(Array(memory.run.rawValue.utf8)),
            .bytea(Array(memory.workspace.utf8)), .bytea(Array(memory.title.utf8)),
            .bytea(Array(memory.text.utf8)),
            .text(RecallIndex.vector(title: memory.title, text: memory.text, max: Self.wordsMax)),
        ]
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                """
                INSERT INTO soma.memory(at, run, workspace, title, text, words)
                VALUES($1, $2, $3, $4, $5, soma.plain($6)::tsvector)
                ON CONFLICT (sha256(run), sha256(title)) DO UPDATE
                SET number = DEFAULT, at = excluded.at, workspace = excluded.workspace, text = excluded.text,
                  words = excluded.words
                """,
                values
            )
        }
    }

    /// Memories of a workspace that match any word of a query, the best first.
    ///
    /// The query is words, not a language: whatever else it holds separates them. Of a long one the first 64 count.
    package func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        let wanted = RecallIndex.query(query)
        guard !wanted.isEmpty, limit > 0 else { return [] }
        let values: [PostgresValue] = [
            .text(wanted), .bytea(Array(workspace.utf8)), .int8(Int64(limit)),
        ]
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                WITH query AS MATERIALIZED (
                  SELECT soma.plain($1)::tsquery AS wanted
                ), latest AS (
                  SELECT m.* FROM soma.memory m, query q
                  WHERE m.words @@ q.wanted AND sha256(m.workspace) = sha256($2)
                  ORDER BY m.number DESC LIMIT \(Self.rankedMax)
                )
                SELECT m.at, m.run, m.workspace, m.title, m.text FROM latest m, query q
                ORDER BY ts_rank('{0.1, 0.2, 0.5, 1.0}', m.words, q.wanted) DESC, m.number DESC LIMIT $3
                """,
                values
            )
            var memories: [Memory] = []
            for row in rows { memories.append(try Self.memory(row)) }
            return memories
        }
    }

    /// What runs on a workspace committed, the latest first.
    package func memories(
        workspace: String,
        before number: Int?,
        limit: Int
    ) async throws(StoreError) -> [StoredMemory] {
        guard limit > 0 else { return [] }
        let values: [PostgresValue] = [
            .bytea(Array(workspace.utf8)), .int8(Int64(number ?? .max)), .int8(Int64(limit)),
        ]
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT at, run, workspace, title, text, number FROM soma.memory
                WHERE sha256(workspace) = sha256($1) AND number < $2 ORDER BY number DESC LIMIT $3
                """,
                values
            )
            var memories: [StoredMemory] = []
            for row in rows {
                memories.append(StoredMemory(number: Int(try row.int8(5)), memory: try Self.memory(row)))
            }
            return memories
        }
    }

    private static func memory(_ row: PostgresRow) throws(PostgresError) -> Memory {
        func text(_ column: Int) throws(PostgresError) -> String {
            String(decoding: try row.bytea(column), as: UTF8.self)
        }
        return Memory(
            run: RunID(try text(1)),
            workspace: try text(2),
            at: Timestamp(microseconds: try row.int8(0)),
            title: try text(3),
            text: try text(4)
        )
    }
}

/// Words in the forms in which Postgres's full-text search reads them: each in quotes, out of which no character gets,
/// since words hold letters, digits and marks only.
enum RecallIndex {
    /// A memory's words with their places; those of the title weigh more.
    static func vector(title: String, text: String, max: Int) -> String {
        let title = words(title, max: max)
        let text = words(text, max: max - title.count)
        let all = title.map { ($0, "A") } + text.map { ($0, "B") }
        return all.enumerated().map { index, word in
            "'\(word.0)':\(min(index + 1, 16_383))\(word.1)"
        }.joined(separator: " ")
    }

    /// A query for any of its words; empty where it has none.
    static func query(_ text: String) -> String {
        words(text, max: RecallWords.queryMax).map { "'\($0)'" }.joined(separator: " | ")
    }

    private static func words(_ text: String, max: Int) -> [String] {
        RecallWords.of(text, max: max).map { $0.lowercased() }
    }
}
