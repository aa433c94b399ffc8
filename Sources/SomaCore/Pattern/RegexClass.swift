/// Sets of characters, as ranges of code points.
package enum RegexClass {
    static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x2028...0x2029]
    static let notLineFeed = complement([0x0A...0x0A])

    static let escapes: [Unicode.Scalar: [ClosedRange<UInt32>]] = [
        "d": digits, "D": complement(digits),
        "w": word, "W": complement(word),
        "s": space, "S": complement(space),
        "n": [0x0A...0x0A], "r": [0x0D...0x0D], "t": [0x09...0x09], "f": [0x0C...0x0C], "v": [0x0B...0x0B],
    ]

    static let posix: [String: [ClosedRange<UInt32>]] = [
        "alpha": [0x41...0x5A, 0x61...0x7A], "digit": digits,
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A],
        "upper": [0x41...0x5A], "lower": [0x61...0x7A], "space": [0x09...0x0D, 0x20...0x20],
        "blank": [0x09...0x09, 0x20...0x20], "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "word": word,
    ]

    /// Every code point that is in none of the ranges.
    package static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in normalized(ranges) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10_FFFF { result.append(next...0x10_FFFF) }
        return result
    }

    /// The same set in order and without overlaps.
    static func normalized(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// The set with the other case of each letter; ASCII by rule, other letters one by one where the set is small.
    static func folded(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result = ranges
        for range in ranges {
            for (low, high, shift) in [(UInt32(0x41), UInt32(0x5A), Int32(32)), (0x61, 0x7A, -32)] {
                let from = max(low, range.lowerBound)
                let to = min(high, range.upperBound)
                guard from <= to else { continue }
                result.append(UInt32(Int32(from) + shift)...UInt32(Int32(to) + shift))
            }
            guard range.upperBound > 0x7F, range.count <= 512 else { continue }
            for value in range {
                guard let properties = Unicode.Scalar(value)?.properties else { continue }
                for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] {
                    guard let other = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1 else {
                        continue
                    }
                    result.append(other.value...other.value)
                }
            }
        }
        return normalized(result)
    }

    /// The byte sequences of the UTF-8 forms of a range, each a list of byte ranges.
    static func utf8(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        var pending = [range]
        while let range = pending.popLast() {
            if let (left, right) = split(range) {
                pending.append(right)
                pending.append(left)
            } else if range.lowerBound < 0xD800 || range.upperBound > 0xDFFF {
                let low = encoded(range.lowerBound)
                let high = encoded(range.upperBound)
                result.append(zip(low, high).map { min($0, $1)...max($0, $1) })
            }
        }
        return result
    }

    /// Cuts a range where its UTF-8 forms stop being one product of byte ranges; `nil` where they are one.
    private static func split(_ range: ClosedRange<UInt32>) -> (ClosedRange<UInt32>, ClosedRange<UInt32>)? {
        for edge: UInt32 in [0x7F, 0x7FF, 0xD7FF, 0xDFFF, 0xFFFF]
        where range.lowerBound <= edge && range.upperBound > edge {
            return (range.lowerBound...edge, (edge + 1)...range.upperBound)
        }
        guard range.upperBound > 0x7F else { return nil }
        for bits: UInt32 in [6, 12, 18] {
            let mask: UInt32 = (1 << bits) - 1
            guard range.lowerBound & ~mask != range.upperBound & ~mask else { continue }
            if range.lowerBound & mask != 0 {
                let edge = range.lowerBound | mask
                return (range.lowerBound...edge, (edge + 1)...range.upperBound)
            }
            if range.upperBound & mask != mask {
                let edge = range.upperBound & ~mask
                return (range.lowerBound...(edge - 1), edge...range.upperBound)
            }
        }
        return nil
    }

    private static func encoded(_ value: UInt32) -> [UInt8] {
        Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
    }
}
