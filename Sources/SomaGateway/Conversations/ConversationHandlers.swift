import HTTPTypes
import SomaCore
import SomaEngine

/// What can be done with conversations.
struct ConversationHandlers: Sendable {
    /// Bytes of a message.
    private static let textBytesMax = 64 << 10

    let services: GatewayServices
    let options: GatewayOptions
    let conversations: ConversationServices
    let streams: StreamClients
    let runs: RunLookup

    /// `POST /v1/conversations`.
    func start(_ exchange: Exchange) async throws(Problem) -> Answer {
        let wanted = try exchange.document(StartConversationDocument.self)
        if let workspace = wanted.workspace, !workspace.isEmpty {
            try WorkspaceCheck.expect(workspace, isHere: options.checksWorkspace)
        }
        if let role = wanted.role {
            let names = await services.roles.roles().map(\.name)
            guard names.contains(role) else {
                throw Problem(
                    422,
                    "role.unknown",
                    "There is no role \(JSON.string(String(role.prefix(60))).text()).",
                    hint: "Roles: \(names.joined(separator: ", "))."
                )
            }
        }
        var generator = SystemRandomNumberGenerator()
        let conversation = Conversation(
            id: .random(using: &generator),
            tenant: wanted.tenant ?? "local",
            subject: wanted.subject ?? "local",
            role: wanted.role,
            workspace: wanted.workspace ?? "",
            limits: try wanted.limits.map(Limits.checked) ?? Limits(),
            startedAt: SystemWallClock().now
        )
        try await asking { () async throws(StoreError) in try await conversations.store.create(conversation) }
        var answer = try Answer(201, ConversationDocument(conversation))
        answer.headers[.location] = "/v1/conversations/\(conversation.id)"
        return answer
    }

    /// `GET /v1/conversations`.
    func list(_ exchange: Exchange) async throws(Problem) -> Answer {
        let limit = try exchange.number("limit", in: 1...500, default: 100)
        let after = exchange.query["after"].map { ConversationID($0) }
        let found = try await asking { () async throws(StoreError) in
            try await conversations.store.conversations(after: after, limit: limit + 1)
        }
        let page = found.prefix(limit).map(ConversationDocument.init)
        return try Answer(
            200,
            ConversationPage(conversations: page, next: found.count > limit ? page.last?.id.rawValue : nil)
        )
    }

    /// `GET /v1/conversations/{id}`.
    func one(_ exchange: Exchange) async throws(Problem) -> Answer {
        try await Answer(200, ConversationDocument(conversation(exchange)))
    }

    /// `POST /v1/conversations/{id}/messages`: the message is durable when this answers; the answer to it comes later.
    func post(_ exchange: Exchange) async throws(Problem) -> Answer {
        let conversation = try await conversation(exchange)
        let text = try exchange.document(PostMessageDocument.self).text
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Problem(400, "message.invalid", "The message is empty.", hint: "Say what is wanted.")
        }
        guard text.utf8.count <= Self.textBytesMax else {
            throw Problem(
                400,
                "message.invalid",
                "The message has \(text.utf8.count) bytes, and \(Self.textBytesMax) are possible.",
                hint: "Put long texts into a file of the workspace and name it in the message."
            )
        }
        let words = Words(text)
        let content = Content(
            id: conversations.hasher.id(of: words, after: nil, subject: conversation.subject),
            subject: conversation.subject,
            words: words
        )
        // A key that the client chose tells its repetition from a new message, whatever was lost in between.
        let own = HTTPField.Name("Idempotency-Key").flatMap { exchange.headers[$0] }
        var generator = SystemRandomNumberGenerator()
        let key = own.map { "own:" + $0 } ?? RunID.random(using: &generator).rawValue
        let message = try await asking { () async throws(StoreError) in
            try await conversations.store.keep(content)
            return try await conversations.store.post(
                content.id,
                key: key,
                at: SystemWallClock().now,
                trace: exchange.trace.onward,
                to: conversation.id
            )
        }
        guard let message else { throw missing(conversation.id.rawValue) }
        await conversations.posted(conversation.id, message)
        conversations.feed.changed(conversation.id)
        return try Answer(202, MessageDocument(message, in: conversation.id, text: text))
    }

    /// `GET /v1/conversations/{id}/messages`.
    func messages(_ exchange: Exchange) async throws(Problem) -> Answer {
        let conversation = try await conversation(exchange)
        let after = try exchange.number("after", in: 0...Int.max, default: 0)
        let limit = try exchange.number("limit", in: 1...500, default: 100)
        let found = try await documents(of: conversation.id, after: after, limit: limit)
        return try Answer(
            200,
            MessagePage(messages: found, next: found.count == limit ? found.last?.number : nil)
        )
    }

    /// `GET /v1/conversations/{id}/stream`: messages from a number on, and those that come.
    func stream(_ exchange: Exchange) async throws(Problem) -> Answer {
        let conversation = try await conversation(exchange)
        var after = try exchange.number("after", in: 0...Int.max, default: 0)
        if let last = HTTPField.Name("Last-Event-ID").flatMap({ exchange.headers[$0] }) {
            guard let number = Int(last), number >= 0 else {
                throw Problem(400, "query.invalid", "Last-Event-ID is no message's number.")
            }
            after = number
        }
        guard let client = streams.add(exchange.channel) else {
            throw Refusals.many("streams.many", "clients follow the stream", seconds: 5)
        }
        let start = after
        var answer = Answer(type: "text/event-stream", bytes: [])
        answer.body = .stream { [streams] writer in
            defer { streams.remove(client) }
            let stream = ConversationStream(
                id: conversation.id,
                feed: conversations.feed,
                client: client,
                page: { try await documents(of: conversation.id, after: $0, limit: 100) }
            )
            try await stream.run(after: start, &writer)
        }
        return answer
    }

    private func documents(of id: ConversationID, after: Int, limit: Int) async throws(Problem)
        -> [MessageDocument]
    {
        let messages = try await asking { () async throws(StoreError) in
            try await conversations.store.messages(of: id, after: after, limit: limit)
        }
        let words = try await runs.words(messages.map(\.words))
        return messages.map { MessageDocument($0, in: id, text: words[$0.words]) }
    }

    private func conversation(_ exchange: Exchange) async throws(Problem) -> Conversation {
        let text = exchange.parameter("id")
        let found = try await asking { () async throws(StoreError) in
            try await conversations.store.conversation(ConversationID(text))
        }
        guard let found else { throw missing(text) }
        return found
    }

    private func missing(_ text: String) -> Problem {
        let shown = text.prefix(20).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return Problem(
            404,
            "conversation.missing",
            "There is no conversation \(shown).",
            hint: "GET /v1/conversations lists them all."
        )
    }

    private func asking<Value: Sendable>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(Problem) -> Value {
        do throws(StoreError) { return try await body() } catch { throw Problem(error) }
    }
}

extension ConversationDocument {
    init(_ conversation: Conversation) {
        self.init(
            id: conversation.id,
            role: conversation.role,
            workspace: conversation.workspace,
            limits: conversation.limits,
            tenant: conversation.tenant,
            subject: conversation.subject,
            startedAt: WireTime(conversation.startedAt)
        )
    }
}

extension MessageDocument {
    init(_ message: Message, in id: ConversationID, text: String?) {
        self.init(
            conversation: id,
            number: message.number,
            author: message.author.rawValue,
            status: message.status.rawValue,
            at: WireTime(message.at),
            text: text,
            run: message.run,
            answers: message.answers
        )
    }
}
