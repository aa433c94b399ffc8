import Glibc

/// Bytes that are looked for in bytes, with or without regard to the case of ASCII letters.
///
/// Finds the rarest of them first: by `memchr` where it stands for itself alone, else eight places at a time.
package struct ByteNeedle: Sendable, Hashable {
    /// What is looked for; in lower case where either case will do.
    package let bytes: [UInt8]
    /// Whether ASCII letters match in either case.
    package let foldsCase: Bool
    /// The place of the byte that is expected least often, and of the next one.
    private let first: Int
    private let second: Int

    /// Makes a needle; one without bytes is found nowhere.
    package init(_ bytes: some Sequence<UInt8>, foldsCase: Bool = false) {
        let bytes = foldsCase ? bytes.map { Self.folded($0) } : Array(bytes)
        self.bytes = bytes
        self.foldsCase = foldsCase
        let order = bytes.indices.sorted {
            Self.commonness(bytes[$0], foldsCase) < Self.commonness(bytes[$1], foldsCase)
        }
        first = order.first ?? 0
        second = order.dropFirst().first { bytes[$0] != bytes[order[0]] } ?? first
    }

    /// Whether it is in some bytes.
    @inline(__always)
    package func isFound(in hay: UnsafeBufferPointer<UInt8>) -> Bool { find(in: hay) != nil }

    /// The first place at or after `start`, or `nil`.
    package func find(in hay: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
        guard let base = hay.baseAddress, start >= 0, !bytes.isEmpty, hay.count - start >= bytes.count else {
            return nil
        }
        let last = hay.count - bytes.count
        return bytes.withUnsafeBufferPointer { needle in
            guard let needle = needle.baseAddress else { return nil }
            guard foldsCase, Self.isLetter(needle[first]) else { return search(base, needle, start, last) }
            return searchFolded(base, needle, start, last)
        }
    }

    private func search(
        _ hay: UnsafePointer<UInt8>,
        _ needle: UnsafePointer<UInt8>,
        _ start: Int,
        _ last: Int
    ) -> Int? {
        let byte = Int32(needle[first])
        var place = start
        while place <= last {
            guard let found = memchr(hay + place + first, byte, last - place + 1) else { return nil }
            place = UnsafeRawPointer(found) - UnsafeRawPointer(hay) - first
            if equals(hay + place, needle) { return place }
            place += 1
        }
        return nil
    }

    /// Compares two bytes of eight places at once. A borrow can point at a wrong place, never hide a right one.
    private func searchFolded(
        _ hay: UnsafePointer<UInt8>,
        _ needle: UnsafePointer<UInt8>,
        _ start: Int,
        _ last: Int
    ) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let wantedFirst = ones &* UInt64(needle[first])
        let wantedSecond = ones &* UInt64(needle[second])
        let caseFirst = Self.isLetter(needle[first]) ? ones &* 0x20 : 0
        let caseSecond = Self.isLetter(needle[second]) ? ones &* 0x20 : 0
        let raw = UnsafeRawPointer(hay)
        var place = start
        while place &+ 7 <= last {
            let one = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place &+ first, as: UInt64.self))
            let other = UInt64(
                littleEndian: raw.loadUnaligned(fromByteOffset: place &+ second, as: UInt64.self)
            )
            let left = (one | caseFirst) ^ wantedFirst
            let right = (other | caseSecond) ^ wantedSecond
            var found = ((left &- ones) & ~left) & ((right &- ones) & ~right) & highs
            while found != 0 {
                let candidate = place &+ found.trailingZeroBitCount >> 3
                if equals(hay + candidate, needle) { return candidate }
                found &= found &- 1
            }
            place &+= 8
        }
        while place <= last {
            if equals(hay + place, needle) { return place }
            place &+= 1
        }
        return nil
    }

    @inline(__always)
    private func equals(_ hay: UnsafePointer<UInt8>, _ needle: UnsafePointer<UInt8>) -> Bool {
        guard foldsCase else { return memcmp(hay, needle, bytes.count) == 0 }
        var index = 0
        while index < bytes.count {
            guard Self.folded(hay[index]) == needle[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// A byte with an ASCII letter in lower case.
    @inline(__always)
    package static func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inline(__always)
    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// How often a byte is expected in lines of JSON, as a rank: digits, small hexadecimal letters and quotes most.
    private static func commonness(_ byte: UInt8, _ foldsCase: Bool) -> Int {
        switch byte {
        case 0x30...0x39, 0x22: 9
        case 0x61...0x66, 0x3A, 0x2C: 8
        case _ where "etaoinsrl".utf8.contains(byte): 7
        case 0x20, 0x2E, 0x2F, 0x7B, 0x7D, 0x2D: 6
        case _ where "hdcumpgwy".utf8.contains(byte): foldsCase ? 5 : 4
        case 0x61...0x7A: foldsCase ? 4 : 3
        case 0x41...0x5A: 2
        default: 1
        }
    }
}
