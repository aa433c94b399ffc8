/// A JSON value (RFC 8259).
///
/// Objects keep the order of their members, so that what is written again looks like what was read; equality
/// and hashing ignore that order. Numbers without a fraction or exponent that fit are integers, all others
/// doubles. A lone surrogate escape (`"\ud800"`) becomes U+FFFD, because no Swift string can hold it: what is
/// stored is then the same in every later hop.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case int(Int64)
    /// Any other number.
    case double(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object.
    case object(JSONObject)
}

extension JSON {
    /// The string, or `nil` for another type.
    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// The number as an integer; a double counts when it is whole and fits. `nil` for another type.
    public var int: Int? {
        switch self {
        case .int(let value): Int(value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number as a double, or `nil` for another type.
    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The boolean, or `nil` for another type.
    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The elements, or `nil` for another type.
    public var array: [JSON]? {
        if case .array(let value) = self { return value }
        return nil
    }

    /// The object, or `nil` for another type.
    public var object: JSONObject? {
        if case .object(let value) = self { return value }
        return nil
    }

    /// Whether the value is `null`.
    public var isNull: Bool { self == .null }

    /// The member named `key`, or `nil` where there is none or the value is no object.
    public subscript(key: String) -> JSON? { object?[key] }

    /// The element at `index`, or `nil` where there is none or the value is no array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value that a dotted path leads to: `stats.files.0.name`.
    ///
    /// A part that is a number is an index where it meets an array and a key where it meets an object. The
    /// empty path is the value itself; a leading `$` or `$.` is accepted as in JSONPath.
    public func at(path: String) -> JSON? {
        var current = self
        var parts = path.split(separator: ".", omittingEmptySubsequences: true)
        if parts.first == "$" { parts.removeFirst() }
        for part in parts {
            switch current {
            case .object(let object):
                guard let next = object[String(part)] else { return nil }
                current = next
            case .array(let elements):
                guard let index = Int(part), elements.indices.contains(index) else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }

    /// The type's name as JSON Schema has it, for messages.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Creates `null`.
    public init(nilLiteral: ()) { self = .null }
    /// Creates a boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an integer.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// Creates a double.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Creates an object with its members in the written order.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements))
    }
    /// Creates an integer from an `Int`.
    public init(_ value: Int) { self = .int(Int64(value)) }
    /// Creates a string.
    public init(_ value: String) { self = .string(value) }
    /// Creates a string, or `null` for `nil`.
    public init(_ value: String?) { self = value.map(JSON.string) ?? .null }
    /// Creates an array of strings.
    public init(_ values: [String]) { self = .array(values.map(JSON.string)) }
}
