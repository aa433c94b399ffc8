/// `Codable` values to and from `JSON`, without Foundation.
///
/// Used where speed doesn't matter: snapshots, keyframes, API documents. Missing optionals are `nil`; any other
/// mismatch is a `DecodingError`. Nothing in the data chooses a type.
extension JSON {
    /// Encodes a value.
    public init(encoding value: some Encodable) throws {
        let encoder = ValueEncoder()
        try value.encode(to: encoder)
        self = encoder.box.json
    }

    /// Decodes a value.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try Value(from: ValueDecoder(json: self, codingPath: []))
    }
}

private struct IndexKey: CodingKey {
    let intValue: Int?
    var stringValue: String { "\(intValue ?? 0)" }
    init(_ index: Int) { intValue = index }
    init?(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
}

/// A place in the tree that containers fill in, in whatever order they are asked to.
private final class Box {
    var json: JSON {
        if let members {
            return .object(JSONObject(members: members.map { .init(key: $0.0, value: $0.1.json) }))
        }
        if let elements { return .array(elements.map(\.json)) }
        return value
    }
    var value: JSON = .null
    var members: [(String, Box)]?
    var elements: [Box]?
}

private struct ValueEncoder: Encoder {
    let box: Box
    var codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(box: Box = Box(), codingPath: [any CodingKey] = []) {
        self.box = box
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if box.members == nil { box.members = [] }
        return KeyedEncodingContainer(KeyedEncoder<Key>(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if box.elements == nil { box.elements = [] }
        return ArrayEncoder(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleEncoder(box: box, codingPath: codingPath)
    }
}

private func encode(_ value: some Encodable, into box: Box, _ path: [any CodingKey]) throws {
    switch value {
    case let value as JSON: box.value = value
    case let value as JSONObject: box.value = .object(value)
    case let value as String: box.value = .string(value)
    case let value as Bool: box.value = .bool(value)
    case let value as Int: box.value = .int(Int64(value))
    case let value as Double: box.value = .double(value)
    default: try value.encode(to: ValueEncoder(box: box, codingPath: path))
    }
}

private struct KeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    let codingPath: [any CodingKey]

    private func next(_ key: Key) -> Box {
        let box = Box()
        self.box.members?.append((key.stringValue, box))
        return box
    }

    mutating func encodeNil(forKey key: Key) throws { _ = next(key) }
    mutating func encode(_ value: some Encodable, forKey key: Key) throws {
        try SomaCore.encode(value, into: next(key), codingPath + [key])
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(box: next(key), codingPath: codingPath + [key]).container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(box: next(key), codingPath: codingPath + [key]).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: box, codingPath: codingPath) }
    mutating func superEncoder(forKey key: Key) -> any Encoder {
        ValueEncoder(box: next(key), codingPath: codingPath + [key])
    }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var count: Int { box.elements?.count ?? 0 }

    private func next() -> Box {
        let box = Box()
        self.box.elements?.append(box)
        return box
    }

    mutating func encodeNil() throws { _ = next() }
    mutating func encode(_ value: some Encodable) throws {
        let index = count
        try SomaCore.encode(value, into: next(), codingPath + [IndexKey(index)])
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<
        Nested
    > {
        ValueEncoder(box: next(), codingPath: codingPath).container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(box: next(), codingPath: codingPath).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: next(), codingPath: codingPath) }
}

private struct SingleEncoder: SingleValueEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]

    mutating func encodeNil() throws { box.value = .null }
    mutating func encode(_ value: Bool) throws { box.value = .bool(value) }
    mutating func encode(_ value: String) throws { box.value = .string(value) }
    mutating func encode(_ value: Double) throws { box.value = .double(value) }
    mutating func encode(_ value: Float) throws { box.value = .double(Double(value)) }
    mutating func encode(_ value: Int) throws { try integer(value) }
    mutating func encode(_ value: Int8) throws { try integer(value) }
    mutating func encode(_ value: Int16) throws { try integer(value) }
    mutating func encode(_ value: Int32) throws { try integer(value) }
    mutating func encode(_ value: Int64) throws { try integer(value) }
    mutating func encode(_ value: UInt) throws { try integer(value) }
    mutating func encode(_ value: UInt8) throws { try integer(value) }
    mutating func encode(_ value: UInt16) throws { try integer(value) }
    mutating func encode(_ value: UInt32) throws { try integer(value) }
    mutating func encode(_ value: UInt64) throws { try integer(value) }
    mutating func encode(_ value: some Encodable) throws { try SomaCore.encode(value, into: box, codingPath) }

