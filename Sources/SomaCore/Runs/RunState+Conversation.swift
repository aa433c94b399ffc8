extension RunState {
    /// Under which key of a run's document its conversation is kept: `id`, `message`, and `earlier`, pairs of who said
    /// something and the name of the words.
    public static let conversationKey = "conversation"

    /// The conversation that the run answers a message of.
    public var conversation: ConversationID? {
        document[RunState.conversationKey]?["id"]?.string.map(ConversationID.init)
    }

    /// What was said in it before, in order.
    public var saidBefore: [(author: String, words: ContentID)] {
        (document[RunState.conversationKey]?["earlier"]?.array ?? []).compactMap { said in
            guard let author = said[0]?.string, let words = said[1]?.string.flatMap({ ContentID($0) }) else {
                return nil
            }
            return (author, words)
        }
    }
}
