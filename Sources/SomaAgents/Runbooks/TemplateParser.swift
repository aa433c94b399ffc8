/// Reads the text of a template.
struct TemplateParser {
    private enum Piece {
        case text(String)
        case value(String, Int, Int)
        case tag(String, Int, Int)
    }

    private var pieces: [Piece]
    private var index = 0
    private static let depthMax = 8

    static func parse(_ source: String) throws(TemplateError) -> [Template.Part] {
        var parser = TemplateParser(pieces: try split(source))
        let (parts, ending) = try parser.parts(until: [], depth: 0)
        precondition(ending == nil, "nothing ends the outermost parts")
        return parts
    }

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// Cuts the source into texts and tags. A line that holds nothing but a `{% %}` disappears with it.
    private static func split(_ source: String) throws(TemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var text = ""
        var line = 1
        var column = 1
        var rest = source[...]
        func advance(_ part: Substring) {
            for character in part {
                if character.isNewline {
                    line += 1
                    column = 1
                } else {
                    column += 1
                }
            }
        }
        while !rest.isEmpty {
            guard rest.hasPrefix("{{") || rest.hasPrefix("{%") else {
                let plain = rest.prefix(1)
                let more = rest.dropFirst().prefix { $0 != "{" }
                text += plain + more
                advance(plain + more)
                rest = rest[more.endIndex...]
                continue
            }
            let isTag = rest.hasPrefix("{%")
            let closing = isTag ? "%}" : "}}"
            let (startLine, startColumn) = (line, column)
            let inner = rest.dropFirst(2)
            guard let end = closingIndex(of: closing, in: inner) else {
                throw TemplateError("expected \(closing) after \(rest.prefix(2))", line: line, column: column)
            }
            let content = TemplateFilter.trimmed(String(inner[..<end]))
            var after = inner[end...].dropFirst(2)
            if isTag {
                let lead = text.reversed().prefix { !$0.isNewline }
                let trail = after.prefix { $0 == " " || $0 == "\t" }
                let follows = after[trail.endIndex...].first
                let endsLine = follows == nil || follows?.isNewline == true
                let startsLine = startColumn - 1 == lead.count && lead.allSatisfy(\.isWhitespace)
                if startsLine, endsLine {
                    text.removeLast(lead.count)
                    after = after[trail.endIndex...].dropFirst()
                }
            }
            if !text.isEmpty { pieces.append(.text(text)) }
            text = ""
            pieces.append(
                isTag ? .tag(content, startLine, startColumn) : .value(content, startLine, startColumn)
            )
            advance(rest[..<after.startIndex])
            rest = after
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    /// The place of the closing braces, outside of quotes.
    private static func closingIndex(of closing: String, in text: Substring) -> Substring.Index? {
        var quote: Character?
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if text[index...].hasPrefix(closing) {
                return index
            }
            index = text.index(after: index)
        }
        return nil
    }

    /// Reads parts up to one of the tags that end them; `nil` is the end of the source.
    private mutating func parts(
        until endings: [String],
        depth: Int
    ) throws(TemplateError) -> ([Template.Part], String?) {
        var parts: [Template.Part] = []
        while index < pieces.count {
            let piece = pieces[index]
            index += 1
            switch piece {
            case .text(let text): parts.append(.text(text))
            case .value(let text, let line, let column):
                parts.append(.value(try ExpressionParser.expression(text, line: line, column: column)))
            case .tag(let text, let line, let column):
                if endings.contains(text) { return (parts, text) }
                parts.append(try block(text, line, column, depth: depth + 1))
            }
        }
        guard endings.isEmpty else {
            let wanted = endings.map { "{% \($0) %}" }.joined(separator: " or ")
            throw TemplateError("expected \(wanted) before the end of the text")
        }
        return (parts, nil)
    }

    private mutating func block(
        _ text: String,
        _ line: Int,
        _ column: Int,
        depth: Int
    ) throws(TemplateError) -> Template.Part {
        guard depth <= Self.depthMax else {
            throw TemplateError(
                "expected at most \(Self.depthMax) blocks inside each other",
                line: line,
                column: column
            )
        }
        let word = String(text.prefix { !$0.isWhitespace })
        let rest = String(text.dropFirst(word.count))
        switch word {
        case "for":
            let (name, expression) = try ExpressionParser.loop(rest, line: line, column: column)
            return .loop(name, expression, try parts(until: ["endfor"], depth: depth).0)
        case "if":
            let condition = try ExpressionParser.condition(rest, line: line, column: column)
            let (yes, ending) = try parts(until: ["else", "endif"], depth: depth)
            guard ending == "else" else { return .branch(condition, yes, []) }
            return .branch(condition, yes, try parts(until: ["endif"], depth: depth).0)
        default:
            throw TemplateError(
                "expected for, if, else, endfor or endif, found \"\(word)\"",
                line: line,
                column: column
            )
        }
    }
}
