public import SomaEngine

/// How the last process left the runs.
extension SQLiteStore {
    /// Notes that whoever works on the runs here has let them go in order. What is appended later makes it void.
    public func leaveInOrder() async throws(StoreError) {
        let writing = try writable()
        try await writing.connection.perform("write to") { [writer = writing.writer] session in
            // The head first: the writer is held while it writes.
            let head = writer.head.rawValue
            try writer.write(session) {
                try session.run("INSERT OR REPLACE INTO meta VALUES(?, ?)", .text(Self.leftAt), .int(head))
            }
        }
    }

    /// Whether `leaveInOrder` was the last that happened to the log.
    public func wasLeftInOrder() async throws(StoreError) -> Bool {
        let head = try await head().rawValue
        return try await reader.perform("read") { session in
            try session.first("SELECT value FROM meta WHERE key = ?", [.text(Self.leftAt)]) { $0.int(0) }
                == head
        }
    }

    /// Holds where the log ended then.
    private static let leftAt = "left_at"
}
