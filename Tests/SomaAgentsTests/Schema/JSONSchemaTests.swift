import SomaCore
import Testing

@testable import SomaAgents

struct SchemaCase: Sendable, CustomTestStringConvertible {
    let schema: JSON
    let value: JSON
    let violations: [String]
    var testDescription: String { "\(schema.text()) <- \(JSONSchemaCheck.shown(value))" }

    init(_ schema: JSON, _ value: JSON, _ violations: String...) {
        self.schema = schema
        self.value = value
        self.violations = violations
    }
}

@Suite("JSON Schema")
struct JSONSchemaTests {
    static let cases: [SchemaCase] = [
        SchemaCase(["type": "string"], "a"),
        SchemaCase(["type": "string"], 1, "$: expected string, found integer 1"),
        SchemaCase(["type": ["string", "null"]], nil),
        SchemaCase(["type": ["string", "null"]], true, "$: expected string or null, found true"),
        SchemaCase(["type": "integer"], 2.0),
        SchemaCase(["type": "integer"], 2.5, "$: expected integer, found number 2.5"),
        SchemaCase(["type": "number"], 3),
        SchemaCase(["type": "boolean"], "true", "$: expected boolean, found string \"true\""),
        SchemaCase(
            ["required": ["a", "b c"]],
            [:],
            "$.a: expected a value, found nothing",
            "$[\"b c\"]: expected a value, found nothing"
        ),
        SchemaCase(
            ["properties": ["path": true], "additionalProperties": false],
            ["pth": 1],
            "$.pth: expected no such member (did you mean path?), found integer 1"
        ),
        SchemaCase(
            ["additionalProperties": ["type": "string"]],
            ["k": 1],
            "$.k: expected string, found integer 1"
        ),
        SchemaCase(["additionalProperties": true], ["k": 1]),
        SchemaCase(["enum": ["a", 1]], 1.0),
        SchemaCase(["enum": ["a", 1]], "b", "$: expected one of \"a\", 1, found string \"b\""),
        SchemaCase(["const": "x"], "y", "$: expected \"x\", found string \"y\""),
        SchemaCase(["minimum": 1, "maximum": 3], 4, "$: expected at most 3, found integer 4"),
        SchemaCase(["minimum": 1.5], 1, "$: expected at least 1.5, found integer 1"),
        SchemaCase(["exclusiveMinimum": 0], 0, "$: expected more than 0, found integer 0"),
        SchemaCase(["exclusiveMaximum": 1], 1.0, "$: expected less than 1, found number 1.0"),
        SchemaCase(
            ["maximum": 9_007_199_254_740_992],
            9_007_199_254_740_993,
            "$: expected at most 9007199254740992, found integer 9007199254740993"
        ),
        SchemaCase(["multipleOf": 5], 12, "$: expected a multiple of 5, found integer 12"),
        SchemaCase(["multipleOf": 0.5], 1.5),
        SchemaCase(["minLength": 2], "é", "$: expected at least 2 characters, found 1"),
        SchemaCase(["maxLength": 1], "👩‍👩", "$: expected at most 1 characters, found 3"),
        SchemaCase(
            ["pattern": "^a+$"],
            "aab",
            "$: expected text that matches \"^a+$\", found string \"aab\""
        ),
        SchemaCase(["pattern": "a"], 5),
        SchemaCase(
            ["items": ["type": "integer"], "maxItems": 2],
            [1, "x", 3],
            "$: expected at most 2 elements, found 3",
            "$[1]: expected integer, found string \"x\""
        ),
        SchemaCase(["minItems": 1], [], "$: expected at least 1 elements, found 0"),
        SchemaCase(["uniqueItems": true], [1, 1], "$: expected no element twice, found array of 2"),
        SchemaCase(["minProperties": 1, "maxProperties": 2], [:], "$: expected at least 1 members, found 0"),
        SchemaCase(["maxProperties": 0], ["a": 1], "$: expected at most 0 members, found 1"),
        SchemaCase(["anyOf": [["type": "string"], ["type": "integer"]]], 1),
        SchemaCase(
            ["anyOf": [["type": "string"], ["minimum": 5]]],
            1,
            "$: expected one of 2 forms (nearest: $: expected string, found integer 1), found integer 1"
        ),
        SchemaCase(
            ["oneOf": [["minimum": 1], ["minimum": 2]]],
            3,
            "$: expected exactly one of 2 forms, found a value of 2 of them"
        ),
        SchemaCase(
            ["oneOf": [["type": "string"]]],
            3,
            "$: expected exactly one of 1 forms (nearest: $: expected string, found integer 3), found integer 3"
        ),
        SchemaCase(["allOf": [["minimum": 1], ["maximum": 2]]], 3, "$: expected at most 2, found integer 3"),
        SchemaCase(["not": ["type": "null"]], nil, "$: expected another value, found null"),
        SchemaCase(false, 1, "$: expected nothing, found integer 1"),
        SchemaCase(
            ["type": "string", "maxLength": 1],
            "\u{1b}[31m",
            "$: expected at most 1 characters, found 5"
        ),
        SchemaCase(["type": "integer"], "\u{1b}[31m", "$: expected integer, found string \"\\u001b[31m\""),
    ]

