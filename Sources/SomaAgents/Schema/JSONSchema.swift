package import SomaCore

/// A compiled JSON Schema: the part of the language that tool parameters need, checked strictly.
///
/// Known: `type`, `properties`, `required`, `additionalProperties`, `enum`, `const`, `minimum`, `maximum`,
/// `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength`, `pattern`, `items`, `minItems`,
/// `maxItems`, `uniqueItems`, `minProperties`, `maxProperties`, `oneOf`, `anyOf`, `allOf`, `not`, `default`, and the
/// annotations `title`, `description`, `examples`, `$schema`, `$id`, `$comment`, `format`, `deprecated`. Any other
/// keyword is refused: a constraint that is silently not checked is worse than none.
package struct JSONSchema: Sendable {
    final class Node: Sendable {
        let rules: [Rule]
        let properties: [(name: String, schema: Node)]
        let items: Node?
        let byDefault: JSON?

        init(rules: [Rule], properties: [(name: String, schema: Node)], items: Node?, byDefault: JSON?) {
            self.rules = rules
            self.properties = properties
            self.items = items
            self.byDefault = byDefault
        }
    }

    enum Rule: Sendable {
        case nothing
        case types([ValueType])
        case required([String])
        case onlyNamed
        case additional(Node)
        case oneOfValues([JSON])
        case range(Bound, JSON)
        case multipleOf(JSON)
        case length(minimum: Int?, maximum: Int?)
        case pattern(LinearRegex)
        case count(minimum: Int?, maximum: Int?)
        case memberCount(minimum: Int?, maximum: Int?)
        case unique
        case all([Node])
        case any([Node])
        case one([Node])
        case not(Node)
    }

    enum Bound: Sendable { case minimum, maximum, above, below }

    /// A type as JSON Schema names it. `number` takes integers too, and a whole double is an integer.
    enum ValueType: String, Sendable, CaseIterable {
        case null, boolean, integer, number, string, array, object

        func holds(_ value: JSON) -> Bool {
            switch (self, value) {
            case (.null, .null), (.boolean, .bool), (.integer, .int), (.number, .int), (.number, .double),
                (.string, .string), (.array, .array), (.object, .object):
                true
            case (.integer, .double(let double)): double.rounded() == double
            default: false
            }
        }
    }

    let root: Node

    /// Compiles a schema.
    ///
    /// - Throws: `JSONSchemaError` with the place of what is not understood. At most 64 levels deep.
    package init(_ schema: JSON) throws(JSONSchemaError) {
        root = try JSONSchemaCompiler.compile(schema, at: "$", depth: 0)
    }

    /// Every place where `value` isn't what the schema wants; at most 20 of them.
    package func violations(of value: JSON) -> [JSONSchemaViolation] {
        var check = JSONSchemaCheck()
        check.check(value, root, at: "$")
        return check.violations
    }

    /// The value with the defaults of missing members, at every level of named properties and items.
    package func fillingDefaults(_ value: JSON) -> JSON {
        Self.fill(value, root)
    }

    private static func fill(_ value: JSON, _ node: Node) -> JSON {
        switch value {
        case .object(var object):
            for (name, schema) in node.properties {
                if let present = object[name] {
                    object[name] = fill(present, schema)
                } else if let byDefault = schema.byDefault {
                    object[name] = byDefault
                }
            }
            return .object(object)
        case .array(let elements):
            guard let items = node.items else { return value }
            return .array(elements.map { fill($0, items) })
        default:
            return value
        }
    }
}

/// Why a schema can't be used, and where.
package struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place in the schema: `$.properties.count.minimum`.
    package let path: String
    /// What is wrong there.
    package let message: String

    package var description: String { "\(path): \(message)" }
}

/// One place where a value isn't what its schema wants.
package struct JSONSchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// The place in the value: `$.files[2].name`.
    package let path: String
    /// What was expected: `at most 10`.
    package let expected: String
    /// What was found, shortened: `"string "abc""`.
    package let found: String

    package init(path: String, expected: String, found: String) {
        self.path = path
        self.expected = expected
        self.found = found
    }

    package var description: String { "\(path): expected \(expected), found \(found)" }
}
