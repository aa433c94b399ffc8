/// Why the gateway can't listen.
package struct GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing is wrong.
    package enum Kind: Sendable {
        /// Somebody answers there already.
        case inUse
        /// The place is not safe to listen at.
        case unsafe
        /// The place can't be listened at.
        case unusable
    }

    /// What kind of thing.
    package let kind: Kind
    /// What failed, on what.
    package let summary: String
    /// What to do.
    package let hint: String

    init(_ kind: Kind, _ summary: String, hint: String) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
    }

    /// The summary and the hint.
    package var description: String { "\(summary) \(hint)" }
}
