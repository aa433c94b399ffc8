/// A gzip stream of zeros, made by hand: fixed Huffman codes, each match 258 bytes in 13 bits.
func gzipOfZeros(matches: Int) -> [UInt8] {
    var writer = BitWriter()
    writer.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    writer.put(1, bits: 1)
    writer.put(1, bits: 2)
    writer.putCode(0b0011_0000, bits: 8)
    for _ in 0..<matches {
        writer.putCode(0b1100_0101, bits: 8)
        writer.putCode(0, bits: 5)
    }
    writer.putCode(0, bits: 7)
    writer.flush()
    let count = 1 + matches * 258
    for value in [crc32OfZeros(count), UInt32(truncatingIfNeeded: count)] {
        for shift in [0, 8, 16, 24] { writer.bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
    return writer.bytes
}

private struct BitWriter {
    var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var count: UInt32 = 0

    mutating func put(_ value: UInt32, bits: UInt32) {
        pending |= value << count
        count += bits
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    /// Huffman codes go most significant bit first.
    mutating func putCode(_ code: UInt32, bits: UInt32) {
        for bit in (0..<bits).reversed() { put((code >> bit) & 1, bits: 1) }
    }

    mutating func flush() {
        if count > 0 { put(0, bits: 8 - count) }
    }
}

private func crc32OfZeros(_ count: Int) -> UInt32 {
    var table: [UInt32] = []
    for index in UInt32(0)..<256 {
        var crc = index
        for _ in 0..<8 {
            let half: UInt32 = crc >> 1
            crc = crc & 1 == 1 ? half ^ 0xEDB8_8320 : half
        }
        table.append(crc)
    }
    var crc = UInt32.max
    for _ in 0..<count {
        let rest: UInt32 = crc >> 8
        crc = rest ^ table[Int(crc & 0xFF)]
    }
    return ~crc
}
