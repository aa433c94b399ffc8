import SomaCore

/// One walk over a value beside its schema.
struct JSONSchemaCheck {
    /// A hostile value of a million wrong elements must not become a million sentences.
    static let violationsMax = 20

    private(set) var violations: [JSONSchemaViolation] = []

    mutating func check(_ value: JSON, _ node: JSONSchema.Node, at path: String) {
        guard violations.count < Self.violationsMax else { return }
        for rule in node.rules { check(value, rule, node, at: path) }
        if case .object(let object) = value {
            for (name, schema) in node.properties {
                guard let member = object[name] else { continue }
                check(member, schema, at: Self.member(name, of: path))
            }
        }
        if case .array(let elements) = value, let items = node.items {
            for (index, element) in elements.enumerated() { check(element, items, at: "\(path)[\(index)]") }
        }
    }

    private mutating func check(
        _ value: JSON,
        _ rule: JSONSchema.Rule,
        _ node: JSONSchema.Node,
        at path: String
    ) {
        switch rule {
        case .nothing: report(path, "nothing", value)
        case .types(let types):
            if !types.contains(where: { $0.holds(value) }) {
                report(path, types.map(\.rawValue).joined(separator: " or "), value)
            }
        case .required, .onlyNamed, .additional, .memberCount:
            if case .object(let object) = value { check(object, rule, node, at: path) }
        case .oneOfValues(let values):
            if !values.contains(where: { Self.equal($0, value) }) {
                let names = values.prefix(12).map { $0.text() }.joined(separator: ", ")
                report(path, values.count == 1 ? names : "one of \(names)", value)
            }
        case .range, .multipleOf: checkNumber(value, rule, at: path)
        case .length(let minimum, let maximum):
            guard let text = value.string else { return }
            // JSON Schema counts code points, not what a person sees as one character.
            let count = text.unicodeScalars.count
            if let minimum, count < minimum { report(path, "at least \(minimum) characters", "\(count)") }
            if let maximum, count > maximum { report(path, "at most \(maximum) characters", "\(count)") }
        case .pattern(let pattern):
            guard let text = value.string, !pattern.matches(text) else { return }
            report(path, "text that matches \(JSON.string(pattern.source).text())", value)
        case .count, .unique:
            if case .array(let elements) = value { check(elements, rule, value, at: path) }
        case .all, .any, .one, .not: checkCombination(value, rule, at: path)
        }
    }

    private mutating func check(
        _ object: JSONObject,
        _ rule: JSONSchema.Rule,
        _ node: JSONSchema.Node,
        at path: String
    ) {
        switch rule {
        case .required(let names):
            for name in names where object[name] == nil {
                report(Self.member(name, of: path), "a value", "nothing")
            }
        case .onlyNamed:
            let named = node.properties.map(\.name)
            for key in object.keys where !named.contains(key) {
                let nearest = NearestName.find(key, among: named).map { " (did you mean \($0)?)" } ?? ""
                report(Self.member(key, of: path), "no such member\(nearest)", object[key] ?? nil)
            }
        case .additional(let schema):
            let named = Set(node.properties.map(\.name))
            for member in object.members where !named.contains(member.key) {
                check(member.value, schema, at: Self.member(member.key, of: path))
            }
        case .memberCount(let minimum, let maximum):
            if let minimum, object.count < minimum {
                report(path, "at least \(minimum) members", "\(object.count)")
            }
            if let maximum, object.count > maximum {
                report(path, "at most \(maximum) members", "\(object.count)")
            }
        default: break
        }
    }

    private mutating func check(_ elements: [JSON], _ rule: JSONSchema.Rule, _ value: JSON, at path: String) {
        switch rule {
        case .count(let minimum, let maximum):
            if let minimum, elements.count < minimum {
                report(path, "at least \(minimum) elements", "\(elements.count)")
            }
            if let maximum, elements.count > maximum {
                report(path, "at most \(maximum) elements", "\(elements.count)")
            }
        case .unique:
            if Set(elements).count != elements.count { report(path, "no element twice", value) }
        default: break
        }
    }

