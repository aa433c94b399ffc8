public import SomaCore
public import SomaEngine

extension SQLiteStore: ConversationStore {
    private static let columns = "id, started, settings"
    private static let messageColumns =
        "m.number, m.author, m.status, m.at, m.words, m.run, m.answers, m.trace"
    private static let open = "m.author = 'person' AND m.status <> 'answered'"

    /// Keeps a new conversation; one of that name stays as it is.
    public func create(_ conversation: Conversation) async throws(StoreError) {
        try await changing { session in
            try session.run(
                "INSERT OR IGNORE INTO conversation(\(Self.columns)) VALUES(?, ?, ?)",
                .text(conversation.id.rawValue),
                .int(conversation.startedAt.microseconds),
                .utf8(conversation.settings.bytes())
            )
        }
    }

    /// A conversation; `nil` where there is none of that name.
    public func conversation(_ id: ConversationID) async throws(StoreError) -> Conversation? {
        try await reader.perform("read") { session in
            try session.first(
                "SELECT \(Self.columns) FROM conversation WHERE id = ?",
                [.text(id.rawValue)],
                Self.conversation
            )
        }
    }

    /// Conversations, the latest started first.
    public func conversations(after: ConversationID?, limit: Int) async throws(StoreError) -> [Conversation] {
        try await reader.perform("read") { session in
            try session.rows(
                """
                SELECT \(Self.columns) FROM conversation
                WHERE ?1 IS NULL OR (started, number) < (SELECT started, number FROM conversation WHERE id = ?1)
                ORDER BY started DESC, number DESC LIMIT ?2
                """,
                [after.map { .text($0.rawValue) } ?? .null, .int(max(0, limit))],
                Self.conversation
            )
        }
    }

    /// Adds a message of a person, whose words are kept already.
    public func post(
        _ words: ContentID,
        key: String,
        at: Timestamp,
        trace: TraceContext?,
        to id: ConversationID
    ) async throws(StoreError) -> Message? {
        let message = Message(
            number: 0,
            author: .person,
            status: .waiting,
            at: at,
            words: words,
            trace: trace
        )
        return try await changing { session in
            guard let conversation = try Self.number(of: id, session) else { return nil }
            let known = try session.first(
                "SELECT \(Self.messageColumns) FROM message m WHERE m.conversation = ? AND m.key = ?",
                [.int(conversation), .text(key)],
                Self.message
            )
            return try known ?? Self.add(message, key: key, to: conversation, session)
        }
    }

    /// Messages after a number, in order.
    public func messages(of id: ConversationID, after number: Int, limit: Int) async throws(StoreError)
        -> [Message]
    {
        try await reader.perform("read") { session in
            try session.rows(
                """
                SELECT \(Self.messageColumns) FROM message m JOIN conversation c ON c.number = m.conversation
                WHERE c.id = ? AND m.number > ? ORDER BY m.number LIMIT ?
                """,
                [.text(id.rawValue), .int(number), .int(max(0, limit))],
                Self.message
            )
        }
    }

    /// The message whose turn it is, with at most so many before it.
    public func turn(of id: ConversationID, earlier: Int) async throws(StoreError) -> Turn? {
        try await reader.perform("read") { session in
            try session.reading {
                guard let conversation = try Self.number(of: id, session),
                    let message = try session.first(
                        """
                        SELECT \(Self.messageColumns) FROM message m
                        WHERE m.conversation = ? AND \(Self.open) ORDER BY m.number LIMIT 1
                        """,
                        [.int(conversation)],
                        Self.message
                    )
                else { return nil }
                // What was posted before it is answered; its answers may stand behind it.
                let before = try session.rows(
                    """
                    SELECT \(Self.messageColumns) FROM message m
                    WHERE m.conversation = ? AND coalesce(m.answers, m.number) < ?
                    ORDER BY m.number DESC LIMIT ?
                    """,
                    [.int(conversation), .int(message.number), .int(max(0, earlier))],
                    Self.message
                )
                return Turn(message: message, earlier: before.reversed())
            }
        }
    }

    /// Gives a message its run, unless it has one.
    public func begin(_ message: Int, of id: ConversationID, run: RunID) async throws(StoreError) -> RunID? {
        try await changing { session in
            guard let conversation = try Self.number(of: id, session) else { return nil }
            try session.run(
                """
                UPDATE message AS m SET run = ?, status = 'working'
                WHERE m.conversation = ? AND m.number = ? AND m.run IS NULL AND \(Self.open)
                """,
                .text(run.rawValue),
                .int(conversation),
                .int(message)
            )
            return try session.first(
                "SELECT run FROM message WHERE conversation = ? AND number = ? AND author = 'person'",
                [.int(conversation), .int(message)]
            ) { $0.isNull(0) ? nil : RunID($0.text(0)) } ?? nil
        }
    }

