/// The names in a PromQL expression: its selectors with the labels that they ask for, and the labels of its groups.
///
/// As much of the language as tells names from functions, keywords and numbers; whether an expression is right is for
/// Prometheus to say.
struct PromQLNames: Hashable {
    struct Selector: Hashable {
        let metric: String
        var labels: Set<String> = []
    }

    private(set) var selectors: [Selector] = []
    /// Of `by`, `on` and their like; without `le`, which every histogram has.
    private(set) var groups: Set<String> = []

    private static let grouping: Set = ["by", "without", "on", "ignoring", "group_left", "group_right"]
    private static let words: Set = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"]

    init(_ expression: String) {
        var rest = Substring(expression)
        while let first = rest.first {
            if Self.isQuote(first) {
                Self.skipText(&rest)
            } else if first == "[" {
                rest = rest.drop { $0 != "]" }
            } else if first == "{" {
                // A selector without a name.
                let labels = Self.labels(&rest)
                selectors.append(Selector(metric: "", labels: labels))
            } else if first.isNumber {
                rest = rest.drop { $0.isNumber || $0.isLetter || $0 == "." }
            } else if Self.isName(first) {
                let name = String(rest.prefix { Self.isName($0) || $0.isNumber })
                rest = rest.dropFirst(name.count).drop(while: \.isWhitespace)
                take(name, &rest)
            } else {
                rest = rest.dropFirst()
            }
        }
    }

    private mutating func take(_ name: String, _ rest: inout Substring) {
        if Self.grouping.contains(name) {
            guard rest.first == "(" else { return }
            let inside = rest.dropFirst().prefix { $0 != ")" }
            rest = rest.drop { $0 != ")" }
            groups.formUnion(inside.split { $0 == "," || $0.isWhitespace }.map(String.init))
            groups.remove("le")
        } else if Self.words.contains(name.lowercased()) || rest.first == "(" || Self.isGrouped(rest) {
            // A function, an operator, or an aggregation whose labels come first.
        } else {
            selectors.append(
                Selector(metric: name, labels: rest.first == "{" ? Self.labels(&rest) : [])
            )
        }
    }

    /// Whether `by (…)` or `without (…)` follows, as after `sum`.
    private static func isGrouped(_ rest: Substring) -> Bool {
        let word = rest.prefix { isName($0) }
        return word == "by" || word == "without"
    }

    /// The names in `{name="value", …}`, which is taken away.
    private static func labels(_ rest: inout Substring) -> Set<String> {
        var labels: Set<String> = []
        rest = rest.dropFirst()
        while let first = rest.first, first != "}" {
            if isQuote(first) {
                skipText(&rest)
            } else if isName(first) {
                let name = rest.prefix { isName($0) || $0.isNumber }
                labels.insert(String(name))
                rest = rest.dropFirst(name.count)
            } else {
                rest = rest.dropFirst()
            }
        }
        rest = rest.dropFirst()
        return labels
    }

    private static func skipText(_ rest: inout Substring) {
        guard let quote = rest.first else { return }
        rest = rest.dropFirst()
        while let first = rest.first, first != quote {
            rest = rest.dropFirst(first == "\\" ? 2 : 1)
        }
        rest = rest.dropFirst()
    }

    private static func isQuote(_ character: Character) -> Bool { "\"'`".contains(character) }

    private static func isName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character == "_" || character == ":")
    }
}
