/// Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), bounds checked throughout.
struct ProtobufReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    private let end: Int
    private let depth: Int

    /// How deep messages may nest, as protobuf's own readers have it.
    static let depthMax = 100

    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, 0, bytes.count, 0)
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ depth: Int) {
        self.bytes = bytes
        position = start
        self.end = end
        self.depth = depth
    }

    enum Wire: UInt8 {
        case varint, fixed64, bytes, startGroup, endGroup, fixed32
    }

    struct Field {
        let number: UInt64
        let wire: Wire
    }

    func failure(_ message: String) -> ReadFailure { ReadFailure(message: message, offset: position) }

    /// The next field; `nil` at the end of the message. Its value must be read or skipped.
    mutating func next() throws(ReadFailure) -> Field? {
        guard position < end else { return nil }
        let start = position
        let tag = try varint()
        guard let wire = Wire(rawValue: UInt8(tag & 7)), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
            throw ReadFailure(message: "no field of a protobuf message begins like this", offset: start)
        }
        return Field(number: tag >> 3, wire: wire)
    }

    mutating func varint() throws(ReadFailure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw failure(shift < 64 ? "the message ends within a number" : "a number is longer than ten bytes")
    }

    private mutating func fixed<Value: FixedWidthInteger>(_ type: Value.Type) throws(ReadFailure) -> Value {
        let size = MemoryLayout<Value>.size
        guard end - position >= size else { throw failure("the message ends within a number") }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }

    /// The bytes of a length-delimited field.
    mutating func data() throws(ReadFailure) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(end - position) else {
            throw failure("a field says that it has \(length) bytes, but \(end - position) are left")
        }
        let start = position
        position += Int(length)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    mutating func skip(_ field: Field) throws(ReadFailure) {
        switch field.wire {
        case .varint: _ = try varint()
        case .fixed64: _ = try fixed(UInt64.self)
        case .fixed32: _ = try fixed(UInt32.self)
        case .bytes: _ = try data()
        case .startGroup, .endGroup: throw failure("a group, which no message of OTLP has")
        }
    }

    // MARK: Typed fields

    private func expect(_ field: Field, _ wire: Wire) throws(ReadFailure) {
        guard field.wire == wire else {
            throw failure(
                "field \(field.number) has wire type \(field.wire.rawValue) and should have \(wire.rawValue)"
            )
        }
    }

    mutating func unsigned(_ field: Field) throws(ReadFailure) -> UInt64 {
        try expect(field, .varint)
        return try varint()
    }

    mutating func fixed64(_ field: Field) throws(ReadFailure) -> UInt64 {
        try expect(field, .fixed64)
        return try fixed(UInt64.self)
    }

    mutating func fixed32(_ field: Field) throws(ReadFailure) -> UInt32 {
        try expect(field, .fixed32)
        return try fixed(UInt32.self)
    }

    mutating func text(_ field: Field) throws(ReadFailure) -> String {
        try expect(field, .bytes)
        let raw = try data()
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw failure("a text that is not valid UTF-8")
        }
        return text
    }

    mutating func bytes(_ field: Field) throws(ReadFailure) -> UnsafeRawBufferPointer {
        try expect(field, .bytes)
        return try data()
    }

    mutating func message(_ field: Field) throws(ReadFailure) -> ProtobufReader {
        try expect(field, .bytes)
        guard depth < Self.depthMax else { throw failure("nested more than \(Self.depthMax) levels deep") }
        let length = try data().count
        return ProtobufReader(bytes, position - length, position, depth + 1)
    }

    /// Whether bytes are protobuf rather than JSON: a message whose fields all are the repeated field 1 of an OTLP
    /// request and end where the bytes end. A JSON text that begins with a line break, the same byte, fails that.
    static func looksLikeProtobuf(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == 0x0A else { return false }
        return bytes.withUnsafeBytes { raw in
            var reader = ProtobufReader(raw)
            do throws(ReadFailure) {
                while let field = try reader.next() {
                    guard field.number == 1, field.wire == .bytes else { return false }
                    try reader.skip(field)
                }
                return true
            } catch {
                // Cut off, or JSON: text has no bytes below 0x09, and a message has a length there.
                return raw.prefix(64).contains { $0 < 0x09 }
            }
        }
    }
}
