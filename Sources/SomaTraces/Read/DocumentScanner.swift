import SomaCore

/// Walks through a JSON document member by member, and knows where it is.
///
///     try scanner.object()
///     while let key = try scanner.nextKey() {
///         if key("name") { name = try scanner.string() } else { try scanner.skip() }
///     }
///
/// Each member's value must be consumed, and each loop run to its end. Valid only inside the closure that gave the
/// bytes. Members that nobody asks for are still checked to be JSON. `null` counts as missing everywhere.
struct DocumentScanner {
    var json: JSONScanner
    var pool = StringPool()
    private var frames: [Frame] = []

    /// How deep values may nest before reading stops with an error.
    static let depthMax = 128

    private struct Frame {
        var key: JSONScanner.RawString?
        /// How many members or elements came before; -1 at the start.
        var index = -1
        var isArray: Bool
        /// Stands for a `null`: there is nothing in it.
        var isNull = false
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) { json = JSONScanner(bytes) }

    /// A member's name.
    struct Key {
        let raw: JSONScanner.RawString
        let decoded: String?

        @inline(__always)
        func callAsFunction(_ name: StaticString) -> Bool {
            guard let decoded else { return raw.equals(name) }
            return name.withUTF8Buffer { decoded.utf8.elementsEqual($0) }
        }

        var text: String { decoded ?? String(decoding: raw.bytes, as: UTF8.self) }
    }

    // MARK: Failures

    /// A failure at the next byte.
    func failure(_ message: String, at offset: Int? = nil) -> ReadFailure {
        ReadFailure(message: message, offset: offset ?? json.offset, path: path)
    }

    /// Where the scanner is: `data[0].spans[2]`. Names are from outside, so only their start is told.
    var path: String {
        frames.reduce(into: "") { text, frame in
            if let key = frame.key {
                if !text.isEmpty { text += "." }
                text += String(decoding: key.bytes.prefix(64), as: UTF8.self)
            } else if frame.isArray, frame.index >= 0 {
                text += "[\(frame.index)]"
            }
        }
    }

    /// What the next value is, for messages.
    var nextName: String {
        var json = json
        return switch json.peek() {
        case UInt8(ascii: "\""): "a string"
        case UInt8(ascii: "{"): "an object"
        case UInt8(ascii: "["): "an array"
        case UInt8(ascii: "t"), UInt8(ascii: "f"): "a boolean"
        case UInt8(ascii: "n"): "null"
        case UInt8(ascii: "-"), 0x30...0x39: "a number"
        default: json.isAtEnd ? "the end of the text" : "something that is no JSON"
        }
    }

    /// Turns the failures of the scanner below into ours.
    @inline(__always)
    mutating func scan<Value>(
        _ body: (inout JSONScanner) throws(JSONScanner.Failure) -> Value
    ) throws(ReadFailure) -> Value {
        do throws(JSONScanner.Failure) {
            return try body(&json)
        } catch {
            throw ReadFailure(message: "\(error.message)", offset: error.offset, path: path)
        }
    }

    // MARK: Objects and arrays

    /// Enters an object.
    mutating func object() throws(ReadFailure) { try enter(UInt8(ascii: "{"), "an object") }

    /// Enters an array.
    mutating func array() throws(ReadFailure) { try enter(UInt8(ascii: "["), "an array") }

    private mutating func enter(_ bracket: UInt8, _ name: StaticString) throws(ReadFailure) {
        guard frames.count < Self.depthMax else {
            throw failure("nested more than \(Self.depthMax) levels deep")
        }
        if json.peek() == bracket, !json.isAtEnd {
            json.position += 1
            frames.append(Frame(isArray: bracket == UInt8(ascii: "[")))
        } else {
            guard try takeNull() else { throw failure("must be \(name), not \(nextName)") }
            frames.append(Frame(isArray: false, isNull: true))
        }
    }

