public import SomaCore

/// What a run is told of the conversation that it belongs to.
public struct ConversationContext: Sendable, Hashable {
    /// The conversation.
    public var id: ConversationID
    /// The message that the run answers.
    public var message: Int
    /// What was said before, in order.
    public var earlier: [Said]

    /// What somebody said.
    public struct Said: Sendable, Hashable {
        /// Who.
        public var author: Message.Author
        /// What.
        public var words: Words
    }

    /// Creates a context.
    public init(id: ConversationID, message: Int, earlier: [(Message.Author, Words)] = []) {
        self.id = id
        self.message = message
        self.earlier = earlier.map { Said(author: $0.0, words: $0.1) }
    }
}