    private mutating func checkNumber(_ value: JSON, _ rule: JSONSchema.Rule, at path: String) {
        guard let number = value.double else { return }
        switch rule {
        case .range(let bound, let limit):
            guard !Self.isWithin(value, number, bound, limit) else { return }
            let words =
                switch bound {
                case .minimum: "at least"
                case .maximum: "at most"
                case .above: "more than"
                case .below: "less than"
                }
            report(path, "\(words) \(limit.text())", value)
        case .multipleOf(let step):
            let isMultiple =
                if case .int(let whole) = value, case .int(let divisor) = step {
                    whole % divisor == 0
                } else {
                    (number / (step.double ?? 1)).rounded() * (step.double ?? 1) == number
                }
            if !isMultiple { report(path, "a multiple of \(step.text())", value) }
        default: break
        }
    }

    private static func isWithin(_ value: JSON, _ number: Double, _ bound: JSONSchema.Bound, _ limit: JSON)
        -> Bool
    {
        // Integers are compared as such: above 2^53 two of them may be one double.
        if case .int(let left) = value, case .int(let right) = limit {
            return switch bound {
            case .minimum: left >= right
            case .maximum: left <= right
            case .above: left > right
            case .below: left < right
            }
        }
        let right = limit.double ?? 0
        return switch bound {
        case .minimum: number >= right
        case .maximum: number <= right
        case .above: number > right
        case .below: number < right
        }
    }

    private mutating func checkCombination(_ value: JSON, _ rule: JSONSchema.Rule, at path: String) {
        switch rule {
        case .all(let nodes):
            for node in nodes { check(value, node, at: path) }
        case .any(let nodes):
            let outcomes = nodes.map { Self.outcome(value, $0, path) }
            if !outcomes.contains(where: \.isEmpty) {
                report(path, "one of \(nodes.count) forms (\(Self.nearest(outcomes)))", value)
            }
        case .one(let nodes):
            let outcomes = nodes.map { Self.outcome(value, $0, path) }
            let fitting = outcomes.filter(\.isEmpty).count
            if fitting == 0 {
                report(path, "exactly one of \(nodes.count) forms (\(Self.nearest(outcomes)))", value)
            } else if fitting > 1 {
                report(path, "exactly one of \(nodes.count) forms", "a value of \(fitting) of them")
            }
        case .not(let node):
            if Self.outcome(value, node, path).isEmpty { report(path, "another value", value) }
        default: break
        }
    }

    private static func outcome(_ value: JSON, _ node: JSONSchema.Node, _ path: String)
        -> [JSONSchemaViolation]
    {
        var check = JSONSchemaCheck()
        check.check(value, node, at: path)
        return check.violations
    }

    /// The form that came nearest is the one that the caller most likely meant.
    private static func nearest(_ outcomes: [[JSONSchemaViolation]]) -> String {
        outcomes.min { $0.count < $1.count }?.first.map { "nearest: \($0)" } ?? ""
    }

    private static func equal(_ left: JSON, _ right: JSON) -> Bool {
        if left == right { return true }
        guard let first = left.double, let second = right.double else { return false }
        return first == second
    }

    private mutating func report(_ path: String, _ expected: String, _ value: JSON) {
        report(path, expected, Self.shown(value))
    }

    private mutating func report(_ path: String, _ expected: String, _ found: String) {
        guard violations.count < Self.violationsMax else { return }
        violations.append(JSONSchemaViolation(path: path, expected: expected, found: found))
    }

    /// A value short enough for a message; quoted, so that control characters in it stay escaped.
    static func shown(_ value: JSON) -> String {
        switch value {
        case .null, .bool: value.text()
        case .int, .double: "\(value.typeName) \(value.text())"
        case .string(let text):
            text.unicodeScalars.count <= 40
                ? "string \(value.text())"
                : "string \(JSON.string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(40)))).text())…"
        case .array(let elements): "array of \(elements.count)"
        case .object(let object): "object of \(object.count)"
        }
    }

    private static func member(_ name: String, of path: String) -> String {
        let isPlain =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F
            }
        return isPlain ? "\(path).\(name)" : "\(path)[\(JSON.string(String(name.prefix(60))).text())]"
    }
}
