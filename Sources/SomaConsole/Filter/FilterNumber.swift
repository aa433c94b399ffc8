import SomaCore

/// Numbers as they are typed in filters.
enum FilterNumber {
    /// Reads a number with the units of its kind; `nil` for anything else.
    static func read(_ text: Substring, _ kind: FilterField.Kind) -> Double? {
        switch kind {
        case .duration: return duration(text)
        case .money: return scaled(text.first == "$" ? text.dropFirst() : text)
        case .count, .any, .text: return scaled(text)
        }
    }

    /// What a number of a kind is called in messages, with an example.
    static func noun(_ kind: FilterField.Kind) -> String {
        switch kind {
        case .duration: "span of time, as in 1m30s or 250ms,"
        case .money: "sum, as in 0.25,"
        case .count, .any, .text: "number, as in 12 or 2.5k,"
        }
    }

    /// `12`, `2.5k`, `1M`, `3G`.
    private static func scaled(_ text: Substring) -> Double? {
        var digits = text
        var scale = 1.0
        switch text.last {
        case "k", "K": scale = 1_000
        case "m", "M": scale = 1_000_000
        case "g", "G": scale = 1_000_000_000
        default: break
        }
        if scale > 1 { digits = digits.dropLast() }
        return plain(digits).map { $0 * scale }
    }

    /// Seconds: `90`, `1m30s`, `250ms`, `2h`.
    private static func duration(_ text: Substring) -> Double? {
        var rest = text
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = plain(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "us", "µs": total += value / 1_000_000
            case "ms": total += value / 1_000
            case "s", "": total += value
            case "m", "min": total += value * 60
            case "h": total += value * 3_600
            case "d": total += value * 86_400
            default: return nil
            }
        }
        return total
    }

    /// Digits with at most one point and a sign.
    private static func plain(_ text: Substring) -> Double? {
        guard text.utf8.count <= 24, !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D })
        else { return nil }
        return Double(text)
    }
}
