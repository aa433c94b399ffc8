import SomaCore

/// The words of a filter that a list asks elsewhere, one after the other: spaces divide them, and quotes hold them together.
struct FilterWords {
    /// What is left of the text.
    private var rest: Substring
    /// How many characters precede the word at hand.
    private(set) var offset = 0

    init(_ text: String) { rest = text[...] }

    /// Goes to the next word.
    /// - Returns: False where there is none.
    mutating func next() -> Bool {
        rest = rest.drop { $0 == " " }
        offset = rest.base.distance(from: rest.base.startIndex, to: rest.startIndex)
        return !rest.isEmpty
    }

    /// Takes a sign in front of a word.
    /// - Returns: Whether there was one; by itself it is a word.
    mutating func take(_ signs: Set<Character>) -> Bool {
        guard let first = rest.first, signs.contains(first), rest.count > 1 else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A word up to a space, or what is between quotes; a part of it may be quoted, as in `.name="two words"`.
    mutating func word() throws(FilterError) -> (text: String, isQuoted: Bool) {
        let isQuoted = rest.first == "\""
        var (text, isInside) = ("", false)
        while let character = rest.first, isInside || character != " " {
            rest = rest.dropFirst()
            if character == "\"" { isInside.toggle() } else { text.append(character) }
        }
        guard !isInside else { throw FilterError(offset, "the quote isn't closed") }
        guard !text.isEmpty else { throw FilterError(offset, "there is nothing between the quotes") }
        return (text, isQuoted)
    }

    /// What is between two slashes; `nil` where the next word doesn't begin with one.
    mutating func expression() throws(FilterError) -> String? {
        guard rest.first == "/" else { return nil }
        let body = rest.dropFirst()
        guard let end = body.firstIndex(of: "/") else {
            throw FilterError(offset, "a regular expression ends with another /")
        }
        rest = body[body.index(after: end)...]
        let pattern = String(body[..<end])
        do throws(LinearRegexError) { _ = try LinearRegex(pattern) } catch {
            throw FilterError(offset, "/\(pattern)/ is no regular expression: \(error.message)")
        }
        return pattern
    }
}
