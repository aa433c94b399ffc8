package import SomaCore
import SomaTerminal

extension Filter {
    /// Reads a filter as it is typed after `/` in any list.
    ///
    /// Blanks separate conditions, all of which must hold. A condition is a word, `"some words"`, `~fuzzy`,
    /// `/regular expression/`, or a field with a colon and one of those, `a,b` for either, or for numbers `12`,
    /// `>10`, `<=2.5k` or `10..20`. `!` in front turns it round. Without capitals either case matches. What is begun
    /// and not ended, as while typing, counts as far as it goes.
    /// - Parameters:
    ///   - text: What was typed.
    ///   - fields: The fields of the list.
    /// - Throws: `FilterError` with the place, for a field that doesn't exist, a wrong expression or number, and too
    ///   many conditions.
    package init(_ text: String, fields: FilterFields) throws(FilterError) {
        var parser = FilterParser(text, fields)
        self.init(text: text, terms: try parser.parse())
    }
}

/// Reads conditions one after the other.
private struct FilterParser {
    private let characters: [Character]
    private let fields: FilterFields
    private var position = 0

    init(_ text: String, _ fields: FilterFields) {
        characters = Array(text)
        self.fields = fields
    }

    mutating func parse() throws(FilterError) -> [Filter.Term] {
        var terms: [Filter.Term] = []
        while skipBlanks() {
            let start = position
            guard let term = try term() else { continue }
            guard terms.count < Filter.termsMax else {
                throw FilterError(start, "more than \(Filter.termsMax) conditions; join some as field:a,b")
            }
            terms.append(term)
        }
        return terms
    }

    private var next: Character? { position < characters.count ? characters[position] : nil }

    /// Moves to the next condition; false at the end.
    private mutating func skipBlanks() -> Bool {
        while let next, next.isWhitespace { position += 1 }
        return next != nil
    }

    private mutating func take(_ character: Character) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    /// One condition; `nil` for one that is only begun.
    private mutating func term() throws(FilterError) -> Filter.Term? {
        var isNegated = false
        while take("!") { isNegated.toggle() }
        let field = try field()
        let test: Filter.Test?
        if let field {
            test = try value(of: field)
        } else {
            test = try pattern(stops: false).map { .text([$0]) }
        }
        return test.map { Filter.Term(field: field, test: $0, isNegated: isNegated) }
    }

    /// A field's name and its colon, where the condition begins so.
    private mutating func field() throws(FilterError) -> FilterField? {
        let start = position
        guard let first = next, first.isASCII, first.isLetter else { return nil }
        var end = position
        while end < characters.count, isNameCharacter(characters[end]) { end += 1 }
        guard end < characters.count, characters[end] == ":" else { return nil }
        let name = String(characters[position..<end])
        if let field = fields[name] {
            position = end + 1
            return field
        }
        // An address is no field.
        if characters[end...].starts(with: [":", "/", "/"]) { return nil }
        throw FilterError(start, unknown(name))
    }

    private func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    private func unknown(_ name: String) -> String {
        let names = fields.fields.map(\.name)
        let hint: String
        if let structure = fields.structure, name.lowercased() == structure {
            hint = "name a member, as in \(structure).ok"
        } else if let near = NearestName.find(name, in: names) {
            hint = "did you mean \(near)?"
        } else {
            hint = "there are \(names.joined(separator: ", "))"
        }
        return "there is no field \"\(name)\"; \(hint)"
    }

    // MARK: Text

    /// A word, quoted words, an expression or fuzzy characters.
    /// - Parameter stops: Whether a comma ends a word.
    private mutating func pattern(stops: Bool) throws(FilterError) -> TextPattern? {
        switch next {
        case "/": return try expression()
        case "~":
            position += 1
            let word = word(stops: stops)
            return word.isEmpty ? nil : .fuzzy(FuzzyPattern(word))
        default:
            let word = word(stops: stops)
            return word.isEmpty ? nil : TextPattern(word: word)
        }
    }