    /// Goes on to the next member of the object that was entered last, whose value is then next; `nil`, and the object
    /// is left, after the last one.
    mutating func nextKey() throws(ReadFailure) -> Key? {
        guard try !isOver(UInt8(ascii: "}")) else { return nil }
        let raw = try scan { json throws(JSONScanner.Failure) in try json.rawString() }
        let decoded: String? =
            raw.isPlain ? nil : try scan { json throws(JSONScanner.Failure) in try json.decode(raw) }
        try scan { json throws(JSONScanner.Failure) in
            try json.consume(UInt8(ascii: ":"), "expected ':' after a member's name")
        }
        frames[frames.count - 1].key = raw
        return Key(raw: raw, decoded: decoded)
    }

    /// Goes on to the next element of the array that was entered last; `false`, and the array is left, after the last.
    mutating func nextElement() throws(ReadFailure) -> Bool { try !isOver(UInt8(ascii: "]")) }

    private mutating func isOver(_ closing: UInt8) throws(ReadFailure) -> Bool {
        let top = frames.count - 1
        frames[top].key = nil
        var isOver = frames[top].isNull
        if !isOver {
            if frames[top].index >= 0 {
                isOver = try scan { json throws(JSONScanner.Failure) in try json.isLast(closing: closing) }
            } else if json.peek() == closing, !json.isAtEnd {
                json.position += 1
                isOver = true
            }
        }
        if isOver {
            frames.removeLast()
        } else {
            frames[top].index += 1
        }
        return isOver
    }

    // MARK: Values

    /// Consumes a `null`, if it is next.
    mutating func takeNull() throws(ReadFailure) -> Bool {
        guard json.peek() == UInt8(ascii: "n") else { return false }
        try skip()
        return true
    }

    /// Passes over any value, checking that it is JSON.
    mutating func skip() throws(ReadFailure) {
        _ = try scan { json throws(JSONScanner.Failure) in try json.value() }
    }

    /// Reads any value.
    mutating func value() throws(ReadFailure) -> JSON {
        try scan { json throws(JSONScanner.Failure) in try json.value() }
    }

    /// The bytes of a string that is next and has neither escapes nor anything beyond ASCII; `nil`, and nothing is
    /// consumed, otherwise.
    @inline(__always)
    mutating func plainBytes() throws(ReadFailure) -> UnsafeBufferPointer<UInt8>? {
        guard json.peek() == UInt8(ascii: "\"") else { return nil }
        let before = json.position
        let raw = try scan { json throws(JSONScanner.Failure) in try json.rawString() }
        if raw.isPlain { return raw.bytes }
        json.position = before
        return nil
    }

    /// Reads a string.
    mutating func string() throws(ReadFailure) -> String {
        if let bytes = try plainBytes() { return pool.text(bytes) }
        guard json.peek() == UInt8(ascii: "\"") else {
            guard try takeNull() else { throw failure("must be a string, not \(nextName)") }
            return ""
        }
        return try scan { json throws(JSONScanner.Failure) in try json.string() }
    }

    /// Reads `true` or `false`; `null` counts as `false`.
    mutating func bool() throws(ReadFailure) -> Bool {
        let name = nextName
        let start = json.offset
        switch try value() {
        case .bool(let value): return value
        case .null: return false
        default: throw failure("must be true or false, not \(name)", at: start)
        }
    }

    /// Reads a whole number of at least 0; what is beyond 64 signed bits is the largest. `null` counts as 0.
    mutating func count() throws(ReadFailure) -> Int64 {
        let byte = json.peek()
        let start = json.offset
        guard byte == UInt8(ascii: "-") || byte &- 0x30 < 10 else {
            guard try takeNull() else { throw failure("must be a whole number, not \(nextName)") }
            return 0
        }
        switch try scan({ json throws(JSONScanner.Failure) in try json.number() }) {
        case .int(let value) where value >= 0: return value
        case .double(let value) where value >= 0:
            guard value.rounded() == value else {
                throw failure("must be a whole number, not \(value)", at: start)
            }
            return Int64(exactly: value) ?? .max
        default: throw failure("must not be negative", at: start)
        }
    }
}
