public import SomaEngine

extension SQLiteStore {
    /// Appends groups in one transaction, durable when it returns.
    ///
    /// The wire forms are made on the caller's thread, so that two calls that overlap use both cores.
    ///
    /// - Throws: `.conflict` where a transition is not its run's next one; `.full` where there is no room
    ///   (nothing is written, later calls work when there is room) or has failed (no later call writes).
    public func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        // A turn that nobody is before has come.
        try await append(groups, in: CommitTurn()) ?? []
    }

    /// Appends groups as `append` does, but never before the commit that is to be written before them.
    ///
    /// - Returns: The place of each transition; `nil` where the turn hadn't come: nothing was written.
    public func append(_ groups: [CommitGroup], in turn: CommitTurn) async throws(StoreError)
        -> [StoredTransition]?
    {
        let writing = try writable()
        let batch = CommitBatch(groups)
        guard !batch.rows.isEmpty || !batch.content.isEmpty else { return [] }
        let first = try await writing.connection.perform("write to") {
            [writer = writing.writer] session -> Int64? in
            // On the only thread that writes: what comes next is seen here after this is durable.
            guard turn.hasCome else { return nil }
            let first = try writer.write(batch, in: session)
            turn.pass()
            return first
        }
        guard let first else { return nil }
        writing.checkpointer.startIfDue()
        return batch.rows.enumerated().map { index, row in
            StoredTransition(
                position: Position(first + Int64(index)),
                transition: row.transition,
                bytes: row.bytes
            )
        }
    }

    /// Answers of POST requests by their idempotency key: puts `answer` where none is, and gives what is there.
    ///
    /// The newest 10,000 are kept.
    public func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? {
        guard let answer else {
            return try await reader.perform("read") { try Self.answer(of: key, $0) }
        }
        let writing = try writable()
        return try await writing.connection.perform("write to") { [writer = writing.writer] session in
            try writer.write(session) {
                if let old = try Self.answer(of: key, session) { return old }
                try session.run(
                    "INSERT INTO idempotency(key, answer) VALUES(?, ?)",
                    .text(key),
                    .blob(answer)
                )
                try session.run(
                    "DELETE FROM idempotency WHERE number <= (SELECT max(number) FROM idempotency) - 10000"
                )
                return answer
            }
        }
    }

    private static func answer(of key: String, _ session: SQLSession) throws -> [UInt8]? {
        try session.first("SELECT answer FROM idempotency WHERE key = ?", [.text(key)]) { $0.bytes(0) }
    }

    /// Why the store takes no more writes; `nil` while all is well. The daemon ends when there is a reason.
    public var failure: StoreError? { writing?.writer.failure }
}
