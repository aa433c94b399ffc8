import SomaCore

/// Reads the inside of `{{ }}` and of conditions.
struct ExpressionParser {
    private enum Token: Hashable {
        case word(String)
        case text(String)
        case number(JSON)
        case sign(String)
    }

    private var tokens: [Token] = []
    private var index = 0
    private let line: Int
    private let column: Int

    init(_ text: String, line: Int = 0, column: Int = 0) throws(TemplateError) {
        self.line = line
        self.column = column
        tokens = try scan(text)
    }

    static func expression(_ text: String, line: Int = 0, column: Int = 0) throws(TemplateError) -> Expression
    {
        var parser = try ExpressionParser(text, line: line, column: column)
        let expression = try parser.expression()
        try parser.expectEnd()
        return expression
    }

    static func condition(_ text: String, line: Int = 0, column: Int = 0) throws(TemplateError) -> Condition {
        var parser = try ExpressionParser(text, line: line, column: column)
        let condition = try parser.condition()
        try parser.expectEnd()
        return condition
    }

    /// Reads `name in expression`.
    static func loop(_ text: String, line: Int, column: Int) throws(TemplateError) -> (String, Expression) {
        var parser = try ExpressionParser(text, line: line, column: column)
        guard case .word(let name)? = parser.take(), !name.contains("."), parser.take() == .word("in") else {
            throw parser.failure("expected `for name in path`")
        }
        let expression = try parser.expression()
        try parser.expectEnd()
        return (name, expression)
    }

    private func failure(_ message: String) -> TemplateError {
        TemplateError(message, line: line, column: column)
    }

    private func scan(_ text: String) throws(TemplateError) -> [Token] {
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
            } else if first == "'" || first == "\"" {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: first) else {
                    throw failure("expected \(first) after the text")
                }
                tokens.append(.text(String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            } else if Self.isWordStart(first) || first.isNumber || first == "-" {
                let word = rest.prefix { Self.isWordStart($0) || $0.isNumber || $0 == "-" || $0 == "." }
                tokens.append(Self.token(String(word)))
                rest = rest[word.endIndex...]
            } else {
                let two = String(rest.prefix(2))
                let sign = ["==", "!=", "<=", ">="].contains(two) ? two : String(first)
                guard "== != <= >= < > | ( ) ,".split(separator: " ").contains(Substring(sign)) else {
                    throw failure("expected a path, a number or a text in quotes, found \"\(first)\"")
                }
                tokens.append(.sign(sign))
                rest = rest.dropFirst(sign.count)
            }
        }
        return tokens
    }

    private static func isWordStart(_ character: Character) -> Bool {
        character.isASCII && character.isLetter || character == "_"
    }

    private static func token(_ word: String) -> Token {
        if let whole = Int64(word) { return .number(.int(whole)) }
        if word.first.map({ $0.isNumber || $0 == "-" }) == true, let number = Double(word) {
            return .number(.double(number))
        }
        return .word(word)
    }

    private var next: Token? { index < tokens.count ? tokens[index] : nil }

    private mutating func take() -> Token? {
        defer { index += 1 }
        return next
    }

    private mutating func takes(_ token: Token) -> Bool {
        guard next == token else { return false }
        index += 1
        return true
    }

    private func expectEnd() throws(TemplateError) {
        guard let next else { return }
        throw failure("expected nothing more, found \(Self.shown(next))")
    }

    private static func shown(_ token: Token?) -> String {
        switch token {
        case .word(let word): "\"\(word)\""
        case .text(let text): "'\(text)'"
        case .number(let number): number.text()
        case .sign(let sign): "\"\(sign)\""
        case nil: "nothing"
        }
    }

    private mutating func expression() throws(TemplateError) -> Expression {
        var expression = Expression(source: try source(), calls: [])
        while takes(.sign("|")) { expression.calls.append(try call()) }
        return expression
    }

    private mutating func source() throws(TemplateError) -> Expression.Source {
        let token = take()
        switch token {
        case .text(let text): return .literal(.string(text))
        case .number(let number): return .literal(number)
        case .word("true"): return .literal(true)
        case .word("false"): return .literal(false)
        case .word("null"): return .literal(.null)
        case .word(let word):
            let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !parts.contains("") else {
                throw failure("expected a path such as steps.name.output, found \"\(word)\"")
            }
            return .path(parts)
        case .sign, nil:
            throw failure("expected a path, a number or a text in quotes, found \(Self.shown(token))")
        }
    }

    private mutating func call() throws(TemplateError) -> Expression.Call {
        let token = take()
        let names = TemplateFilter.allCases.map(\.rawValue)
        guard case .word(let name)? = token, let filter = TemplateFilter(rawValue: name) else {
            var meant = ""
            if case .word(let name)? = token, let near = NearestName.find(name, among: names) {
                meant = "; did you mean \(near)?"
            }
            throw failure(
                "expected a filter (\(names.joined(separator: ", "))), found \(Self.shown(token))\(meant)"
            )
        }
        var arguments: [Expression] = []
        if takes(.sign("(")) {
            repeat { arguments.append(Expression(source: try source(), calls: [])) } while takes(.sign(","))
            guard takes(.sign(")")) else { throw failure("expected \")\" after the arguments of \(name)") }
        }
        guard filter.arity.contains(arguments.count) else {
            throw failure(
                "expected \(filter.arity.upperBound) argument(s) for \(name), found \(arguments.count)"
            )
        }
        return Expression.Call(filter: filter, arguments: arguments)
    }

    private mutating func condition() throws(TemplateError) -> Condition {
        var alternatives: [[Condition.Comparison]] = []
        repeat {
            var all: [Condition.Comparison] = []
            repeat { all.append(try comparison()) } while takes(.word("and"))
            alternatives.append(all)
        } while takes(.word("or"))
        return Condition(alternatives: alternatives)
    }

    private mutating func comparison() throws(TemplateError) -> Condition.Comparison {
        let isNegated = takes(.word("not"))
        let left = try expression()
        var sign: Condition.Sign?
        switch next {
        case .sign(let text): sign = Condition.Sign(rawValue: text)
        case .word("contains"): sign = .contains
        default: break
        }
        guard let sign else { return .init(sign: nil, left: left, right: nil, isNegated: isNegated) }
        index += 1
        return .init(sign: sign, left: left, right: try expression(), isNegated: isNegated)
    }
}
