/// How lengths of time are written: `250ms`, `30s`, `5m`, `1h30m`, `2d`.
public enum DurationText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads whole numbers with units, largest unit first, each unit at most once.
    /// - Returns: Nil when the text is anything else, or longer than about 290 million years.
    public static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var total = 0
        var unitsLeft = units[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(name.count)
            guard let count = Int(digits), let index = unitsLeft.firstIndex(where: { $0.name == name }) else {
                return nil
            }
            let (part, partOverflow) = count.multipliedReportingOverflow(by: units[index].milliseconds)
            let (sum, sumOverflow) = total.addingReportingOverflow(part)
            guard !partOverflow, !sumOverflow else { return nil }
            total = sum
            unitsLeft = units[(index + 1)...]
        }
        return .milliseconds(total)
    }

    /// Writes a length of time so that ``parse(_:)`` reads it back, cut to whole milliseconds.
    /// - Parameter duration: Not negative.
    public static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = Int(min(seconds, .max / 1000 - 1)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        var result = ""
        for unit in units where rest >= unit.milliseconds {
            result += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return result.isEmpty ? "0s" : result
    }
}
