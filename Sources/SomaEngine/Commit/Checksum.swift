/// Tells damaged bytes from written ones: neither SQLite nor, as it is usually set up, Postgres keeps checksums of its
/// pages.
package enum Checksum {
    /// 32 bits of a hash in which every single changed byte changes the 64-bit state.
    package static func of(_ bytes: [UInt8]) -> Int64 {
        let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = UInt64(bytes.count) &* prime
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                hash = (hash ^ word) &* prime
                hash ^= hash >> 32
                offset += 8
            }
            while offset < raw.count {
                hash = (hash ^ UInt64(raw[offset])) &* prime
                hash ^= hash >> 32
                offset += 1
            }
        }
        return Int64(UInt32(truncatingIfNeeded: hash ^ hash >> 29))
    }
}
