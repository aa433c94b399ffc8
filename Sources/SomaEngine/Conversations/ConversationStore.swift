public import SomaCore

/// Holds conversations. What it says is durable when it returns; methods may be called from any task.
///
/// Several workers may work on one conversation at a time: a message gets one run and one answer, whoever is first.
public protocol ConversationStore: Sendable {
    /// Keeps a new conversation; one of that name stays as it is.
    func create(_ conversation: Conversation) async throws(StoreError)

    /// A conversation; `nil` where there is none of that name.
    func conversation(_ id: ConversationID) async throws(StoreError) -> Conversation?

    /// Conversations, the latest started first.
    ///
    /// - Parameter after: Only conversations older than this one, by start.
    func conversations(after: ConversationID?, limit: Int) async throws(StoreError) -> [Conversation]

    /// Adds a message of a person, whose words are kept already.
    ///
    /// - Parameters:
    ///   - key: Tells the message from others of the conversation: what was added under it before is given again.
    ///   - trace: Where in a trace whoever sends it stands.
    /// - Returns: The message as it is kept; `nil` where there is no such conversation.
    func post(_ words: ContentID, key: String, at: Timestamp, trace: TraceContext?, to id: ConversationID)
        async throws(StoreError) -> Message?

    /// Messages after a number, in order.
    func messages(of id: ConversationID, after number: Int, limit: Int) async throws(StoreError) -> [Message]

    /// The message whose turn it is, with at most so many before it; `nil` where all are answered.
    func turn(of id: ConversationID, earlier: Int) async throws(StoreError) -> Turn?

    /// Gives a message its run, unless it has one.
    ///
    /// - Returns: The run that it has now; `nil` where there is no such message of a person.
    func begin(_ message: Int, of id: ConversationID, run: RunID) async throws(StoreError) -> RunID?

    /// Adds the answer to a message, unless it has one. Its words are kept already. The message's run is that of the
    /// answer from then on: none where none could be started.
    ///
    /// - Parameter answer: The answer; its number is the store's to give.
    /// - Returns: The answer as it is kept; `nil` where the message had one already, or there is no such message.
    func answer(_ answer: Message, in id: ConversationID) async throws(StoreError) -> Message?

    /// The conversation that a run answers a message of.
    func conversation(of run: RunID) async throws(StoreError) -> ConversationID?

    /// Conversations with messages that wait for an answer, the longest waiting first.
    func unanswered(limit: Int) async throws(StoreError) -> [ConversationID]
}

extension ConversationStore {
    /// Adds a message of a person that is in nobody's trace.
    public func post(_ words: ContentID, key: String, at: Timestamp, to id: ConversationID)
        async throws(StoreError) -> Message?
    { try await post(words, key: key, at: at, trace: nil, to: id) }
}

extension EventStore {
    /// Keeps words that no transition brings.
    public func keep(_ words: Content) async throws(StoreError) {
        let group = CommitGroup(run: RunID(""), transitions: [], content: [words], snapshots: [])
        _ = try await append([group])
    }
}
