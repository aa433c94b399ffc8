package import SomaCore

/// What can be done to a value in a template. Each is total: a value that it can't work on gives no value.
package enum TemplateFilter: String, Sendable, Hashable, CaseIterable {
    /// Stands in for a value that is missing or empty.
    case `default`
    /// A number of bytes in a readable unit.
    case bytes
    /// A number with a separator between thousands; in a text, each number that stands alone.
    case grouped
    /// A number with its noun in the form that fits: `counted('line')`, `counted('copy', 'copies')`.
    case counted
    /// How many elements, members or characters.
    case count
    case first
    case last
    /// Text between the elements.
    case join
    /// The first elements or characters.
    case limit
    /// The sum of the elements, or of what a path finds in each.
    case sum
    /// What a path finds in each element.
    case map
    /// The elements for which a path gives a value.
    case `where`
    /// So many decimals.
    case round
    /// How many hundredths of another number.
    case percent
    case plus
    case minus
    case divide
    /// Fit for one cell of a Markdown table.
    case cell
    /// Fit for a code span.
    case code
    case trim
    case upper
    case lower
    case json
    /// The lines of a text.
    case lines
    /// Each place where a text stands, given another.
    case replace

    /// How many arguments it takes.
    package var arity: ClosedRange<Int> {
        switch self {
        case .default, .limit, .map, .percent, .plus, .minus, .divide: 1...1
        case .sum, .round, .join: 0...1
        case .where, .replace: 2...2
        case .counted: 1...2
        default: 0...0
        }
    }

    package func apply(to value: JSON?, _ arguments: [JSON?]) -> JSON? {
        let argument = arguments.first ?? nil
        if self == .default {
            guard let value, !value.isNull, value != "" else { return argument }
            return value
        }
        guard let value else { return nil }
        switch self {
        case .default: return value
        case .bytes: return value.double.map { .string(Self.bytes($0)) }
        case .grouped: return .string(Self.grouped(value))
        case .counted:
            guard let number = value.int, let one = argument?.string else { return nil }
            let many = arguments.count > 1 ? arguments[1]?.string : nil
            return .string(Self.grouped(number) + " " + (number == 1 ? one : many ?? one + "s"))
        case .count: return Self.count(value)
        case .first: return value.array?.first
        case .last: return value.array?.last
        case .join:
            return value.array.map { .string($0.map(\.shown).joined(separator: argument?.shown ?? ", ")) }
        case .limit: return Self.limit(value, argument?.int ?? 0)
        case .sum: return Self.sum(value, argument?.string)
        case .map: return value.array.map { .array($0.map { $0.at(path: argument?.string ?? "") ?? .null }) }
        case .where:
            let wanted = arguments.count > 1 ? arguments[1] : nil
            return value.array.map { elements in
                .array(
                    elements.filter {
                        Condition.Sign.equal.holds($0.at(path: argument?.string ?? ""), wanted)
                    }
                )
            }
        case .round: return value.double.map { .string(Self.decimals($0, argument?.int ?? 0)) }
        case .percent:
            guard let part = value.double, let whole = argument?.double else { return nil }
            return .string(Self.percent(part, of: whole))
        case .plus: return Self.calculate(value, argument, +)
        case .minus: return Self.calculate(value, argument, -)
        case .divide: return argument?.double == 0 ? nil : Self.calculate(value, argument, /)
        case .cell: return .string(Self.cell(value.shown))
        case .code: return .string(Self.code(value.shown))
        case .trim: return .string(Self.trimmed(value.shown))
        case .upper: return .string(value.shown.uppercased())
        case .lower: return .string(value.shown.lowercased())
        case .json: return .string(value.text())
        case .replace:
            guard let old = argument?.string, !old.isEmpty, arguments.count > 1, let new = arguments[1]?.shown
            else {
                return nil
            }
            return .string(
                value.shown.split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
            )
        case .lines:
            return value.string.map { .array($0.split(whereSeparator: \.isNewline).map { JSON(String($0)) }) }
        }
    }

    private static func percent(_ part: Double, of whole: Double) -> String {
        guard whole != 0 else { return "–" }
        let hundredths = part / whole * 100
        // What is there is never shown as nothing.
        return hundredths > 0 && hundredths < 0.05 ? "< 0.1 %" : decimals(hundredths, 1) + " %"
    }

    private static func count(_ value: JSON) -> JSON? {
        switch value {
        case .array(let elements): JSON(elements.count)
        case .object(let object): JSON(object.count)
        case .string(let text): JSON(text.count)
        default: nil
        }
    }

    private static func limit(_ value: JSON, _ count: Int) -> JSON? {
        switch value {
        case .array(let elements): .array(Array(elements.prefix(max(0, count))))
        case .string(let text) where text.count > max(0, count): .string(text.prefix(max(0, count)) + "…")
        case .string: value
        default: nil
        }
    }

    private static func sum(_ value: JSON, _ path: String?) -> JSON? {
        guard let elements = value.array else { return nil }
        let numbers = elements.compactMap { path.map($0.at(path:)) ?? $0 }.compactMap(\.double)
        return number(numbers.reduce(0, +))
    }

    private static func calculate(
        _ left: JSON,
        _ right: JSON?,
        _ operation: (Double, Double) -> Double
    ) -> JSON? {
        guard let left = left.double, let right = right?.double else { return nil }
        return number(operation(left, right))
    }

    private static func number(_ value: Double) -> JSON {
        abs(value) < 9e15 ? Int64(exactly: value).map(JSON.int) ?? .double(value) : .double(value)
    }

    /// A number with a fixed count of decimals, without a locale.
    static func decimals(_ value: Double, _ count: Int) -> String {
        let places = min(max(count, 0), 6)
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return "\(value)" }
        let digits = Int64(scaled)
        let sign = value < 0 && digits > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(digits)" }
        let whole = digits / Int64(scale)
        let fraction = String(digits % Int64(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    static func bytes(_ value: Double) -> String {
        var value = value
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if abs(value) < 1024 || unit == "TiB" {
                return decimals(value, unit == "B" ? 0 : 1) + " " + unit
            }
            value /= 1024
        }
        return ""
    }

    private static func grouped(_ value: JSON) -> String {
        if let number = value.int { return grouped(number) }
        return value.shown.split(separator: " ", omittingEmptySubsequences: false)
            .map { word in
                // Years and ports have four digits and want no separator.
                let number = word.utf8.count > 4 ? Int(word) : nil
                return number.map { grouped($0) } ?? String(word)
            }
            .joined(separator: " ")
    }

    static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(value.magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append("\u{202F}") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + String(text.reversed())
    }

    private static func cell(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "|": output += "\\|"
            case "\\": output += "\\\\"
            case _ where character.isNewline: output += " "
            default: output.append(character)
            }
        }
        return output
    }

    private static func code(_ text: String) -> String {
        let plain = String(text.map { $0.isNewline ? " " : $0 == "`" ? "'" : $0 })
        return "`\(plain.isEmpty ? " " : plain)`"
    }

    static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }
}
