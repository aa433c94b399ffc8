/// Finds bytes that changed on a disk or on their way; no protection against somebody who wants to deceive.
///
/// Each step is a bijection of the sum, so that a change within one eight-byte word is always found.
struct RecordingChecksum: Equatable {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Adds one line, without its line end.
    mutating func add(line: UnsafeBufferPointer<UInt8>) {
        value = Self.mix(value, Self.of(line))
    }

    /// The sum of some bytes.
    static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var first = UInt64(truncatingIfNeeded: bytes.count)
        var second: UInt64 = 0x2545_F491_4F6C_DD1D
        let raw = UnsafeRawBufferPointer(bytes)
        var offset = 0
        while offset &+ 16 <= raw.count {
            first = mix(first, raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            second = mix(second, raw.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
            offset &+= 16
        }
        while offset < raw.count {
            first = mix(first, UInt64(raw[offset]))
            offset &+= 1
        }
        return mix(first, second)
    }

    @inline(__always)
    private static func mix(_ sum: UInt64, _ word: UInt64) -> UInt64 {
        let product = (sum ^ word) &* 0xD6E8_FEB8_6659_FD93
        return product ^ (product >> 32)
    }
}

/// The last member of a line that vouches for something: `,"sum":"` and 16 digits and `"}`.
enum ChecksumMember {
    static let length = 26

    static func append(_ sum: UInt64, to line: inout [UInt8]) {
        line.append(contentsOf: ",\"sum\":\"".utf8)
        ContentID.write(sum, to: &line)
        line.append(contentsOf: "\"}".utf8)
    }

    /// The sum at the end of a line, or `nil` where there is none.
    static func read(_ line: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard line.count > length else { return nil }
        let tail = line[(line.endIndex - length)...]
        guard tail.prefix(8).elementsEqual(",\"sum\":\"".utf8), tail.suffix(2).elementsEqual("\"}".utf8)
        else {
            return nil
        }
        var sum: UInt64 = 0
        for byte in tail.dropFirst(8).dropLast(2) {
            switch byte {
            case 0x30...0x39: sum = sum << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: sum = sum << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return sum
    }

    /// Whether a line ends with the sum of what is before it.
    static func vouches(for line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let sum = read(line) else { return false }
        return RecordingChecksum.of(UnsafeBufferPointer(rebasing: line.dropLast(length))) == sum
    }
}
