package import SomaCore
package import SomaEngine

/// What the gateway needs for conversations.
package struct ConversationServices: Sendable {
    /// Holds them.
    package var store: any EventStore & ConversationStore
    /// Names their words.
    package var hasher: any ContentHasher
    /// Tells whoever follows a conversation that there is more of it.
    package var feed: ConversationFeed
    /// Tells a worker of a message that is durable.
    package var posted: @Sendable (ConversationID, Message) async -> Void

    /// Creates services.
    package init(
        store: any EventStore & ConversationStore,
        hasher: any ContentHasher,
        feed: ConversationFeed,
        posted: @escaping @Sendable (ConversationID, Message) async -> Void
    ) {
        self.store = store
        self.hasher = hasher
        self.feed = feed
        self.posted = posted
    }
}
