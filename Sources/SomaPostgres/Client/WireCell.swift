/// One value of a row where libpq keeps it; valid as long as its result.
struct WireCell {
    let type: PostgresType
    let bytes: UnsafeRawBufferPointer

    /// The integer in network order; the caller has looked at the length.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int = 0) -> Value {
        Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The elements of a one-dimensional array without NULLs, `nil` when it is anything else.
    func elements<Element>(_ read: (UnsafeRawBufferPointer) -> Element?) -> [Element]? {
        guard bytes.count >= 12 else { return nil }
        if integer(Int32.self) == 0 { return [] }
        guard bytes.count >= 20, integer(Int32.self) == 1 else { return nil }
        let count = Int(integer(Int32.self, at: 12))
        // Each element has at least its length, so a wrong count can't make us reserve more than was received.
        guard count >= 0, count <= (bytes.count - 20) / 4 else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            guard offset + 4 <= bytes.count else { return nil }
            let length = Int(integer(Int32.self, at: offset))
            offset += 4
            guard length >= 0, length <= bytes.count - offset,
                let element = read(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
            else { return nil }
            elements.append(element)
            offset += length
        }
        return elements
    }
}

extension PostgresType {
    /// Whether its binary format is the text itself: texts, and every enumeration or domain that a database defines.
    var isText: Bool {
        [.text, .varchar, .bpchar, .name, .json, .unknown].contains(self) || oid >= 16_384
    }
}
