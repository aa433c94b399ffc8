public import SomaCore

/// Messages between a person and an agent, in order: what each message of the person starts is a run.
public struct Conversation: Sendable, Hashable {
    /// Its name.
    public var id: ConversationID
    /// The customer or team.
    public var tenant: String
    /// The person whose data the words are.
    public var subject: String
    /// The role that answers; `nil` lets each message decide.
    public var role: String?
    /// The folder that its runs work on.
    public var workspace: String
    /// The most that each of its runs may use.
    public var limits: Limits
    /// When it began.
    public var startedAt: Timestamp

    /// Creates a conversation without messages.
    public init(
        id: ConversationID,
        tenant: String = "local",
        subject: String = "local",
        role: String? = nil,
        workspace: String = "",
        limits: Limits = Limits(),
        startedAt: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.subject = subject
        self.role = role
        self.workspace = workspace
        self.limits = limits
        self.startedAt = startedAt
    }
}

extension Conversation {
    /// What a store keeps beside its name and its start.
    package var settings: JSON {
        var object: JSONObject = ["tenant": .string(tenant), "subject": .string(subject)]
        if let role { object["role"] = .string(role) }
        if !workspace.isEmpty { object["workspace"] = .string(workspace) }
        if limits != Limits() { object["limits"] = limits.record }
        return .object(object)
    }

    /// Reads what `settings` wrote.
    package init(id: ConversationID, startedAt: Timestamp, settings: JSON) {
        self.init(
            id: id,
            tenant: settings["tenant"]?.string ?? "local",
            subject: settings["subject"]?.string ?? "local",
            role: settings["role"]?.string,
            workspace: settings["workspace"]?.string ?? "",
            limits: settings["limits"]?.object.map { Limits($0) } ?? Limits(),
            startedAt: startedAt
        )
    }
}

/// One message of a conversation.
public struct Message: Sendable, Hashable {
    /// Who wrote it.
    public enum Author: String, Sendable, Hashable, Codable {
        /// A person, or a program in a person's name.
        case person
        /// A run.
        case agent
    }

    /// What became of it.
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        /// A person's: nothing was done about it yet.
        case waiting
        /// A person's: its run has begun.
        case working
        /// A person's: an answer to it follows.
        case answered
        /// An agent's: its run reached the goal.
        case completed
        /// An agent's: its run failed.
        case failed
        /// An agent's: its run was cancelled.
        case cancelled
        /// An agent's: no run was started, and the words say why.
        case refused
    }

    /// Its place in the conversation, from 1 without gaps.
    public var number: Int
    /// Who wrote it.
    public var author: Author
    /// What became of it.
    public var status: Status
    /// When it was written.
    public var at: Timestamp
    /// The words.
    public var words: ContentID
    /// The run that answers it, or that it is the outcome of.
    public var run: RunID?
    /// An agent's: which message it answers.
    public var answers: Int?
    /// A person's: where in a trace whoever sent it stood, for the run that answers it; `nil` where nobody said it.
    public var trace: TraceContext?

    /// Creates a message.
    public init(
        number: Int,
        author: Author,
        status: Status,
        at: Timestamp,
        words: ContentID,
        run: RunID? = nil,
        answers: Int? = nil,
        trace: TraceContext? = nil
    ) {
        self.number = number
        self.author = author
        self.status = status
        self.at = at
        self.words = words
        self.run = run
        self.answers = answers
        self.trace = trace
    }
}

/// The message whose turn it is: the first of a person that has no answer yet.
public struct Turn: Sendable, Hashable {
    /// The message.
    public var message: Message
    /// The messages that it goes on from, in order: those of earlier turns, the latest last.
    public var earlier: [Message]

    /// Creates a turn.
    public init(message: Message, earlier: [Message]) {
        self.message = message
        self.earlier = earlier
    }
}
