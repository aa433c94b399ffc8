import SomaCore

/// Turns a schema's JSON into rules, refusing what it doesn't know.
enum JSONSchemaCompiler {
    private static let depthMax = 64
    private static let annotations: Set<String> = [
        "title", "description", "examples", "$schema", "$id", "$comment", "format", "deprecated", "default",
    ]
    private static let known: [String] = [
        "type", "properties", "required", "additionalProperties", "enum", "const", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "items",
        "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "oneOf", "anyOf", "allOf",
        "not",
    ]

    static func compile(_ schema: JSON, at path: String, depth: Int) throws(JSONSchemaError)
        -> JSONSchema.Node
    {
        guard depth < depthMax else { throw JSONSchemaError(path: path, message: "nested too deeply") }
        if case .bool(let allowed) = schema {
            let rules: [JSONSchema.Rule] = allowed ? [] : [.nothing]
            return JSONSchema.Node(rules: rules, properties: [], items: nil, byDefault: nil)
        }
        guard case .object(let object) = schema else {
            throw JSONSchemaError(
                path: path,
                message: "expected an object or a boolean, found \(schema.typeName)"
            )
        }
        var compilation = Compilation(object: object, path: path, depth: depth)
        for member in object.members where !annotations.contains(member.key) {
            guard known.contains(member.key) else {
                let nearest = NearestName.find(member.key, among: known).map { "; did you mean \($0)?" } ?? ""
                throw JSONSchemaError(path: path, message: "unknown keyword \(member.key)\(nearest)")
            }
            try compilation.add(member.key, member.value)
        }
        try compilation.addPairs()
        let node = JSONSchema.Node(
            rules: compilation.rules,
            properties: compilation.properties,
            items: compilation.items,
            byDefault: object["default"]
        )
        if let byDefault = node.byDefault {
            var check = JSONSchemaCheck()
            check.check(byDefault, node, at: "\(path).default")
            if let violation = check.violations.first {
                throw JSONSchemaError(
                    path: violation.path,
                    message: "the default breaks its own schema: \(violation)"
                )
            }
        }
        return node
    }

    private struct Compilation {
        let object: JSONObject
        let path: String
        let depth: Int
        var rules: [JSONSchema.Rule] = []
        var properties: [(name: String, schema: JSONSchema.Node)] = []
        var items: JSONSchema.Node?

        mutating func add(_ key: String, _ value: JSON) throws(JSONSchemaError) {
            switch key {
            case "type": rules.append(.types(try types(value)))
            case "properties": try addProperties(value)
            case "required": rules.append(.required(try strings(value, key)))
            case "additionalProperties":
                if value == .bool(false) {
                    rules.append(.onlyNamed)
                } else if value != .bool(true) {
                    rules.append(.additional(try child(value, key)))
                }
            case "enum":
                guard let values = value.array, !values.isEmpty else {
                    throw wrong(key, "a non-empty array", value)
                }
                rules.append(.oneOfValues(values))
            case "const": rules.append(.oneOfValues([value]))
            case "minimum": rules.append(.range(.minimum, try number(value, key)))
            case "maximum": rules.append(.range(.maximum, try number(value, key)))
            case "exclusiveMinimum": rules.append(.range(.above, try number(value, key)))
            case "exclusiveMaximum": rules.append(.range(.below, try number(value, key)))
            case "multipleOf":
                guard let step = value.double, step > 0 else { throw wrong(key, "a number above 0", value) }
                rules.append(.multipleOf(value))
            case "pattern": rules.append(.pattern(try pattern(value)))
            case "items": items = try child(value, key)
            case "uniqueItems":
                guard let unique = value.bool else { throw wrong(key, "a boolean", value) }
                if unique { rules.append(.unique) }
            case "allOf": rules.append(.all(try children(value, key)))
            case "anyOf": rules.append(.any(try children(value, key)))
            case "oneOf": rules.append(.one(try children(value, key)))
            case "not": rules.append(.not(try child(value, key)))
            default: break
            }
        }

        /// The keywords that come in pairs of a lower and an upper bound.
        mutating func addPairs() throws(JSONSchemaError) {
            if let pair = try pair("minLength", "maxLength") {
                rules.append(.length(minimum: pair.0, maximum: pair.1))
            }
            if let pair = try pair("minItems", "maxItems") {
                rules.append(.count(minimum: pair.0, maximum: pair.1))
            }
            if let pair = try pair("minProperties", "maxProperties") {
                rules.append(.memberCount(minimum: pair.0, maximum: pair.1))
            }
        }

        private mutating func addProperties(_ value: JSON) throws(JSONSchemaError) {
            guard let members = value.object else { throw wrong("properties", "an object", value) }
            for member in members.members {
                let place = "\(path).properties.\(member.key)"
                let schema = try JSONSchemaCompiler.compile(member.value, at: place, depth: depth + 1)
                properties.append((member.key, schema))
            }
        }

        private func types(_ value: JSON) throws(JSONSchemaError) -> [JSONSchema.ValueType] {
            let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
            var types: [JSONSchema.ValueType] = []
            for name in names {
                guard let type = JSONSchema.ValueType(rawValue: name) else {
                    throw wrong("type", "a type", value)
                }
                types.append(type)
            }
            guard !types.isEmpty, types.count == value.array?.count ?? 1 else {
                throw wrong("type", "a type or an array of types", value)
            }
            return types
        }

        private func pattern(_ value: JSON) throws(JSONSchemaError) -> LinearRegex {
            guard let text = value.string else { throw wrong("pattern", "a string", value) }
            do throws(LinearRegexError) {
                return try LinearRegex(text)
            } catch {
                throw JSONSchemaError(path: "\(path).pattern", message: "\(error)")
            }
        }

        private func pair(_ low: String, _ high: String) throws(JSONSchemaError) -> (Int?, Int?)? {
            let minimum = try size(low)
            let maximum = try size(high)
            return minimum == nil && maximum == nil ? nil : (minimum, maximum)
        }

        private func size(_ key: String) throws(JSONSchemaError) -> Int? {
            guard let value = object[key] else { return nil }
            guard let size = value.int, size >= 0 else { throw wrong(key, "an integer of at least 0", value) }
            return size
        }

        private func number(_ value: JSON, _ key: String) throws(JSONSchemaError) -> JSON {
            guard value.double != nil else { throw wrong(key, "a number", value) }
            return value
        }

        private func strings(_ value: JSON, _ key: String) throws(JSONSchemaError) -> [String] {
            guard let elements = value.array else { throw wrong(key, "an array of strings", value) }
            let strings = elements.compactMap(\.string)
            guard strings.count == elements.count else { throw wrong(key, "an array of strings", value) }
            return strings
        }

        private func child(_ value: JSON, _ key: String) throws(JSONSchemaError) -> JSONSchema.Node {
            try JSONSchemaCompiler.compile(value, at: "\(path).\(key)", depth: depth + 1)
        }

        private func children(_ value: JSON, _ key: String) throws(JSONSchemaError) -> [JSONSchema.Node] {
            guard let elements = value.array, !elements.isEmpty else {
                throw wrong(key, "a non-empty array", value)
            }
            var nodes: [JSONSchema.Node] = []
            for (index, element) in elements.enumerated() {
                nodes.append(
                    try JSONSchemaCompiler.compile(element, at: "\(path).\(key)[\(index)]", depth: depth + 1)
                )
            }
            return nodes
        }

        private func wrong(_ key: String, _ expected: String, _ value: JSON) -> JSONSchemaError {
            JSONSchemaError(path: "\(path).\(key)", message: "expected \(expected), found \(value.typeName)")
        }
    }
}
