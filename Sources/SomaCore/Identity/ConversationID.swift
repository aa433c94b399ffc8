/// The name of a conversation: made as a run's is.
public struct ConversationID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The characters.
    public let rawValue: String

    /// Adopts a name from a record. Any text is accepted: what a record says is shown, not judged.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Makes a new name.
    public static func random(using generator: inout some RandomNumberGenerator) -> ConversationID {
        ConversationID(RunID.random(using: &generator).rawValue)
    }

    /// The characters.
    public var description: String { rawValue }

    /// Compares the characters.
    public static func < (left: ConversationID, right: ConversationID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Reads the characters.
    public init(from decoder: any Decoder) throws { rawValue = try String(from: decoder) }

    /// Writes the characters.
    public func encode(to encoder: any Encoder) throws { try rawValue.encode(to: encoder) }
}
