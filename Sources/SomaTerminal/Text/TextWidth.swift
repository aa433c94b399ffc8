/// Measures text in terminal columns; the only place in the program that knows how wide a scalar is.
public enum TextWidth {
    /// Columns that a scalar takes alone: 0, 1 or 2; control characters count 0.
    public static func columns(of scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 {
            return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1
        }
        if (0x2500..<0x25FD).contains(value) || (0x2800..<0x2900).contains(value) { return 1 }
        if contains(UnicodeTables.zero, value) { return 0 }
        return contains(UnicodeTables.wide, value) ? 2 : 1
    }

    /// Columns that one grapheme cluster takes: 0, 1 or 2.
    ///
    /// Flags, emoji joined with U+200D and emoji with U+FE0F are two columns; a base with marks is as wide as its
    /// base, plus one for a spacing mark.
    public static func columns(of cluster: Character) -> Int {
        if let ascii = cluster.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
        var total = 0
        var base: Unicode.Scalar?
        var joined = false
        for scalar in cluster.unicodeScalars {
            let value = scalar.value
            if value == 0x200D {
                joined = true
                continue
            }
            if value == 0xFE0F, let measured = base {
                if contains(UnicodeTables.emojiVariation, measured.value) { total += 1 }
                base = nil
                continue
            }
            if joined, total > 0 {
                joined = false
                continue
            }
            let width = columns(of: scalar)
            if width > 0 {
                if base != nil, isModifier(value) || isRegionalIndicator(value) { continue }
                total += width
                base = scalar
            } else if base != nil, contains(UnicodeTables.spacingMarks, value) {
                total += 1
                base = nil
            }
        }
        return min(total, 2)
    }

    /// Columns that a text takes as it is, before `SafeText` makes hidden characters visible.
    public static func columns(of text: String) -> Int {
        var total = 0
        for cluster in text { total += columns(of: cluster) }
        return total
    }

    static func isRegionalIndicator(_ value: UInt32) -> Bool { (0x1F1E6...0x1F1FF).contains(value) }

    static func isModifier(_ value: UInt32) -> Bool { (0x1F3FB...0x1F3FF).contains(value) }

    /// Binary search in a flat list of first and last scalars.
    static func contains(_ table: [UInt32], _ value: UInt32) -> Bool {
        table.withUnsafeBufferPointer { ranges in
            var low = 0
            var high = ranges.count / 2
            while low < high {
                let middle = (low + high) / 2
                if value > ranges[middle * 2 + 1] {
                    low = middle + 1
                } else if value < ranges[middle * 2] {
                    high = middle
                } else {
                    return true
                }
            }
            return false
        }
    }
}