    @Test("a value is checked and every wrong place is named", arguments: cases)
    func check(_ one: SchemaCase) throws {
        let schema = try JSONSchema(one.schema)
        #expect(schema.violations(of: one.value).map(\.description) == one.violations)
    }

    static let refusals: [(JSON, String)] = [
        (["tpye": "string"], "$: unknown keyword tpye; did you mean type?"),
        (["type": "text"], "$.type: expected a type, found string"),
        (["type": 1], "$.type: expected a type or an array of types, found integer"),
        (["$ref": "#/x"], "$: unknown keyword $ref"),
        (["properties": []], "$.properties: expected an object, found array"),
        (["properties": ["a": ["minimum": "1"]]], "$.properties.a.minimum: expected a number, found string"),
        (["required": "a"], "$.required: expected an array of strings, found string"),
        (["enum": []], "$.enum: expected a non-empty array, found array"),
        (["minLength": -1], "$.minLength: expected an integer of at least 0, found integer"),
        (["pattern": "("], "$.pattern: the pattern is wrong at character 1: a '(' without its ')'"),
        (["anyOf": []], "$.anyOf: expected a non-empty array, found array"),
        (["multipleOf": 0], "$.multipleOf: expected a number above 0, found integer"),
        (["uniqueItems": 1], "$.uniqueItems: expected a boolean, found integer"),
        (["items": 3], "$.items: expected an object or a boolean, found integer"),
        (
            ["type": "string", "default": 1],
            "$.default: the default breaks its own schema: $.default: expected string, found integer 1"
        ),
    ]

    @Test(
        "a schema that is not understood is refused with its place",
        arguments: refusals
    )
    func refusal(_ schema: JSON, _ message: String) {
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(schema) }
        #expect(error?.description == message)
    }

    @Test("defaults are filled in at every level and never over a value")
    func defaults() throws {
        let schema = try JSONSchema([
            "properties": [
                "a": ["default": 1], "b": ["default": 2],
                "c": ["properties": ["d": ["default": "x"]]],
                "e": ["items": ["properties": ["f": ["default": true]]]],
            ]
        ])
        let filled = schema.fillingDefaults(["b": nil, "c": [:], "e": [[:], ["f": false], 3]])
        #expect(filled == ["a": 1, "b": nil, "c": ["d": "x"], "e": [["f": true], ["f": false], 3]])
        #expect(schema.fillingDefaults("text") == "text")
    }

    @Test("a schema nested too deeply is refused")
    func depth() {
        var schema: JSON = ["type": "string"]
        for _ in 0..<100 { schema = ["items": schema] }
        #expect(throws: JSONSchemaError.self) { try JSONSchema(schema) }
    }

    @Test("a million wrong elements give twenty violations")
    func many() throws {
        let schema = try JSONSchema(["items": ["type": "string"]])
        #expect(schema.violations(of: .array(Array(repeating: 1, count: 100_000))).count == 20)
    }
}
