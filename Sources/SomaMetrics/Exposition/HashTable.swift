/// A seeded 64-bit hash of bytes. Not for storage: the seed is another one in each process, so that nobody
/// can prepare label values that collide.
struct SeriesHash {
    private static let seed = UInt64(bitPattern: Int64(truncatingIfNeeded: Hasher().finalize())) | 1
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return seed }
        var hash = seed ^ UInt64(bytes.count)
        var at = 0
        while at + 8 <= bytes.count {
            hash = mix(hash ^ base.loadUnaligned(fromByteOffset: at, as: UInt64.self), factor)
            at += 8
        }
        var tail: UInt64 = 0
        while at < bytes.count {
            tail = tail << 8 | UInt64(bytes[at])
            at += 1
        }
        return mix(hash ^ tail, seed ^ factor)
    }

    static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBufferPointer { of($0) } }

    /// The hash of a pair, in this order.
    static func pair(_ left: UInt64, _ right: UInt64) -> UInt64 {
        mix(left ^ seed, right &+ factor) &+ left
    }

    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right | 1)
        return high ^ low ^ left
    }
}

/// Hashes to numbers, by open addressing; emptied in no time, which a `Dictionary` isn't.
struct HashTable {
    private struct Slot {
        var hash: UInt64
        var value: Int32
        var era: UInt32
    }

    private var slots: [Slot] = []
    private var count = 0
    private var era: UInt32 = 1

    /// Forgets everything and keeps the memory.
    mutating func removeAll() {
        count = 0
        era &+= 1
        if era == 0 {
            slots = []
            era = 1
        }
    }

    /// The first number stored under this hash that the caller recognises.
    func first(_ hash: UInt64, where isSame: (Int) -> Bool) -> Int? {
        guard !slots.isEmpty else { return nil }
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].era == era {
            if slots[index].hash == hash, isSame(Int(slots[index].value)) { return Int(slots[index].value) }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Whether anything is stored under this hash.
    func contains(_ hash: UInt64) -> Bool { first(hash) { _ in true } != nil }

    /// Stores a number under a hash, beside what is there.
    mutating func insert(_ hash: UInt64, _ value: Int) {
        if (count + 1) * 2 > slots.count { grow() }
        place(Slot(hash: hash, value: Int32(truncatingIfNeeded: value), era: era))
        count += 1
    }

    /// Stores a hash; `false` when it is there already.
    mutating func insert(_ hash: UInt64) -> Bool {
        guard !contains(hash) else { return false }
        insert(hash, 0)
        return true
    }

    private mutating func place(_ slot: Slot) {
        var index = Int(truncatingIfNeeded: slot.hash) & (slots.count - 1)
        while slots[index].era == era { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](
            repeating: Slot(hash: 0, value: 0, era: era &- 1),
            count: max(64, old.count * 2)
        )
        for slot in old where slot.era == era { place(slot) }
    }
}
