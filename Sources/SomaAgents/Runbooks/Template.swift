package import SomaCore

/// A text with values from a run in it.
///
/// Small on purpose: `{{ path | filter }}`, `{% for name in path %}…{% endfor %}` and
/// `{% if condition %}…{% else %}…{% endif %}`. It always ends, it can't call anything, and its output is bounded;
/// what values hold is never read as template.
package struct Template: Sendable, Hashable {
    indirect enum Part: Sendable, Hashable {
        case text(String)
        case value(Expression)
        case loop(String, Expression, [Part])
        case branch(Condition, [Part], [Part])
    }

    /// What happens where a value is missing.
    package enum Missing: Sendable {
        /// Filling in fails: for what is acted upon.
        case fails
        /// Nothing is written: for what is read by people.
        case isBlank
    }

    /// The template as it was written.
    package let source: String
    let parts: [Part]

    /// The most that a filled-in template holds.
    package static let bytesMax = 256 << 10
    /// How many passes all loops of one template make together.
    package static let passesMax = 20_000

    /// Reads a template.
    ///
    /// - Throws: `TemplateError` with the place.
    package init(_ source: String) throws(TemplateError) {
        self.source = source
        parts = try TemplateParser.parse(source)
    }

    /// Whether there is nothing to fill in.
    package var isPlain: Bool {
        parts.allSatisfy { if case .text = $0 { true } else { false } }
    }

    /// The paths that are read; with `required`, only those that have no stand-in and are no condition.
    package func paths(required: Bool = false) -> [[String]] {
        parts.flatMap { Self.paths($0, bound: [], required) }
    }

    private static func paths(_ part: Part, bound: Set<String>, _ required: Bool) -> [[String]] {
        func free(_ expression: Expression) -> [[String]] {
            guard !(required && expression.hasDefault) else { return [] }
            return expression.paths.filter { path in path.first.map { !bound.contains($0) } ?? false }
        }
        switch part {
        case .text: return []
        case .value(let expression): return free(expression)
        case .loop(let name, let expression, let body):
            let inner = bound.union([name, "index"])
            return free(expression) + body.flatMap { paths($0, bound: inner, required) }
        case .branch(let condition, let yes, let no):
            let own =
                required
                ? [] : condition.paths.filter { path in path.first.map { !bound.contains($0) } ?? false }
            return own + (yes + no).flatMap { paths($0, bound: bound, required) }
        }
    }

    /// Fills the template in.
    ///
    /// - Throws: `TemplateError` where a value is missing and that fails.
    package func text(_ values: some TemplateValues, missing: Missing) throws(TemplateError) -> String {
        var writer = Writer(missing: missing)
        try writer.write(parts, Scope(outer: values, bound: [:]))
        return writer.isCut ? writer.output + "\n…" : writer.output
    }

    /// The value: where the template is one `{{ }}` alone, what it leads to with its type; else the text.
    package func json(_ values: some TemplateValues) throws(TemplateError) -> JSON {
        if parts.count == 1, case .value(let expression) = parts[0] {
            guard let value = expression.value(values) else { throw Self.isMissing(expression) }
            return value
        }
        return .string(try text(values, missing: .fails))
    }

    private static func isMissing(_ expression: Expression) -> TemplateError {
        TemplateError("There is no \(expression.pathText) to fill in.")
    }

    /// Values with the variables of loops before them.
    private struct Scope: TemplateValues {
        let outer: any TemplateValues
        var bound: [String: JSON]

        func value(at path: [String]) -> JSON? {
            guard let first = path.first, let value = bound[first] else { return outer.value(at: path) }
            return value.value(at: Array(path.dropFirst()))
        }
    }

    private struct Writer {
        let missing: Missing
        var output = ""
        var passes = 0
        var isCut = false

        mutating func write(_ parts: [Part], _ scope: Scope) throws(TemplateError) {
            for part in parts {
                guard !isCut else { return }
                switch part {
                case .text(let text): add(text)
                case .value(let expression):
                    if let value = expression.value(scope) {
                        add(value.shown)
                    } else if missing == .fails {
                        throw Template.isMissing(expression)
                    }
                case .loop(let name, let expression, let body):
                    let value = expression.value(scope)
                    if value == nil, missing == .fails { throw Template.isMissing(expression) }
                    var inner = scope
                    for (index, element) in Self.elements(value).enumerated() {
                        passes += 1
                        guard passes <= Template.passesMax, !isCut else { return isCut = true }
                        inner.bound[name] = element
                        inner.bound["index"] = JSON(index + 1)
                        try write(body, inner)
                    }
                case .branch(let condition, let yes, let no):
                    try write(condition.holds(scope) ? yes : no, scope)
                }
            }
        }

        /// An array's elements; an object's members as `key` and `value`.
        private static func elements(_ value: JSON?) -> [JSON] {
            if let object = value?.object {
                return object.members.map { ["key": .string($0.key), "value": $0.value] }
            }
            return value?.array ?? []
        }

        private mutating func add(_ text: String) {
            let room = Template.bytesMax - output.utf8.count
            guard text.utf8.count > room else { return output += text }
            isCut = true
            output += String(decoding: text.utf8.prefix(max(0, room)), as: UTF8.self)
        }
    }
}
