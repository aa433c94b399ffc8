/// What a single value means by the core schema of YAML 1.2.
///
/// So `off`, `no` and `012` are not what YAML 1.1 made of them: the first two are text, the last is twelve.
public enum YAMLScalar: Sendable, Hashable {
    /// Nothing, `~` or `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A whole number that fits 64 bits; `0x` and `0o` are understood.
    case integer(Int)
    /// A number with a fraction or exponent, `.inf`, `.nan`, or a whole number beyond 64 bits.
    case float(Double)
    /// Anything else.
    case text(String)

    /// Resolves the text of a plain (unquoted) scalar.
    public init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        case ".nan", ".NaN", ".NAN": self = .float(.nan)
        default: self = Self.number(text) ?? .text(text)
        }
    }

    private static func number(_ text: String) -> YAMLScalar? {
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).flatMap(unsigned(text)) }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8).flatMap(unsigned(text)) }
        let isNegative = text.hasPrefix("-")
        let magnitude = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        if [".inf", ".Inf", ".INF"].contains(magnitude) {
            return .float(isNegative ? -.infinity : .infinity)
        }
        guard isDecimal(magnitude) else { return nil }
        if let whole = Int(text) { return .integer(whole) }
        return Double(text).map(YAMLScalar.float)
    }

    /// `Int(_:radix:)` takes a sign after the prefix; YAML doesn't.
    private static func unsigned(_ text: String) -> (Int) -> YAMLScalar? {
        { value in
            text.utf8.dropFirst(2).first.map { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") } == true
                ? .integer(value) : nil
        }
    }

    /// `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, and an exponent.
    private static func isDecimal(_ text: Substring) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Int {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        var count = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            count += digits()
        }
        guard count > 0 else { return false }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return digits() > 0 && rest.isEmpty
    }
}

extension YAMLNode {
    /// What the node's single value means; nil for a list or a mapping.
    public var scalar: YAMLScalar? {
        guard case .scalar(let text, let isPlain) = content else { return nil }
        guard isPlain else { return .text(text) }
        return YAMLScalar(plain: text)
    }

    /// The text as written, whatever it means; nil for a list or a mapping.
    public var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// Whether the value is missing, `~` or `null`.
    public var isNull: Bool {
        scalar == .null
    }
}
