public import SomaEngine
import SomaCore

extension SQLiteStore {
    /// Keeps a memory; keeping the memory of the same run and title again replaces it.
    public func remember(_ memory: Memory) async throws(StoreError) {
        let writing = try writable()
        try await writing.connection.perform("write to") { [writer = writing.writer] session in
            try writer.write(session) { try Self.replace(memory, session) }
        }
    }

    /// Memories of a workspace that match any word of a query, the best first.
    ///
    /// The query is words, not a language: whatever else it holds separates them. Of a long one the first 64 count.
    public func recall(_ query: String, workspace: String, limit: Int) async throws(StoreError) -> [Memory] {
        let match = RecallQuery.match(query)
        guard !match.isEmpty, limit > 0 else { return [] }
        return try await reader.perform("read") { session in
            try session.rows(
                """
                SELECT m.run, m.workspace, m.at, m.title, m.text
                FROM memory_words JOIN memory m ON m.number = memory_words.rowid
                WHERE memory_words MATCH ? AND m.workspace = ?
                ORDER BY bm25(memory_words, 2.0, 1.0), m.number DESC LIMIT ?
                """,
                [.text(match), .text(workspace), .int(limit)]
            ) { row in
                Self.memory(row)
            }
        }
    }

    /// What runs on a workspace committed, the latest first.
    public func memories(
        workspace: String,
        before number: Int?,
        limit: Int
    ) async throws(StoreError) -> [StoredMemory] {
        guard limit > 0 else { return [] }
        return try await reader.perform("read") { session in
            try session.rows(
                """
                SELECT run, workspace, at, title, text, number FROM memory
                WHERE workspace = ? AND number < ? ORDER BY number DESC LIMIT ?
                """,
                [.text(workspace), .int(number ?? .max), .int(limit)]
            ) { row in
                StoredMemory(number: Int(row.int(5)), memory: Self.memory(row))
            }
        }
    }

    private static func memory(_ row: SQLStatement) -> Memory {
        Memory(
            run: RunID(row.text(0)),
            workspace: row.text(1),
            at: Timestamp(microseconds: row.int(2)),
            title: row.text(3),
            text: row.text(4)
        )
    }

    private static func replace(_ memory: Memory, _ session: SQLSession) throws {
        let old = try session.first(
            "SELECT number, title, text FROM memory WHERE run = ? AND title = ?",
            [.text(memory.run.rawValue), .text(memory.title)]
        ) { (number: $0.int(0), title: $0.text(1), text: $0.text(2)) }
        if let old {
            // The index keeps no copy of the text and has to be told what to forget.
            try session.run(
                "INSERT INTO memory_words(memory_words, rowid, title, text) VALUES('delete', ?, ?, ?)",
                .int(old.number),
                .text(old.title),
                .text(old.text)
            )
            try session.run("DELETE FROM memory WHERE number = ?", .int(old.number))
        }
        try session.run(
            "INSERT INTO memory(run, workspace, at, title, text) VALUES(?, ?, ?, ?, ?)",
            .text(memory.run.rawValue),
            .text(memory.workspace),
            .int(memory.at.microseconds),
            .text(memory.title),
            .text(memory.text)
        )
        try session.run(
            "INSERT INTO memory_words(rowid, title, text) VALUES(last_insert_rowid(), ?, ?)",
            .text(memory.title),
            .text(memory.text)
        )
    }
}

/// A person's words as an expression of SQLite's full-text search.
enum RecallQuery {
    /// Each word in quotes, joined by OR; empty where there are none. No character of the text gets out of the
    /// quotes: words hold letters, digits and marks only.
    static func match(_ text: String) -> String {
        RecallWords.of(text, max: RecallWords.queryMax).map { "\"\($0)\"" }.joined(separator: " OR ")
    }
}