    private func integer(_ value: some FixedWidthInteger) throws {
        guard let whole = Int64(exactly: value) else {
            throw EncodingError.invalidValue(
                value,
                .init(codingPath: codingPath, debugDescription: "beyond 64 bits with a sign")
            )
        }
        box.value = .int(whole)
    }
}

private struct ValueDecoder: Decoder {
    let json: JSON
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func mismatch(_ expected: Any.Type) -> DecodingError {
        .typeMismatch(
            expected,
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(json.typeName)")
        )
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = json else { throw mismatch(JSONObject.self) }
        return KeyedDecodingContainer(KeyedDecoder<Key>(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = json else { throw mismatch([JSON].self) }
        return ArrayDecoder(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleDecoder(decoder: self) }
}

private func decode<Value: Decodable>(_ type: Value.Type, from json: JSON, _ path: [any CodingKey]) throws
    -> Value
{
    if type == JSON.self, let value = json as? Value { return value }
    if type == JSONObject.self, let value = json.object as? Value { return value }
    return try Value(from: ValueDecoder(json: json, codingPath: path))
}

private struct KeyedDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]
    var allKeys: [Key] { object.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

    private func value(_ key: Key) throws -> JSON {
        guard let value = object[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return value
    }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).isNull }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try SomaCore.decode(type, from: try value(key), codingPath + [key])
    }
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try ValueDecoder(json: try value(key), codingPath: codingPath + [key]).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(json: try value(key), codingPath: codingPath + [key]).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { ValueDecoder(json: .object(object), codingPath: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        ValueDecoder(json: try value(key), codingPath: codingPath + [key])
    }
}

private struct ArrayDecoder: UnkeyedDecodingContainer {
    let elements: [JSON]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next() throws -> JSON {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                JSON.self,
                .init(codingPath: codingPath, debugDescription: "the array has no more elements")
            )
        }
        defer { currentIndex += 1 }
        return elements[currentIndex]
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let index = currentIndex
        return try SomaCore.decode(type, from: try next(), codingPath + [IndexKey(index)])
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try ValueDecoder(json: try next(), codingPath: codingPath).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(json: try next(), codingPath: codingPath).unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder {
        ValueDecoder(json: try next(), codingPath: codingPath)
    }
}

private struct SingleDecoder: SingleValueDecodingContainer {
    let decoder: ValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.json.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try require(decoder.json.bool) }
    func decode(_ type: String.Type) throws -> String { try require(decoder.json.string) }
    func decode(_ type: Double.Type) throws -> Double { try require(decoder.json.double) }
    func decode(_ type: Float.Type) throws -> Float { Float(try require(decoder.json.double)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try SomaCore.decode(type, from: decoder.json, codingPath)
    }

    private func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw decoder.mismatch(Value.self) }
        return value
    }

    private func integer<Value: FixedWidthInteger>() throws -> Value {
        try require(decoder.json.int.flatMap { Value(exactly: $0) })
    }
}

extension JSON: Codable {
    /// Reads a value; only `JSON`'s own decoder can.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? ValueDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "JSON is read by JSON.decode only")
            )
        }
        self = decoder.json
    }

    /// Writes a value; only `JSON`'s own encoder can.
    public func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? ValueEncoder else {
            throw EncodingError.invalidValue(
                self,
                .init(
                    codingPath: encoder.codingPath,
                    debugDescription: "JSON is written by JSON(encoding:) only"
                )
            )
        }
        encoder.box.value = self
    }
}

extension JSONObject: Codable {
    /// Reads an object; only `JSON`'s own decoder can.
    public init(from decoder: any Decoder) throws {
        guard let object = try JSON(from: decoder).object else {
            throw DecodingError.typeMismatch(
                JSONObject.self,
                .init(codingPath: decoder.codingPath, debugDescription: "expected an object")
            )
        }
        self = object
    }

    /// Writes an object; only `JSON`'s own encoder can.
    public func encode(to encoder: any Encoder) throws { try JSON.object(self).encode(to: encoder) }
}
