package import SomaEngine

extension PostgresStore {
    /// Appends groups in one transaction, durable when it returns, in one round trip that others' groups share.
    ///
    /// The wire forms are made on the caller's thread, so that two calls that overlap use both cores.
    ///
    /// - Throws: `.conflict` where a transition is not its run's next one, or the run is another replica's by now;
    ///   `.full` where the server has no room. Nothing is written then. After any other error it may have been.
    package func append(_ groups: [CommitGroup]) async throws(StoreError) -> [StoredTransition] {
        try await append(groups, in: CommitTurn()) ?? []
    }

    /// Appends groups as `append` does, but never before the commit that is to be written before them: they wait in the
    /// server's form, and go as soon as that one is durable.
    package func append(
        _ groups: [CommitGroup],
        in turn: CommitTurn
    ) async throws(StoreError) -> [StoredTransition]? {
        let request = try AppendRequest(
            groups,
            book: book,
            options: options,
            address: address
        )
        guard !request.isEmpty else {
            guard turn.hasCome else { return nil }
            turn.pass()
            return []
        }
        guard let first = try await appends.append(request, in: turn) else { return nil }
        if options.use.isShared { news.ring(.log) }
        return request.batch.rows.enumerated().map { index, row in
            StoredTransition(
                position: Position(first + Int64(index)),
                transition: row.transition,
                bytes: row.bytes
            )
        }
    }

    /// The thread that brings appends to the server: a task on it spares a lone run two changes of threads.
    package var appender: (any TaskExecutor)? { pool.executor }

    /// Answers of POST requests by their idempotency key: puts `answer` where none is, and gives what is there.
    ///
    /// The newest 10,000 are kept.
    package func idempotent(key: String, answer: [UInt8]?) async throws(StoreError) -> [UInt8]? {
        let key = PostgresValue.bytea(Array(key.utf8))
        let read = PostgresStatement(
            "SELECT answer FROM soma.idempotency WHERE sha256(key) = sha256($1)",
            [key]
        )
        guard let answer else {
            return try await asking("read") { () async throws(PostgresError) in
                try await pool.query(read).first?.bytea(0)
            }
        }
        // Each statement sees what was committed before it, so the answer is the first one's, whoever gave it.
        return try await asking("write to") { () async throws(PostgresError) in
            let results = try await pool.pipeline([
                PostgresStatement(
                    """
                    INSERT INTO soma.idempotency(key, answer) VALUES($1, $2)
                    ON CONFLICT (sha256(key)) DO NOTHING RETURNING number
                    """,
                    [key, .bytea(answer)]
                ),
                read,
                PostgresStatement(
                    "DELETE FROM soma.idempotency WHERE number <= (SELECT max(number) FROM soma.idempotency) - 10000"
                ),
            ])
            return try results[1].first?.bytea(0)
        }
    }
}
