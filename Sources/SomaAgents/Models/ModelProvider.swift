import SomaCore

/// Something that answers as a model does.
package protocol ModelProvider: Sendable {
    /// What it is called in metrics and records: the host that is asked, say.
    var name: String { get }

    /// Asks for one answer. Cancelling the task ends it.
    ///
    /// - Parameter onDelta: Takes text as it comes, to be shown; it is not kept.
    /// - Throws: `ModelError`.
    func complete(
        _ call: ModelCall,
        onDelta: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ModelReply
}

/// Why a model did not answer.
package struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing is wrong.
    package enum Kind: String, Sendable, Hashable {
        /// No model is configured.
        case missing
        /// The provider can't be reached, or the connection broke.
        case unreachable
        /// It took too long.
        case timedOut
        /// The key is missing, wrong, or may not use the model.
        case denied
        /// Too many requests, or the account's quota is used up.
        case limited
        /// The provider does not accept the request: unknown model, too long, malformed.
        case invalidRequest
        /// The provider failed.
        case failed
        /// What it sent is not what the protocol says.
        case garbled
        /// The call was cancelled.
        case cancelled
    }

    package let kind: Kind
    /// What failed, on what.
    package let message: String
    /// What to do.
    package let hint: String
    /// Whether another try may end better.
    package let isRetryable: Bool
    /// How long the provider asks to wait before that.
    package var retryAfter: Duration?
    /// What had arrived of an answer that broke off: the provider charges for it.
    package var received: ModelReply?

    package init(_ kind: Kind, _ message: String, hint: String = "", isRetryable: Bool = false) {
        self.kind = kind
        self.message = message
        self.hint = hint
        self.isRetryable = isRetryable
    }

    package var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}
