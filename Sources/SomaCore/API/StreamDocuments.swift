/// The data of an `output` event of the stream: output of an effect under way, shown as it comes, never kept.
package struct OutputDocument: Sendable, Hashable, Codable {
    /// The run.
    package var run: RunID
    /// The seq of the effect.
    package var effect: Int
    /// The output, where it is UTF-8.
    package var text: String?
    /// The output's bytes, where they are not.
    package var base64: String?

    /// Creates a document.
    package init(run: RunID, effect: Int, bytes: [UInt8]) {
        self.run = run
        self.effect = effect
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

/// The data of a `lagged` event of the stream: the reader is caught up from the store.
package struct LaggedDocument: Sendable, Hashable, Codable {
    /// The last place that the reader has got.
    package var position: String
    /// The place of the latest transition.
    package var head: String

    /// Creates a document.
    package init(position: String, head: String) {
        self.position = position
        self.head = head
    }
}

/// One page of `GET /v1/runs/{id}/transitions`.
package struct TransitionPage: Sendable, Hashable, Codable {
    /// The run.
    package var run: RunID
    /// The transitions, in order.
    package var transitions: [Item]
    /// What `after` takes for the next page; absent on the last one.
    package var next: Int?

    /// A transition and its place.
    package struct Item: Sendable, Hashable, Codable {
        /// Its place.
        package var position: String
        /// Its CloudEvents object.
        package var event: JSON
    }
}
