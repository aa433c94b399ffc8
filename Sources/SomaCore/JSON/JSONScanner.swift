import Glibc

/// Reads JSON text left to right without building values that nobody asks for.
///
/// `JSON.parse` and the transition decoder both stand on it. The scanner borrows its bytes: it is valid only
/// inside the closure that gave them. Every method checks bounds; no input makes it read outside.
package struct JSONScanner {
    package let start: UnsafePointer<UInt8>
    package let end: UnsafePointer<UInt8>
    package var position: UnsafePointer<UInt8>

    /// How deep arrays and objects may nest.
    package static let depthMax = 512

    package struct Failure: Error {
        package let message: StaticString
        package let offset: Int
    }

    /// A string's bytes between its quotes.
    package struct RawString {
        package let start: UnsafePointer<UInt8>
        package let count: Int
        /// Whether there is a backslash or a byte above 0x7f, so that the bytes need decoding or checking.
        package let isPlain: Bool

        @inline(__always)
        package func equals(_ literal: StaticString) -> Bool {
            isPlain && literal.utf8CodeUnitCount == count && memcmp(literal.utf8Start, start, count) == 0
        }

        package var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }
    }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let base = bytes.baseAddress {
            start = base
            end = base + bytes.count
        } else {
            // An empty buffer may have no address of its own.
            start = ("" as StaticString).utf8Start
            end = start
        }
        position = start
    }

    package var offset: Int { position - start }

    package func failure(_ message: StaticString) -> Failure { Failure(message: message, offset: offset) }

    package var isAtEnd: Bool { position >= end }

    @inline(__always)
    package mutating func skipWhitespace() {
        while position < end {
            switch position.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte after white space, not consumed; 0 at the end.
    @inline(__always)
    package mutating func peek() -> UInt8 {
        skipWhitespace()
        return position < end ? position.pointee : 0
    }

    @inline(__always)
    package mutating func consume(_ byte: UInt8, _ message: StaticString) throws(Failure) {
        guard peek() == byte, position < end else { throw failure(message) }
        position += 1
    }

    /// Reads a string's bytes without decoding escapes. Control characters are refused here, UTF-8 is not
    /// yet checked.
    package mutating func rawString() throws(Failure) -> RawString {
        try consume(UInt8(ascii: "\""), "expected a string")
        let first = position
        var isPlain = true
        while true {
            skipPlain()
            guard position < end else { break }
            let byte = position.pointee
            if byte == UInt8(ascii: "\"") {
                let raw = RawString(start: first, count: position - first, isPlain: isPlain)
                position += 1
                return raw
            }
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                position += 1
                guard position < end else { break }
            } else if byte < 0x20 {
                throw failure("a control character in a string must be escaped")
            } else if byte >= 0x80 {
                isPlain = false
            }
            position += 1
        }
        throw failure("the string does not end")
    }

    /// Passes over bytes that mean themselves in a string, eight at a time where there are eight.
    @inline(__always)
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end - position >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
            // The high bit of each byte that is a quote, a backslash, a control character or above 0x7f. A borrow
            // can set wrong ones, but only behind a right one, and only the first counts.
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let found =
                (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
                    | ((word &- ones &* 0x20) & ~word) | word) & highs
            guard found == 0 else {
                position += found.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while position < end, case let byte = position.pointee, byte >= 0x20, byte < 0x80,
            byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
        {
            position += 1
        }
    }

    /// How many bytes at the start of a text can stand in a JSON string as they are.
    @inline(__always)
    package static func plainCount(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while raw.count - index >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let found =
                (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
                    | ((word &- ones &* 0x20) & ~word)) & (ones &* 0x80)
            guard found == 0 else { return index + found.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < raw.count, case let byte = raw[index], byte >= 0x20, byte != 0x22, byte != 0x5C {
            index += 1
        }
        return index
    }

    /// Reads a string.
    package mutating func string() throws(Failure) -> String {
        try decode(try rawString())
    }

    /// Decodes the escapes of a string and checks its UTF-8.
    package func decode(_ raw: RawString) throws(Failure) -> String {
        let buffer = UnsafeBufferPointer(start: raw.start, count: raw.count)
        if raw.isPlain {
            return String(unsafeUninitializedCapacity: raw.count) { target in
                _ = target.update(fromContentsOf: buffer)
                return raw.count
            }
        }
        guard buffer.contains(UInt8(ascii: "\\")) else {
            guard let text = String(validating: buffer, as: UTF8.self) else {
                throw Failure(message: "the string is not valid UTF-8", offset: raw.start - start)
            }
            return text
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var cursor = raw.start
        let last = raw.start + raw.count
        while cursor < last {
            guard cursor.pointee == UInt8(ascii: "\\") else {
                bytes.append(cursor.pointee)
                cursor += 1
                continue
            }
            cursor += 1
            let escape = cursor < last ? cursor.pointee : 0
            cursor += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = unicodeEscape(&cursor, last) else {
                    throw Failure(message: "\\u needs four hexadecimal digits", offset: cursor - start)
                }
                bytes.append(contentsOf: Character(scalar).utf8)
            default:
                throw Failure(message: "an unknown escape in a string", offset: cursor - start - 1)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(message: "the string is not valid UTF-8", offset: raw.start - start)
        }
        return text
    }

    /// Four hexadecimal digits at `cursor`, with their low surrogate where they are a high one.
    private func unicodeEscape(
        _ cursor: inout UnsafePointer<UInt8>,
        _ last: UnsafePointer<UInt8>
    ) -> Unicode.Scalar? {
        guard let unit = Self.hexadecimal(cursor, last) else { return nil }
        cursor += 4
        guard (0xD800..<0xE000).contains(unit) else { return Unicode.Scalar(unit) }
        guard unit < 0xDC00, last - cursor >= 6, cursor[0] == UInt8(ascii: "\\"),
            cursor[1] == UInt8(ascii: "u"),
            let low = Self.hexadecimal(cursor + 2, last), (0xDC00..<0xE000).contains(low)
        else { return "\u{FFFD}" }
        cursor += 6
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    private static func hexadecimal(_ cursor: UnsafePointer<UInt8>, _ last: UnsafePointer<UInt8>) -> UInt32? {
        guard last - cursor >= 4 else { return nil }
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = cursor[index]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
