import SomaCore

/// A way in which people say what they want: words, `[optional words]`, and `{parameter}` for the rest.
///
/// Case, repeated spaces and a final full stop don't matter. A parameter takes as few words as the rest allows.
package struct GoalPattern: Sendable, Hashable {
    private enum Piece: Sendable, Hashable {
        case word(String)
        case optional([String])
        case parameter(String)
    }

    /// The pattern as it was written.
    package let source: String
    private let pieces: [Piece]

    /// Reads a pattern.
    ///
    /// - Throws: `TemplateError` for brackets that don't close and names that can't be ones.
    package init(_ source: String) throws(TemplateError) {
        self.source = source
        var pieces: [Piece] = []
        var rest = source[...]
        while let first = rest.first {
            switch first {
            case "{", "[":
                let close: Character = first == "{" ? "}" : "]"
                guard let end = rest.firstIndex(of: close) else {
                    throw TemplateError("expected \"\(close)\" after \"\(first)\"")
                }
                let inner = String(rest[rest.index(after: rest.startIndex)..<end])
                let isName =
                    !inner.isEmpty
                    && inner.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                if first == "{", !isName {
                    throw TemplateError("expected a parameter's name in braces, found \"\(inner)\"")
                }
                pieces.append(
                    first == "{" ? .parameter(inner) : .optional(Self.words(inner).map { $0.lowercased() })
                )
                rest = rest[rest.index(after: end)...]
            case _ where first.isWhitespace: rest = rest.dropFirst()
            default:
                let word = rest.prefix { !$0.isWhitespace && $0 != "{" && $0 != "[" }
                pieces.append(.word(word.lowercased()))
                rest = rest[word.endIndex...]
            }
        }
        guard !pieces.isEmpty else { throw TemplateError("expected at least one word") }
        self.pieces = pieces
    }

    /// The names of its parameters.
    package var parameters: [String] {
        pieces.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// What the parameters take in a goal; `nil` where the goal is another one.
    package func match(_ goal: String) -> [String: String]? {
        var words = Self.words(goal)
        if let last = words.last, last.count > 1, last.hasSuffix(".") || last.hasSuffix("!") {
            words[words.count - 1] = String(last.dropLast())
        }
        guard words.count <= 200 else { return nil }
        return Self.match(pieces[...], words[...])
    }

    private static func match(_ pieces: ArraySlice<Piece>, _ words: ArraySlice<String>) -> [String: String]? {
        guard let piece = pieces.first else { return words.isEmpty ? [:] : nil }
        let rest = pieces.dropFirst()
        switch piece {
        case .word(let word):
            guard words.first?.lowercased() == word else { return nil }
            return match(rest, words.dropFirst())
        case .optional(let optional):
            if words.prefix(optional.count).map({ $0.lowercased() }) == optional,
                let found = match(rest, words.dropFirst(optional.count))
            {
                return found
            }
            return match(rest, words)
        case .parameter(let name):
            // The last piece takes all that is left; before others it takes as little as possible.
            if rest.isEmpty { return words.isEmpty ? nil : [name: words.joined(separator: " ")] }
            for count in stride(from: 1, through: words.count, by: 1) {
                guard var found = match(rest, words.dropFirst(count)) else { continue }
                found[name] = words.prefix(count).joined(separator: " ")
                return found
            }
            return nil
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// The pattern with its optional words left out and its parameters shown: an example of a goal.
    package var example: String {
        pieces.compactMap { piece in
            switch piece {
            case .word(let word): word
            case .optional: nil
            case .parameter(let name): "<\(name)>"
            }
        }.joined(separator: " ")
    }

    /// How near a goal is, from 0 to 1: the share of words that both have, near misses included.
    package func nearness(to goal: String) -> Double {
        let wanted = Set(pieces.compactMap { if case .word(let word) = $0 { word } else { nil } })
        let given = Set(Self.words(goal).map { $0.lowercased() })
        guard !wanted.isEmpty, !given.isEmpty else { return 0 }
        let shared = given.count { word in
            wanted.contains(word) || NearestName.find(word, among: wanted.sorted()) != nil
        }
        return Double(shared) / Double(max(wanted.count, given.count))
    }
}
