import SomaCore

/// Which messages of a topic are shown. All of its parts must hold.
///
/// ```
/// refund -test            words anywhere in key, value or header values; - in front for messages without
/// "exit 1"                words with spaces
/// /time(d )?out/          a regular expression
/// key:c9d1                in the key alone
/// header:ce_type=effect   in that header's value alone
/// partition:3             that partition
/// .data.node=Verify       a member of a JSON value, here equal to a text, number, true, false or null
/// .data.node              that there is such a member
/// ```
package struct TopicFilter: Sendable, Hashable {
    package enum Test: Sendable, Hashable {
        case words([UInt8])
        case pattern(String)
        case key([UInt8])
        case header(String, [UInt8])
        case partition(Int32)
        /// Members from the outermost on, numbers for elements; `nil` where any value will do.
        case path([String], String?)
    }

    struct Part: Sendable, Hashable {
        var test: Test
        var isNegated: Bool
    }

    let parts: [Part]
    /// As it was typed.
    package let text: String

    package var isEmpty: Bool { parts.isEmpty }

    package static let all = TopicFilter(parts: [], text: "")

    private init(parts: [Part], text: String) {
        self.parts = parts
        self.text = text
    }

    /// Reads a filter.
    package init(_ text: String) throws(FilterError) {
        var parts: [Part] = []
        var words = FilterWords(text)
        while words.next() {
            let isNegated = words.take(["-", "!"])
            parts.append(Part(test: try Self.test(&words), isNegated: isNegated))
        }
        self.init(parts: parts, text: text)
    }

    private static func test(_ words: inout FilterWords) throws(FilterError) -> Test {
        if let pattern = try words.expression() { return .pattern(pattern) }
        let (offset, word) = (words.offset, try words.word())
        if word.isQuoted { return .words(Array(word.text.utf8)) }
        let text = word.text
        if text.hasPrefix("."), text.count > 1 { return try path(text, offset) }
        for (name, make) in Self.fields where text.hasPrefix(name + ":") {
            return try make(String(text.dropFirst(name.count + 1)), offset)
        }
        return .words(Array(text.utf8))
    }

    private static let fields: [(String, @Sendable (String, Int) throws(FilterError) -> Test)] = [
        ("key", { text, _ throws(FilterError) in .key(Array(text.utf8)) }),
        (
            "partition",
            { text, offset throws(FilterError) in
                guard let number = Int32(text), number >= 0 else {
                    throw FilterError(offset, "partition: wants a number, as partition:3")
                }
                return .partition(number)
            }
        ),
        (
            "header",
            { text, offset throws(FilterError) in
                let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = halves.first, !name.isEmpty else {
                    throw FilterError(offset, "header: wants a name, as header:ce_type=effect")
                }
                return .header(String(name), halves.count > 1 ? Array(halves[1].utf8) : [])
            }
        ),
    ]

    private static func path(_ text: String, _ offset: Int) throws(FilterError) -> Test {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(
            String.init
        )
        guard names.allSatisfy({ !$0.isEmpty }) else {
            throw FilterError(offset, "a path is names with dots, as .data.node=Verify")
        }
        return .path(names, halves.count > 1 ? String(halves[1]) : nil)
    }
}

/// A filter made ready to look at many messages, one after the other. Patterns take time linear in a message, whoever wrote
/// it, and remember what earlier messages taught them.
package struct TopicMatcher {
    private let filter: TopicFilter
    private var patterns: [RegexMatcher?]
    /// What each part looks for in bytes, without regard to the case of ASCII letters; `nil` where that is nothing.
    private let needles: [ByteNeedle?]

    package init(_ filter: TopicFilter) {
        self.filter = filter
        patterns = filter.parts.map { part in
            if case .pattern(let text) = part.test {
                (try? LinearRegex(text)).map(RegexMatcher.init)
            } else {
                nil
            }
        }
        needles = filter.parts.map { part in
            switch part.test {
            case .words(let words), .key(let words), .header(_, let words):
                words.isEmpty ? nil : ByteNeedle(words, foldsCase: true)
            case .pattern, .partition, .path: nil
            }
        }
    }

    package mutating func matches(_ record: TopicRecord) -> Bool {
        guard !filter.parts.isEmpty else { return true }
        // Read once for all paths, and only where a path asks.
        var json: JSON??
        for (place, part) in filter.parts.enumerated() {
            guard holds(part.test, at: place, record, &json) != part.isNegated else { return false }
        }
        return true
    }

    private mutating func holds(
        _ test: TopicFilter.Test,
        at place: Int,
        _ record: TopicRecord,
        _ json: inout JSON??
    ) -> Bool {
        switch test {
        case .words:
            return isFound(place, in: record.value) || isFound(place, in: record.key)
                || record.headers.contains { isFound(place, in: $0.value) }
        case .key: return isFound(place, in: record.key)
        case .header(let name, let words):
            return record.headers.contains {
                $0.name == name && (words.isEmpty || isFound(place, in: $0.value))
            }
        case .partition(let number): return record.place.partition == number
        case .pattern:
            let texts = [record.value, record.key] + record.headers.map(\.value)
            for case .some(let text) in texts {
                let isFound = text.withUnsafeBufferPointer { patterns[place]?.matches($0) ?? false }
                if isFound { return true }
            }
            return false
        case .path(let names, let wanted):
            let read: JSON? =
                if let json { json } else { record.value.flatMap { try? JSON.parse($0) } }
            json = .some(read)
            var value = read
            for name in names {
                value =
                    value?[name]
                    ?? Int(name).flatMap { place in
                        value?.array.flatMap { $0.indices.contains(place) ? $0[place] : nil }
                    }
            }
            guard let value else { return false }
            return wanted.map { value.plainText == $0 } ?? true
        }
    }

    /// Whether what a part looks for is in bytes that are there; nothing at all is in any of them.
    private func isFound(_ part: Int, in bytes: [UInt8]?) -> Bool {
        guard let bytes else { return false }
        guard let needle = needles[part] else { return true }
        return bytes.withUnsafeBufferPointer { needle.isFound(in: $0) }
    }
}
