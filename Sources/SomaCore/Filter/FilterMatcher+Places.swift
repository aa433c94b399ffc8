extension FilterMatcher {
    /// The longest text in which places are looked for, in bytes: a line on a screen shows no more.
    package static let placedBytesMax = 1_024

    /// Where in a text the conditions that must hold find what they look for, in bytes and in order.
    ///
    /// - Parameters:
    ///   - text: What is shown.
    ///   - names: The fields that it shows, by name or by member of the body. Conditions on other fields have no
    ///     place in it; those without a field have.
    package func places(in text: String, of names: [String]) -> [Range<Int>] {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeBufferPointer(rebasing: bytes.prefix(Self.placedBytesMax))
            var found: [Range<Int>] = []
            for (index, term) in filter.terms.enumerated() where !term.isNegated {
                if let field = term.field, !names.contains(field.path.isEmpty ? field.name : field.path) {
                    continue
                }
                switch term.test {
                // A number is compared as a whole.
                case .number: if term.field != nil, !bytes.isEmpty { found.append(0..<bytes.count) }
                case .text(let patterns):
                    guard fits(index, bytes) else { continue }
                    for pattern in patterns { found += pattern.places(in: bytes) }
                }
            }
            return found.joined()
        }
    }
}

extension TextPattern {
    fileprivate func places(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        switch self {
        case .literal(let needle):
            var found: [Range<Int>] = []
            while let start = needle.find(in: text, from: found.last?.upperBound ?? 0) {
                found.append(start..<(start + needle.bytes.count))
            }
            return found
        case .regex(let regex): return regex.places(in: text)
        case .fuzzy(let pattern): return pattern.places(in: text)
        }
    }
}

extension [Range<Int>] {
    /// In order, with those that touch each other as one.
    fileprivate func joined() -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
