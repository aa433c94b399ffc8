/// Numbers, arrays, objects and whole values.
extension JSONScanner {
    /// Reads a number: an integer where it has neither fraction nor exponent and fits, a double otherwise.
    package mutating func number() throws(Failure) -> JSON {
        skipWhitespace()
        let first = position
        var isNegative = false
        if position < end, position.pointee == UInt8(ascii: "-") {
            isNegative = true
            position += 1
        }
        let digits = position
        var value: Int64 = 0
        var overflow = false
        while position < end, case let digit = position.pointee &- 0x30, digit < 10 {
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.subtractingReportingOverflow(Int64(digit))
            overflow = overflow || first || second
            value = sum
            position += 1
        }
        guard position > digits else { throw failure("expected a digit") }
        guard digits.pointee != 0x30 || position - digits == 1 else {
            throw failure("a number must not start with 0")
        }
        var isWhole = true
        if position < end, position.pointee == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard skipDigits() else { throw failure("expected a digit after the point") }
        }
        if position < end, position.pointee | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < end, position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-")
            {
                position += 1
            }
            guard skipDigits() else { throw failure("expected a digit in the exponent") }
        }
        // Gathered as a negative number, whose range is one larger; -0 keeps its sign as a double.
        if isWhole, !overflow, isNegative ? value != 0 : value != .min {
            return .int(isNegative ? value : -value)
        }
        let text = String(decoding: UnsafeBufferPointer(start: first, count: position - first), as: UTF8.self)
        guard let double = Double(text), double.isFinite else { throw failure("the number is too large") }
        return .double(double)
    }

    private mutating func skipDigits() -> Bool {
        let first = position
        while position < end, position.pointee &- 0x30 < 10 { position += 1 }
        return position > first
    }

    /// Reads an integer; `nil` (and the value is consumed) where the value is anything else.
    package mutating func integer() throws(Failure) -> Int64? {
        let byte = peek()
        guard byte == UInt8(ascii: "-") || byte &- 0x30 < 10 else {
            try skipValue()
            return nil
        }
        guard case .int(let value) = try number() else { return nil }
        return value
    }

    /// Reads any value.
    package mutating func value(depth: Int = 0) throws(Failure) -> JSON {
        switch peek() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["):
            guard depth < Self.depthMax else { throw failure("nested too deeply") }
            position += 1
            var elements: [JSON] = []
            if peek() == UInt8(ascii: "]") {
                position += 1
                return .array(elements)
            }
            while true {
                elements.append(try value(depth: depth + 1))
                if try isLast(closing: UInt8(ascii: "]")) { return .array(elements) }
            }
        case UInt8(ascii: "t"): return .bool(try word("true", true))
        case UInt8(ascii: "f"): return .bool(try word("false", false))
        case UInt8(ascii: "n"):
            _ = try word("null", true)
            return .null
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default: throw failure(isAtEnd ? "the text ends too early" : "expected a value")
        }
    }

    /// Reads an object.
    package mutating func object(depth: Int = 0) throws(Failure) -> JSONObject {
        guard depth < Self.depthMax else { throw failure("nested too deeply") }
        var members: [JSONObject.Member] = []
        try consume(UInt8(ascii: "{"), "expected an object")
        if peek() == UInt8(ascii: "}") {
            position += 1
            return JSONObject()
        }
        members.reserveCapacity(4)
        while true {
            let key = try string()
            try consume(UInt8(ascii: ":"), "expected ':' after a member's name")
            members.append(.init(key: key, value: try value(depth: depth + 1)))
            if try isLast(closing: UInt8(ascii: "}")) { return JSONObject(members: members) }
        }
    }

    /// Consumes a comma (false) or the closing bracket (true).
    @inline(__always)
    package mutating func isLast(closing: UInt8) throws(Failure) -> Bool {
        let byte = peek()
        if byte == UInt8(ascii: ",") {
            position += 1
            return false
        }
        guard byte == closing, position < end else { throw failure("expected ',' or the closing bracket") }
        position += 1
        return true
    }

    private mutating func word(_ literal: StaticString, _ value: Bool) throws(Failure) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end - position >= count else { throw failure("expected a value") }
        for index in 0..<count where position[index] != literal.utf8Start[index] {
            throw failure("expected a value")
        }
        position += count
        return value
    }

    /// Passes over any value. Strings are not decoded, so bad escapes and bad UTF-8 in them go unseen.
    package mutating func skipValue(depth: Int = 0) throws(Failure) {
        switch peek() {
        case UInt8(ascii: "\""): _ = try rawString()
        case UInt8(ascii: "{"):
            guard depth < Self.depthMax else { throw failure("nested too deeply") }
            position += 1
            if peek() == UInt8(ascii: "}") {
                position += 1
                return
            }
            while true {
                _ = try rawString()
                try consume(UInt8(ascii: ":"), "expected ':' after a member's name")
                try skipValue(depth: depth + 1)
                if try isLast(closing: UInt8(ascii: "}")) { return }
            }
        case UInt8(ascii: "["):
            guard depth < Self.depthMax else { throw failure("nested too deeply") }
            position += 1
            if peek() == UInt8(ascii: "]") {
                position += 1
                return
            }
            while true {
                try skipValue(depth: depth + 1)
                if try isLast(closing: UInt8(ascii: "]")) { return }
            }
        default: _ = try value(depth: depth)
        }
    }
}
