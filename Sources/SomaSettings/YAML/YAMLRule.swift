/// What a value must be, and how it is read.
public struct YAMLRule<Value> {
    /// What messages say was expected, with its article: `a list`, `a length of time such as 30s`.
    public let expected: String
    /// Reads a node; nil after a problem was reported.
    public let read: (YAMLCursor) -> Value?

    /// A rule from its two parts.
    /// - Parameter read: Returns nil only after it reported why.
    public init(expected: String, read: @escaping (YAMLCursor) -> Value?) {
        self.expected = expected
        self.read = read
    }

    /// A rule that accepts what `match` makes something of, and reports a mismatch for the rest.
    public init(expected: String, match: @escaping (YAMLNode) -> Value?) {
        self.init(expected: expected) { (cursor: YAMLCursor) in
            let value = match(cursor.node)
            if value == nil { cursor.reportMismatch(expected: expected) }
            return value
        }
    }

    /// The same rule with a further condition.
    /// - Parameter check: What is wrong with the value; nil when nothing is.
    public func checked(_ check: @escaping (Value) -> String?) -> YAMLRule {
        YAMLRule(expected: expected) { cursor in
            guard let value = read(cursor) else { return nil }
            guard let problem = check(value) else { return value }
            cursor.report(problem)
            return nil
        }
    }

    /// The rule's result, changed.
    public func map<Other>(_ transform: @escaping (Value) -> Other) -> YAMLRule<Other> {
        YAMLRule<Other>(expected: expected) { cursor in read(cursor).map(transform) }
    }
}

extension YAMLRule where Value == YAMLNode {
    /// Any value, as it stands.
    public static var node: YAMLRule { YAMLRule(expected: "a value") { (cursor: YAMLCursor) in cursor.node } }
}

extension YAMLRule where Value == String {
    /// Text that is not empty; a bare number or boolean is a mistake, quotes make it text.
    /// - Parameter scalarsMax: Longest text, in Unicode scalars.
    public static func text(scalarsMax: Int = 65_536) -> YAMLRule {
        YAMLRule(expected: "text") { node in
            guard case .text(let text) = node.scalar else { return nil }
            return text
        }.checked { text in
            if text.isEmpty { return "expected text, found an empty one" }
            guard text.unicodeScalars.count > scalarsMax else { return nil }
            return "expected at most \(scalarsMax) characters, found \(text.unicodeScalars.count)"
        }
    }

    /// Any single value by its text, numbers and booleans too; empty text included.
    public static var anyScalar: YAMLRule { YAMLRule(expected: "a single value") { node in node.text } }

    /// One of a few words; the nearest is suggested for a mistyped one.
    public static func oneOf(_ words: [String]) -> YAMLRule {
        let expected = words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
        return YAMLRule(expected: expected) { (cursor: YAMLCursor) in
            guard let text = cursor.node.text, words.contains(text) else {
                let near = cursor.node.text.flatMap { NearestName.of($0, among: words) }
                cursor.reportMismatch(expected: expected, suggestion: near)
                return nil
            }
            return text
        }
    }
}

extension YAMLRule where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of an enumeration's words.
    public static var word: YAMLRule {
        let words = YAMLRule<String>.oneOf(Value.allCases.map(\.rawValue))
        return YAMLRule(expected: words.expected) { cursor in
            words.read(cursor).flatMap(Value.init(rawValue:))
        }
    }
}

extension YAMLRule where Value == Bool {
    /// `true` or `false`.
    public static var boolean: YAMLRule {
        YAMLRule(expected: "true or false") { (cursor: YAMLCursor) in
            if case .boolean(let value) = cursor.node.scalar { return value }
            let meant = ["yes": "true", "on": "true", "no": "false", "off": "false"]
            let near = cursor.node.text.flatMap {
                meant[$0.lowercased()] ?? NearestName.of($0, among: ["true", "false"])
            }
            cursor.reportMismatch(expected: "true or false", suggestion: near)
            return nil
        }
    }
}

extension YAMLRule where Value == Int {
    /// A whole number in a range.
    public static func integer(in range: ClosedRange<Int> = .min ... .max) -> YAMLRule {
        YAMLRule(expected: RangeText.of("a whole number", range, .min ... .max)) { node in
            guard case .integer(let value) = node.scalar, range.contains(value) else { return nil }
            return value
        }
    }
}

extension YAMLRule where Value == Double {
    /// A finite number in a range; whole numbers too.
    public static func number(
        in range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) -> YAMLRule {
        let all = -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude
        return YAMLRule(expected: RangeText.of("a number", range, all)) { node in
            let value: Double
            switch node.scalar {
            case .integer(let whole): value = Double(whole)
            case .float(let float): value = float
            default: return nil
            }
            return range.contains(value) ? value : nil
        }
    }
}

extension YAMLRule where Value == Duration {
    /// A length of time with a unit, in a range.
    public static func duration(in range: ClosedRange<Duration> = .zero ... .seconds(86_400 * 3650))
        -> YAMLRule
    {
        let bounds =
            "from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        return YAMLRule(expected: "a length of time such as 30s or 1h30m, \(bounds)") { node in
            node.text.flatMap(DurationText.parse).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension YAMLRule where Value == ByteSize {
    /// A number of bytes, with or without a unit, in a range.
    public static func byteSize(in range: ClosedRange<ByteSize> = ByteSize(bytes: 0)...ByteSize(bytes: .max))
        -> YAMLRule
    {
        let all = ByteSize(bytes: 0)...ByteSize(bytes: .max)
        return YAMLRule(expected: RangeText.of("a size such as 64KiB or 10MB", range, all)) { node in
            node.text.flatMap { ByteSize($0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension YAMLRule where Value == Money {
    /// An amount of US dollars in a range.
    public static func money(
        in range: ClosedRange<Money> = Money(microdollars: 0)...Money(microdollars: .max)
    ) -> YAMLRule {
        let all = Money(microdollars: 0)...Money(microdollars: .max)
        return YAMLRule(expected: RangeText.of("an amount of US dollars such as 0.50", range, all)) { node in
            node.text.flatMap { Money($0) }.flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

/// Words for a range.
enum RangeText {
    static func of<Bound: Comparable>(_ noun: String, _ range: ClosedRange<Bound>, _ all: ClosedRange<Bound>)
        -> String
    {
        switch (range.lowerBound == all.lowerBound, range.upperBound == all.upperBound) {
        case (true, true): noun
        case (true, false): "\(noun), at most \(range.upperBound)"
        case (false, true): "\(noun), at least \(range.lowerBound)"
        case (false, false): "\(noun), from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
