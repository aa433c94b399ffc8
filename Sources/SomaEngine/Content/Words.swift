public import SomaCore

/// Words as they are stored: UTF-8 text, JSON text, or any bytes.
public struct Words: Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Creates words from bytes.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Creates words from a text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Creates words from a JSON value, in one line.
    public init(json: JSON) { bytes = json.bytes() }

    /// The text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The JSON value, or `nil` where the bytes are none.
    public var json: JSON? { try? JSON.parse(bytes) }
}

/// Words with the name that they are stored under.
public struct Content: Sendable, Hashable {
    /// The name.
    public let id: ContentID
    /// The person whose words they are.
    public let subject: String
    /// The words.
    public let words: Words

    /// Creates content.
    public init(id: ContentID, subject: String, words: Words) {
        self.id = id
        self.subject = subject
        self.words = words
    }
}

/// Names words by a keyed hash, so that the same words of the same person are stored once.
public protocol ContentHasher: Sendable {
    /// The name of words that follow `previous` in a conversation; `nil` where they stand alone.
    func id(of words: Words, after previous: ContentID?, subject: String) -> ContentID
}
