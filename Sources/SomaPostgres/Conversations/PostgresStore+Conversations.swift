package import SomaCore
package import SomaEngine

extension PostgresStore: ConversationStore {
    private static let columns = "c.id, c.started, c.settings"
    private static let messageColumns =
        "m.number, m.author, m.status, m.at, m.words, m.run, m.answers, m.trace"
    private static let open = "m.author = 'person' AND m.status <> 'answered'"

    /// Keeps a new conversation; one of that name stays as it is.
    package func create(_ conversation: Conversation) async throws(StoreError) {
        try await asking("write to") { () async throws(PostgresError) in
            _ = try await pool.query(
                "INSERT INTO soma.conversation(id, started, settings) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                [
                    .text(conversation.id.rawValue), .int8(conversation.startedAt.microseconds),
                    .bytea(conversation.settings.bytes()),
                ]
            )
        }
    }

    /// A conversation; `nil` where there is none of that name.
    package func conversation(_ id: ConversationID) async throws(StoreError) -> Conversation? {
        guard id.isStorable else { return nil }
        return try await asking("read") { () async throws(PostgresError) in
            try await pool.query(
                "SELECT \(Self.columns) FROM soma.conversation c WHERE c.id = $1",
                [.text(id.rawValue)]
            ).first.map(Conversation.init(row:))
        }
    }

    /// Conversations, the latest started first.
    package func conversations(after: ConversationID?, limit: Int) async throws(StoreError)
        -> [Conversation]
    {
        guard after?.isStorable ?? true else { return [] }
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT \(Self.columns) FROM soma.conversation c
                WHERE $1::text IS NULL
                  OR (c.started, c.number) < (SELECT o.started, o.number FROM soma.conversation o WHERE o.id = $1)
                ORDER BY c.started DESC, c.number DESC LIMIT $2
                """,
                [after.map { .text($0.rawValue) } ?? .null, .int8(Int64(max(0, limit)))]
            )
            return try rows.map(Conversation.init(row:))
        }
    }

    /// Adds a message of a person, whose words are kept already.
    package func post(
        _ words: ContentID,
        key: String,
        at: Timestamp,
        trace: TraceContext?,
        to id: ConversationID
    ) async throws(StoreError) -> Message? {
        guard id.isStorable else { return nil }
        let values: [PostgresValue] = [
            .text(id.rawValue), .bytea(Array(key.utf8)), .int8(at.microseconds), .bytea(words.bytes),
            trace.map { .text($0.record) } ?? .null,
        ]
        return try await asking("write to") { () async throws(PostgresError) in
            // Whoever adds the same at the same time waits for the conversation's row and may then find that the key
            // is taken; the second look finds what is there.
            do throws(PostgresError) {
                return try await post(values)
            } catch  where error.sqlState == "23505" {
                return try await post(values)
            }
        }
    }

    private func post(_ values: [PostgresValue]) async throws(PostgresError) -> Message? {
        try await pool.query(
            """
            WITH known AS (
              SELECT \(Self.messageColumns) FROM soma.message m JOIN soma.conversation c ON c.number = m.conversation
              WHERE c.id = $1 AND m.key = $2
            ), place AS (
              UPDATE soma.conversation SET last = last + 1
              WHERE id = $1 AND NOT EXISTS (SELECT FROM known) RETURNING number, last
            ), new AS (
              INSERT INTO soma.message AS m (conversation, number, author, status, at, words, key, trace)
              SELECT number, last, 'person', 'waiting', $3, $4, $2, $5 FROM place RETURNING \(Self.messageColumns)
            )
            SELECT * FROM known UNION ALL SELECT * FROM new
            """,
            values
        ).first.map(Message.init(row:))
    }

    /// Messages after a number, in order.
    package func messages(of id: ConversationID, after number: Int, limit: Int) async throws(StoreError)
        -> [Message]
    {
        guard id.isStorable else { return [] }
        return try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT \(Self.messageColumns) FROM soma.message m
                JOIN soma.conversation c ON c.number = m.conversation
                WHERE c.id = $1 AND m.number > $2 ORDER BY m.number LIMIT $3
                """,
                [.text(id.rawValue), .int8(Int64(number)), .int8(Int64(max(0, limit)))]
            )
            return try rows.map(Message.init(row:))
        }
    }

    /// The message whose turn it is, with at most so many before it.
    package func turn(of id: ConversationID, earlier: Int) async throws(StoreError) -> Turn? {
        guard id.isStorable else { return nil }
        return try await asking("read") { () async throws(PostgresError) in
            // The turn first, then what was posted before it and is answered; answers may stand behind it.
            let rows = try await pool.query(
                """
                WITH turn AS (
                  SELECT m.conversation, m.number FROM soma.message m
                  JOIN soma.conversation c ON c.number = m.conversation
                  WHERE c.id = $1 AND \(Self.open) ORDER BY m.number LIMIT 1
                ), earlier AS (
                  SELECT m.conversation, m.number FROM soma.message m JOIN turn t USING (conversation)
                  WHERE coalesce(m.answers, m.number) < t.number ORDER BY m.number DESC LIMIT $2
                )
                SELECT \(Self.messageColumns) FROM soma.message m
                JOIN (SELECT *, true AS is_turn FROM turn UNION ALL SELECT *, false FROM earlier) f
                  USING (conversation, number)
                ORDER BY f.is_turn DESC, m.number
                """,
                [.text(id.rawValue), .int8(Int64(max(0, earlier)))]
            )
            let messages = try rows.map(Message.init(row:))
            return messages.first.map { Turn(message: $0, earlier: Array(messages.dropFirst())) }
        }
    }

    /// Gives a message its run, unless it has one.
    package func begin(_ message: Int, of id: ConversationID, run: RunID) async throws(StoreError) -> RunID? {
        guard id.isStorable, run.isStorable else { return nil }
        let which = """
            m.conversation = (SELECT number FROM soma.conversation WHERE id = $1) AND m.number = $2
              AND m.author = 'person'
            """
        let named: [PostgresValue] = [.text(id.rawValue), .int8(Int64(message))]
        return try await asking("write to") { () async throws(PostgresError) in
            // The second statement sees what somebody else has committed while the first waited.
            let results = try await pool.pipeline([
                PostgresStatement(
                    """
                    UPDATE soma.message m SET run = $3, status = 'working'
                    WHERE \(which) AND m.run IS NULL AND m.status = 'waiting'
                    """,
                    named + [.text(run.rawValue)]
                ),
                PostgresStatement("SELECT m.run FROM soma.message m WHERE \(which)", named),
            ])
            return try results[1].first?.textOrNil(0).map(RunID.init)
        }
    }

    /// Adds the answer to a message, unless it has one. Its words are kept already.
    package func answer(_ answer: Message, in id: ConversationID) async throws(StoreError) -> Message? {
        guard let number = answer.answers, id.isStorable else { return nil }
        let values: [PostgresValue] = [
            .text(id.rawValue), .int8(Int64(number)), .text(answer.status.rawValue),
            .int8(answer.at.microseconds), .bytea(answer.words.bytes),
            answer.run.map { .text($0.rawValue) } ?? .null,
        ]
        return try await asking("write to") { () async throws(PostgresError) in
            try await pool.query(
                """
                WITH done AS (
                  UPDATE soma.message m SET status = 'answered', run = $6 FROM soma.conversation c
                  WHERE c.id = $1 AND m.conversation = c.number AND m.number = $2 AND \(Self.open)
                  RETURNING c.number
                ), place AS (
                  UPDATE soma.conversation c SET last = last + 1 FROM done WHERE c.number = done.number
                  RETURNING c.number, c.last
                )
                INSERT INTO soma.message AS m (conversation, number, author, status, at, words, run, answers)
                SELECT number, last, 'agent', $3, $4, $5, $6, $2 FROM place RETURNING \(Self.messageColumns)
                """,
                values
            ).first.map(Message.init(row:))
        }
    }

    /// The conversation that a run answers a message of.
    package func conversation(of run: RunID) async throws(StoreError) -> ConversationID? {
        guard run.isStorable else { return nil }
        return try await asking("read") { () async throws(PostgresError) in
            try await pool.query(
                """
                SELECT c.id FROM soma.message m JOIN soma.conversation c ON c.number = m.conversation
                WHERE m.run = $1 AND m.author = 'person'
                """,
                [.text(run.rawValue)]
            ).first?.text(0)
        }.map(ConversationID.init)
    }

    /// Conversations with messages that wait for an answer, the longest waiting first.
    package func unanswered(limit: Int) async throws(StoreError) -> [ConversationID] {
        try await asking("read") { () async throws(PostgresError) in
            let rows = try await pool.query(
                """
                SELECT c.id FROM soma.message m JOIN soma.conversation c ON c.number = m.conversation
                WHERE \(Self.open) GROUP BY c.number ORDER BY min(m.at), c.id LIMIT $1
                """,
                [.int8(Int64(max(0, limit)))]
            )
            return try rows.map { row throws(PostgresError) in ConversationID(try row.text(0)) }
        }
    }
}

extension ConversationID {
    /// Postgres has no NUL in a text.
    fileprivate var isStorable: Bool { !rawValue.utf8.contains(0) }
}

extension Conversation {
    fileprivate init(row: PostgresRow) throws(PostgresError) {
        self.init(
            id: ConversationID(try row.text(0)),
            startedAt: Timestamp(microseconds: try row.int8(1)),
            settings: (try? JSON.parse(row.bytea(2))) ?? .null
        )
    }
}

extension Message {
    fileprivate init(row: PostgresRow) throws(PostgresError) {
        self.init(
            number: Int(try row.int8(0)),
            author: Author(rawValue: try row.text(1)) ?? .person,
            status: Status(rawValue: try row.text(2)) ?? .waiting,
            at: Timestamp(microseconds: try row.int8(3)),
            words: try row.bytea(4).withUnsafeBytes { ContentID(hash: $0) },
            run: try row.textOrNil(5).map(RunID.init),
            answers: try row.int8OrNil(6).map { Int($0) },
            trace: try row.textOrNil(7).flatMap { TraceContext(record: $0) }
        )
    }
}
