public import SomaCore

/// The value of an attribute: OTLP's `AnyValue`, which holds Jaeger's types too.
public enum AttributeValue: Sendable, Hashable {
    /// No value was given.
    case empty
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([Attribute])

    /// The text of a string, or `nil` for another type.
    public var string: String? { if case .string(let text) = self { text } else { nil } }

    /// What a person reads: text as it is, bytes in base 64, arrays and maps as JSON. It is from outside: not yet
    /// safe for a terminal.
    public var text: String {
        switch self {
        case .empty: ""
        case .string(let value): value
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bytes(let value): Base64.encode(value)
        case .array, .map: json.text()
        }
    }

    /// The value as JSON; bytes in base 64, a double that is no number as `"NaN"` or `"Infinity"`.
    public var json: JSON {
        switch self {
        case .empty: .null
        case .string(let value): .string(value)
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): JSON(number: value)
        case .bytes(let value): .string(Base64.encode(value))
        case .array(let values): .array(values.map(\.json))
        case .map(let members): Attribute.json(members)
        }
    }
}

/// A name and a value: Jaeger's tag, OTLP's `KeyValue`.
public struct Attribute: Sendable, Hashable {
    /// The name; names may repeat.
    public var key: String
    /// The value.
    public var value: AttributeValue

    /// Creates an attribute.
    public init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }

    /// Attributes as a JSON object, in order.
    public static func json(_ attributes: [Attribute]) -> JSON {
        .object(JSONObject(attributes.map { ($0.key, $0.value.json) }))
    }
}

extension [Attribute] {
    /// The value of the first attribute of a name.
    public subscript(key: String) -> AttributeValue? { first { $0.key == key }?.value }
}

extension JSON {
    /// A double; what JSON has no number for is written as protobuf's JSON mapping does.
    init(number: Double) {
        self =
            number.isNaN ? "NaN" : number.isFinite ? .double(number) : number > 0 ? "Infinity" : "-Infinity"
    }
}
