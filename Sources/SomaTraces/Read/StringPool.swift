import Glibc

/// Makes each different text one string, because a trace repeats few names many times.
///
/// An open hash table over the bytes. Holds at most ``max`` texts; what comes after is made anew each time.
struct StringPool {
    private var slots: [Int32]
    private var hashes: [UInt64] = []
    private var texts: [String] = []
    private var mask: Int

    /// Enough for every name; values that all differ gain nothing from a place in it.
    private static let max = 1 << 16
    private static let longest = 256

    init() {
        slots = Array(repeating: -1, count: 1024)
        mask = 1023
    }

    /// The text of bytes that are known to be ASCII.
    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return "" }
        // The smallest strings live in themselves: looking them up costs more than making them.
        guard bytes.count > 15, bytes.count <= Self.longest else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while index + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            index += 8
        }
        while index < raw.count {
            hash = (hash ^ UInt64(raw[index])) &* 0x0000_0100_0000_01B3
            index += 1
        }
        hash ^= hash >> 29
        var slot = Int(truncatingIfNeeded: hash) & mask
        var probes = 0
        while case let place = Int(slots[slot]), place >= 0 {
            if hashes[place] == hash {
                var candidate = texts[place]
                let isSame = candidate.withUTF8 { other in
                    guard let start = other.baseAddress, other.count == bytes.count else { return false }
                    return memcmp(start, base, bytes.count) == 0
                }
                if isSame { return texts[place] }
            }
            slot = (slot + 1) & mask
            probes += 1
            // Texts that were made to collide must not make each look-up a walk through all of them.
            if probes > 32 { return String(decoding: bytes, as: UTF8.self) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard texts.count < Self.max else { return text }
        slots[slot] = Int32(texts.count)
        texts.append(text)
        hashes.append(hash)
        if texts.count * 2 > slots.count { grow() }
        return text
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        mask = slots.count - 1
        for (place, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(place)
        }
    }
}