    /// Adds the answer to a message, unless it has one. Its words are kept already.
    public func answer(_ answer: Message, in id: ConversationID) async throws(StoreError) -> Message? {
        guard let number = answer.answers else { return nil }
        return try await changing { session in
            guard let conversation = try Self.number(of: id, session) else { return nil }
            try session.run(
                """
                UPDATE message AS m SET status = 'answered', run = ?
                WHERE m.conversation = ? AND m.number = ? AND \(Self.open)
                """,
                answer.run.map { .text($0.rawValue) } ?? .null,
                .int(conversation),
                .int(number)
            )
            guard try session.number("SELECT changes()") == 1 else { return nil }
            return try Self.add(answer, key: nil, to: conversation, session)
        }
    }

    /// The conversation that a run answers a message of.
    public func conversation(of run: RunID) async throws(StoreError) -> ConversationID? {
        try await reader.perform("read") { session in
            try session.first(
                """
                SELECT c.id FROM message m JOIN conversation c ON c.number = m.conversation
                WHERE m.run = ? AND m.author = 'person'
                """,
                [.text(run.rawValue)]
            ) { ConversationID($0.text(0)) }
        }
    }

    /// Conversations with messages that wait for an answer, the longest waiting first.
    public func unanswered(limit: Int) async throws(StoreError) -> [ConversationID] {
        try await reader.perform("read") { session in
            try session.rows(
                """
                SELECT c.id FROM message m JOIN conversation c ON c.number = m.conversation
                WHERE \(Self.open) GROUP BY c.number ORDER BY min(m.at), c.id LIMIT ?
                """,
                [.int(max(0, limit))]
            ) { ConversationID($0.text(0)) }
        }
    }

    // MARK: - Rows

    private func changing<Value: Sendable>(
        _ body: @escaping @Sendable (SQLSession) throws -> Value
    ) async throws(StoreError) -> Value {
        let writing = try writable()
        return try await writing.connection.perform("write to") { [writer = writing.writer] session in
            try writer.write(session) { try body(session) }
        }
    }

    private static func number(of id: ConversationID, _ session: SQLSession) throws -> Int64? {
        try session.first("SELECT number FROM conversation WHERE id = ?", [.text(id.rawValue)]) { $0.int(0) }
    }

    private static func add(
        _ message: Message,
        key: String?,
        to conversation: Int64,
        _ session: SQLSession
    ) throws -> Message {
        var message = message
        message.number = Int(
            try session.number(
                "SELECT coalesce(max(number), 0) + 1 FROM message WHERE conversation = ?",
                .int(conversation)
            )
        )
        try session.run(
            """
            INSERT INTO message(conversation, number, author, status, at, words, run, answers, key, trace)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .int(conversation),
            .int(message.number),
            .text(message.author.rawValue),
            .text(message.status.rawValue),
            .int(message.at.microseconds),
            .blob(message.words.bytes),
            message.run.map { .text($0.rawValue) } ?? .null,
            message.answers.map(SQLValue.int) ?? .null,
            key.map(SQLValue.text) ?? .null,
            message.trace.map { .text($0.record) } ?? .null
        )
        return message
    }

    private static func conversation(_ row: SQLStatement) -> Conversation {
        Conversation(
            id: ConversationID(row.text(0)),
            startedAt: Timestamp(microseconds: row.int(1)),
            settings: (try? JSON.parse(row.bytes(2))) ?? .null
        )
    }

    private static func message(_ row: SQLStatement) -> Message {
        Message(
            number: Int(row.int(0)),
            author: Message.Author(rawValue: row.text(1)) ?? .person,
            status: Message.Status(rawValue: row.text(2)) ?? .waiting,
            at: Timestamp(microseconds: row.int(3)),
            words: row.bytes(4).withUnsafeBytes { ContentID(hash: $0) },
            run: row.isNull(5) ? nil : RunID(row.text(5)),
            answers: row.isNull(6) ? nil : Int(row.int(6)),
            trace: row.isNull(7) ? nil : TraceContext(record: row.text(7))
        )
    }
}
