/// What `POST /v1/conversations` takes.
package struct StartConversationDocument: Sendable, Hashable, Codable {
    /// The role that answers; absent lets each message decide.
    package var role: String?
    /// The folder that its runs work on, absolute.
    package var workspace: String?
    /// The most that each of its runs may use.
    package var limits: Limits?
    /// The customer or team.
    package var tenant: String?
    /// The person whose data the words are.
    package var subject: String?

    /// Creates a request.
    package init(role: String? = nil, workspace: String? = nil, limits: Limits? = nil) {
        self.role = role
        self.workspace = workspace
        self.limits = limits
    }
}

/// A conversation.
package struct ConversationDocument: Sendable, Hashable, Codable, Identifiable {
    /// Its name.
    package var id: ConversationID
    /// The role that answers.
    package var role: String?
    /// The folder that its runs work on.
    package var workspace: String
    /// The most that each of its runs may use.
    package var limits: Limits
    /// The customer or team.
    package var tenant: String
    /// The person whose data the words are.
    package var subject: String
    /// When it began.
    package var startedAt: WireTime

    /// Creates a document.
    package init(
        id: ConversationID,
        role: String?,
        workspace: String,
        limits: Limits,
        tenant: String,
        subject: String,
        startedAt: WireTime
    ) {
        self.id = id
        self.role = role
        self.workspace = workspace
        self.limits = limits
        self.tenant = tenant
        self.subject = subject
        self.startedAt = startedAt
    }
}

/// One page of `GET /v1/conversations`.
package struct ConversationPage: Sendable, Hashable, Codable {
    /// The conversations, the latest started first.
    package var conversations: [ConversationDocument]
    /// What `after` takes for the next page; absent on the last one.
    package var next: String?

    /// Creates a page.
    package init(conversations: [ConversationDocument], next: String?) {
        self.conversations = conversations
        self.next = next
    }
}

/// What `POST /v1/conversations/{id}/messages` takes.
package struct PostMessageDocument: Sendable, Hashable, Codable {
    /// What the person says.
    package var text: String

    /// Creates a message.
    package init(text: String) { self.text = text }
}

/// A message of a conversation.
package struct MessageDocument: Sendable, Hashable, Codable {
    /// The conversation.
    package var conversation: ConversationID
    /// Its place there, from 1 without gaps.
    package var number: Int
    /// Who wrote it: `person` or `agent`.
    package var author: String
    /// What became of it: of a person's `waiting`, `working`, `answered`; of an agent's `completed`, `failed`,
    /// `cancelled`, `refused`.
    package var status: String
    /// When it was written.
    package var at: WireTime
    /// What it says; absent where the words are gone.
    package var text: String?
    /// The run that answers it, or that it is the outcome of.
    package var run: RunID?
    /// Which message it answers.
    package var answers: Int?

    /// Creates a document.
    package init(
        conversation: ConversationID,
        number: Int,
        author: String,
        status: String,
        at: WireTime,
        text: String?,
        run: RunID?,
        answers: Int?
    ) {
        self.conversation = conversation
        self.number = number
        self.author = author
        self.status = status
        self.at = at
        self.text = text
        self.run = run
        self.answers = answers
    }
}

/// One page of `GET /v1/conversations/{id}/messages`.
package struct MessagePage: Sendable, Hashable, Codable {
    /// The messages, in order.
    package var messages: [MessageDocument]
    /// What `after` takes for the next page; absent on the last one.
    package var next: Int?

    /// Creates a page.
    package init(messages: [MessageDocument], next: Int?) {
        self.messages = messages
        self.next = next
    }
}
