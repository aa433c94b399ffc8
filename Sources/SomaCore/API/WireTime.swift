/// A moment in an API document: RFC 3339 text.
package struct WireTime: Sendable, Hashable, Codable {
    /// The moment.
    package let timestamp: Timestamp

    /// Creates a moment.
    package init(_ timestamp: Timestamp) { self.timestamp = timestamp }

    /// Reads RFC 3339 text.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a time is RFC 3339 text")
        }
        self.timestamp = timestamp
    }

    /// Writes RFC 3339 text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(timestamp.description)
    }
}