    /// The characters up to a blank; between quotes blanks count, and `\"` is a quote.
    private mutating func word(stops: Bool) -> String {
        var word = ""
        if take("\"") {
            while let character = next {
                position += 1
                if character == "\"" { return word }
                if character == "\\", let escaped = next, escaped == "\"" || escaped == "\\" {
                    position += 1
                    word.append(escaped)
                } else {
                    word.append(character)
                }
            }
            return word
        }
        while let character = next, !character.isWhitespace, !(stops && character == ",") {
            word.append(character)
            position += 1
        }
        return word
    }

    /// An expression between slashes. A slash ends it where a blank, a comma or the end follows; `\/` never does.
    private mutating func expression() throws(FilterError) -> TextPattern? {
        position += 1
        let start = position
        var source = ""
        while let character = next {
            position += 1
            if character == "/", next.map({ $0.isWhitespace || $0 == "," }) ?? true { break }
            if character == "\\", let escaped = next {
                position += 1
                source += escaped == "/" ? "/" : "\\" + String(escaped)
                continue
            }
            source.append(character)
        }
        guard !source.isEmpty else { return nil }
        do throws(LinearRegexError) {
            return .regex(try LinearRegex(source, mode: .lines, ignoresCase: !Self.hasCapitals(source)))
        } catch {
            throw FilterError(start + min(error.offset, source.count), error.message)
        }
    }

    /// Whether an expression has capitals that stand for themselves.
    private static func hasCapitals(_ source: String) -> Bool {
        var isEscaped = false
        for character in source {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character.isUppercase {
                return true
            }
        }
        return false
    }

    // MARK: Values of fields

    private mutating func value(of field: FilterField) throws(FilterError) -> Filter.Test? {
        let start = position
        let isCompared = next.map { "<>=".contains($0) } ?? false
        switch field.kind {
        case .text:
            guard !isCompared else {
                throw FilterError(
                    start,
                    "\(field.name) is text: < and > are for numbers; quotes search for them"
                )
            }
        case .any:
            guard isCompared else { break }
            let range = try range(word(stops: false), field, start)
            return range.map { .number($0) }
        case .count, .duration, .money:
            let range = try range(word(stops: false), field, start)
            return range.map { .number($0) }
        }
        var patterns: [TextPattern] = []
        repeat {
            if let pattern = try pattern(stops: true) { patterns.append(pattern) }
        } while take(",")
        // What follows a quoted value or an expression without a blank is a condition of its own.
        return patterns.isEmpty ? nil : .text(patterns)
    }

    private func range(_ text: String, _ field: FilterField, _ start: Int) throws(FilterError) -> NumberRange?
    {
        func number(_ text: Substring) throws(FilterError) -> Double {
            guard let value = FilterNumber.read(text, field.kind) else {
                throw FilterError(
                    start,
                    "\"\(text)\" is no \(FilterNumber.noun(field.kind)) for \(field.name)"
                )
            }
            return value
        }
        let digits = text.drop { "<>=".contains($0) }
        guard !digits.isEmpty else { return nil }
        switch text.prefix(text.count - digits.count) {
        case ">": return NumberRange(low: try number(digits), isAboveLow: true)
        case ">=": return NumberRange(low: try number(digits))
        case "<": return NumberRange(high: try number(digits), isBelowHigh: true)
        case "<=": return NumberRange(high: try number(digits))
        case "=":
            let value = try number(digits)
            return NumberRange(low: value, high: value)
        case "": return try bare(digits, field, start, number)
        default: throw FilterError(start, "give one of > >= < <= = and a number")
        }
    }

    private func bare(
        _ digits: Substring,
        _ field: FilterField,
        _ start: Int,
        _ number: (Substring) throws(FilterError) -> Double
    ) throws(FilterError) -> NumberRange {
        if let dots = digits.firstRange(of: "..") {
            let low = digits[..<dots.lowerBound]
            let high = digits[dots.upperBound...]
            return NumberRange(
                low: low.isEmpty ? nil : try number(low),
                high: high.isEmpty ? nil : try number(high)
            )
        }
        let value = try number(digits)
        guard field.kind == .count else {
            // Nobody means a span or a sum to the last digit.
            throw FilterError(start, "say more or less: \(field.name):>\(digits) or \(field.name):<\(digits)")
        }
        return NumberRange(low: value, high: value)
    }
}
