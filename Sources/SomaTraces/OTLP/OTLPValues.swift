import SomaCore

extension OTLPReader {
    /// Reads a list of `KeyValue`.
    static func attributes(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [Attribute] {
        var attributes: [Attribute] = []
        try scanner.array()
        while try scanner.nextElement() {
            var attribute = Attribute("", .empty)
            try scanner.object()
            while let key = try scanner.nextKey() {
                if key("key") {
                    attribute.key = try scanner.string()
                } else if key("value") {
                    attribute.value = try value(&scanner)
                } else {
                    try scanner.skip()
                }
            }
            attributes.append(attribute)
        }
        return attributes
    }

    /// Reads an `AnyValue`. Its depth is bounded by the scanner's.
    static func value(_ scanner: inout DocumentScanner) throws(ReadFailure) -> AttributeValue {
        var value = AttributeValue.empty
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("stringValue") {
                value = .string(try scanner.string())
            } else if key("boolValue") {
                value = .bool(try scanner.bool())
            } else if key("intValue") {
                value = .int(try scanner.int64())
            } else if key("doubleValue") {
                value = .double(try scanner.double())
            } else if key("bytesValue") {
                value = .bytes(try scanner.base64())
            } else if key("arrayValue") {
                value = .array(try values(&scanner))
            } else if key("kvlistValue") {
                value = .map(try members(&scanner))
            } else {
                try scanner.skip()
            }
        }
        return value
    }

    private static func values(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [AttributeValue] {
        var values: [AttributeValue] = []
        try scanner.object()
        while let key = try scanner.nextKey() {
            guard key("values") else {
                try scanner.skip()
                continue
            }
            try scanner.array()
            while try scanner.nextElement() { values.append(try value(&scanner)) }
        }
        return values
    }

    private static func members(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [Attribute] {
        var members: [Attribute] = []
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("values") { members = try attributes(&scanner) } else { try scanner.skip() }
        }
        return members
    }
}

/// Values of protobuf's JSON mapping.
extension DocumentScanner {
    /// A trace id: 32 hexadecimal digits, or nothing, which is zero.
    mutating func traceID() throws(ReadFailure) -> TraceID {
        try id("a trace id is 32 hexadecimal digits", length: 32, TraceID.init(digits:))
            ?? TraceID(high: 0, low: 0)
    }

    /// A span id: 16 hexadecimal digits, or nothing, which is zero.
    mutating func spanID() throws(ReadFailure) -> SpanID {
        try id("a span id is 16 hexadecimal digits", length: 16, SpanID.init(digits:)) ?? SpanID(0)
    }

    private mutating func id<ID>(
        _ rule: String,
        length: Int,
        _ make: (UnsafeBufferPointer<UInt8>) -> ID?
    ) throws(ReadFailure) -> ID? {
        _ = json.peek()
        let start = json.offset
        guard let bytes = try plainBytes() else {
            guard try string().isEmpty else { throw failure(rule, at: start) }
            return nil
        }
        guard !bytes.isEmpty else { return nil }
        guard bytes.count == length, let id = make(bytes) else { throw failure(rule, at: start) }
        return id
    }

    /// The digits of a whole number, written as one, or what a string holds; `null` counts as 0.
    private mutating func whole() throws(ReadFailure) -> (text: String, offset: Int) {
        _ = json.peek()
        let start = json.offset
        let name = nextName
        switch try value() {
        case .null: return ("0", start)
        case .int(let number): return ("\(number)", start)
        case .string(let text): return (text, start)
        case .double(let number):
            if let digits = exact(from: start) { return (digits, start) }
            if let whole = Int64(exactly: number) { return ("\(whole)", start) }
            if let whole = UInt64(exactly: number) { return ("\(whole)", start) }
            throw failure("must be a whole number of 64 bits, not \(number)", at: start)
        default: throw failure("must be a whole number, not \(name)", at: start)
        }
    }

    /// The digits of the number that was just read, where it is nothing else and fits 64 bits: those beyond 63 bits are no
    /// longer exact as a double, and the last of them no longer fit.
    private func exact(from offset: Int) -> String? {
        let text = String(
            decoding: UnsafeBufferPointer(start: json.start + offset, count: json.offset - offset),
            as: UTF8.self
        )
        return UInt64(text) == nil ? nil : text
    }

    /// An integer of 64 bits.
    mutating func int64() throws(ReadFailure) -> Int64 {
        let (text, offset) = try whole()
        guard let number = Int64(text) else {
            throw failure("must be a whole number of 64 bits, not \"\(text.prefix(32))\"", at: offset)
        }
        return number
    }

    /// An integer of 64 bits without a sign.
    mutating func uint64() throws(ReadFailure) -> UInt64 {
        _ = json.peek()
        let start = json.offset
        if let bytes = try plainBytes() {
            // Times, of which there are many: digits in quotes.
            var number: UInt64 = 0
            var isNumber = !bytes.isEmpty && bytes.count < 20
            for byte in bytes where isNumber {
                isNumber = byte &- 0x30 < 10
                number = number &* 10 &+ UInt64(byte &- 0x30)
            }
            if isNumber { return number }
            return try unsigned(String(decoding: bytes, as: UTF8.self), start)
        }
        let (text, offset) = try whole()
        return try unsigned(text, offset)
    }

    private func unsigned(_ text: String, _ offset: Int) throws(ReadFailure) -> UInt64 {
        guard let number = UInt64(text) else {
            throw failure("must be a whole number from 0 to 2^64 - 1, not \"\(text.prefix(32))\"", at: offset)
        }
        return number
    }

    /// An integer of 32 bits without a sign.
    mutating func uint32() throws(ReadFailure) -> UInt32 {
        _ = json.peek()
        let start = json.offset
        let number = try uint64()
        guard let short = UInt32(exactly: number) else {
            throw failure("must fit 32 bits, not \(number)", at: start)
        }
        return short
    }

    /// A number, also as a string, also `"NaN"`, `"Infinity"` and `"-Infinity"`; `null` counts as 0.
    mutating func double() throws(ReadFailure) -> Double {
        _ = json.peek()
        let start = json.offset
        let name = nextName
        switch try value() {
        case .null: return 0
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        case .string(let text):
            guard let number = Double(text), number.isFinite else {
                throw failure("must be a number, not \"\(text.prefix(32))\"", at: start)
            }
            return number
        default: throw failure("must be a number, not \(name)", at: start)
        }
    }

    /// Bytes in base 64.
    mutating func base64() throws(ReadFailure) -> [UInt8] {
        _ = json.peek()
        let start = json.offset
        var text = try string().replacing("-", with: "+").replacing("_", with: "/")
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        guard let bytes = Base64.decode(text) else { throw failure("must be base 64", at: start) }
        return bytes
    }

    /// A member of an enum: its number, or its name, whose place among `names` is the number. Numbers that aren't
    /// known count as 0.
    mutating func enumeration(_ names: [String]) throws(ReadFailure) -> UInt8 {
        _ = json.peek()
        let start = json.offset
        if json.peek() == UInt8(ascii: "\"") {
            let text = try string()
            if let place = names.firstIndex(of: text) { return UInt8(place) }
            throw failure(
                "must be a number from 0 to \(names.count - 1), not \"\(text.prefix(32))\"",
                at: start
            )
        }
        let number = try int64()
        return (0..<Int64(names.count)).contains(number) ? UInt8(number) : 0
    }
}
