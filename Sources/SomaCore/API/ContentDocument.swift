/// What `GET /v1/content?ids=` answers.
package struct ContentDocument: Sendable, Hashable, Codable {
    /// How many names one request may have.
    package static let idsMax = 500

    /// The words that are there.
    package var words: [Item]
    /// The names that are not.
    package var missing: [ContentID]

    /// Words and their name: as text where they are UTF-8, else as base 64.
    package struct Item: Sendable, Hashable, Codable {
        /// The name.
        package var id: ContentID
        /// The words.
        package var text: String?
        /// The bytes, where they are no UTF-8.
        package var base64: String?

        /// Creates an item.
        package init(id: ContentID, bytes: [UInt8]) {
            self.id = id
            if let text = String(validating: bytes, as: UTF8.self) {
                self.text = text
            } else {
                base64 = Base64.encode(bytes)
            }
        }

        /// The bytes.
        package var bytes: [UInt8] {
            if let text { return Array(text.utf8) }
            return base64.flatMap(Base64.decode) ?? []
        }
    }

    /// Creates an answer.
    package init(words: [Item], missing: [ContentID]) {
        self.words = words
        self.missing = missing
    }
}
