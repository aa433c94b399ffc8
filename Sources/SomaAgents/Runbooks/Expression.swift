package import SomaCore

/// Where a template finds its values.
package protocol TemplateValues {
    /// The value that a path leads to; `nil` where there is none.
    func value(at path: [String]) -> JSON?
}

extension JSON: TemplateValues {
    package func value(at path: [String]) -> JSON? { at(path: path.joined(separator: ".")) }
}

/// A value in a template: a path or a literal, and what is done to it.
package struct Expression: Sendable, Hashable {
    /// Where the value comes from.
    package enum Source: Sendable, Hashable {
        case path([String])
        case literal(JSON)
    }

    /// One filter with its arguments.
    package struct Call: Sendable, Hashable {
        package var filter: TemplateFilter
        package var arguments: [Expression]
    }

    package var source: Source
    package var calls: [Call]

    /// The value, or `nil` where it is missing or a filter can't be used on it.
    package func value(_ values: some TemplateValues) -> JSON? {
        var value: JSON?
        switch source {
        case .path(let path): value = values.value(at: path)
        case .literal(let literal): value = literal
        }
        for call in calls {
            let arguments = call.arguments.map { $0.value(values) }
            value = call.filter.apply(to: value, arguments)
        }
        return value
    }

    /// The paths that it reads.
    package var paths: [[String]] {
        var paths: [[String]] = []
        if case .path(let path) = source { paths.append(path) }
        return paths + calls.flatMap { $0.arguments.flatMap(\.paths) }
    }

    /// Whether it does without its path, because a filter says what stands in for it.
    package var hasDefault: Bool { calls.contains { $0.filter == .default } }

    /// The path as it was written, for messages.
    package var pathText: String {
        if case .path(let path) = source { return path.joined(separator: ".") }
        return "the value"
    }
}

/// A condition: comparisons joined by `and`, and those by `or`.
package struct Condition: Sendable, Hashable {
    /// One comparison.
    package struct Comparison: Sendable, Hashable {
        /// How two values are compared; `nil` asks whether the left one is there and not empty.
        package var sign: Sign?
        package var left: Expression
        package var right: Expression?
        package var isNegated: Bool
    }

    /// How two values are compared.
    package enum Sign: String, Sendable, Hashable, CaseIterable {
        case equal = "=="
        case differs = "!="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
        case contains
    }

    /// Any of these, each of which is all of its comparisons.
    package var alternatives: [[Comparison]]

    /// Whether it holds. What is missing equals nothing, and is neither above nor below anything.
    package func holds(_ values: some TemplateValues) -> Bool {
        alternatives.contains { all in all.allSatisfy { $0.holds(values) } }
    }

    /// The paths that it reads.
    package var paths: [[String]] {
        alternatives.flatMap { $0 }.flatMap { $0.left.paths + ($0.right?.paths ?? []) }
    }
}

extension Condition.Comparison {
    func holds(_ values: some TemplateValues) -> Bool {
        let left = left.value(values)
        guard let sign else { return (left?.isTruthy ?? false) != isNegated }
        return sign.holds(left, right?.value(values)) != isNegated
    }
}

extension Condition.Sign {
    package func holds(_ left: JSON?, _ right: JSON?) -> Bool {
        switch self {
        case .equal: return left.isSame(as: right)
        case .differs: return !left.isSame(as: right)
        case .contains:
            if let elements = left?.array { return elements.contains { Optional($0).isSame(as: right) } }
            guard let text = left?.string, let part = right?.string else { return false }
            return part.isEmpty || text.contains(part)
        case .atMost, .atLeast, .below, .above:
            guard let left = left?.double, let right = right?.double else { return false }
            switch self {
            case .atMost: return left <= right
            case .atLeast: return left >= right
            case .below: return left < right
            default: return left > right
            }
        }
    }
}

extension JSON? {
    /// Whether both are missing or the same; numbers by their value, whatever way they are written.
    fileprivate func isSame(as other: JSON?) -> Bool {
        if let left = self?.double, let right = other?.double { return left == right }
        return (self ?? .null) == (other ?? .null)
    }
}

extension JSON {
    /// Whether it counts as there: not null, false, zero or empty.
    package var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let value): !value.isEmpty
        case .array(let value): !value.isEmpty
        case .object(let value): !value.isEmpty
        }
    }

    /// The value as a template shows it: text as it is, numbers plainly, structures as JSON.
    package var shown: String {
        switch self {
        case .null: ""
        case .string(let value): value
        case .double(let value):
            Int64(exactly: value).map(String.init) ?? "\(value)"
        default: text()
        }
    }
}
