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

/// A filter made ready to look at many messages. Not `Sendable`: a compiled pattern belongs to one reader.
package struct TopicMatcher {
    private let filter: TopicFilter
    private let patterns: [Regex<AnyRegexOutput>?]

    package init(_ filter: TopicFilter) {
        self.filter = filter
        patterns = filter.parts.map { part in
            if case .pattern(let text) = part.test { try? Regex(text) } else { nil }
        }
    }

    package func matches(_ record: TopicRecord) -> Bool {
        guard !filter.parts.isEmpty else { return true }
        // Read once for all paths, and only where a path asks.
        var json: JSON??
        for (place, part) in filter.parts.enumerated() {
            guard holds(part.test, patterns[place], record, &json) != part.isNegated else { return false }
        }
        return true
    }

    private func holds(
        _ test: TopicFilter.Test,
        _ pattern: Regex<AnyRegexOutput>?,
        _ record: TopicRecord,
        _ json: inout JSON??
    ) -> Bool {
        switch test {
        case .words(let words):
            return record.value.holds(words) || record.key.holds(words)
                || record.headers.contains { $0.value.holds(words) }
        case .key(let words): return record.key.holds(words)
        case .header(let name, let words):
            return record.headers.contains { $0.name == name && (words.isEmpty || $0.value.holds(words)) }
        case .partition(let number): return record.place.partition == number
        case .pattern:
            guard let pattern else { return false }
            let texts = [record.value, record.key] + record.headers.map(\.value)
            return texts.contains {
                $0.map { String(decoding: $0, as: UTF8.self).contains(pattern) } ?? false
            }
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
}

extension [UInt8]? {
    /// Whether bytes occur in it, without regard to the case of ASCII letters.
    fileprivate func holds(_ words: [UInt8]) -> Bool {
        guard let self, let first = words.first else { return self != nil && words.isEmpty }
        guard self.count >= words.count else { return false }
        let lower = words.map(\.lowercased)
        let (a, b) = (first.lowercased, first.uppercased)
        return self.withUnsafeBufferPointer { bytes in
            for start in 0...(bytes.count - lower.count) where bytes[start] == a || bytes[start] == b {
                var place = 1
                while place < lower.count, bytes[start + place].lowercased == lower[place] { place += 1 }
                if place == lower.count { return true }
            }
            return false
        }
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
    fileprivate var uppercased: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }
}
