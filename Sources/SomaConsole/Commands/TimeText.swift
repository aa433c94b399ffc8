package import SomaCore

/// Reads moments as people type them.
package enum TimeText {
    /// The moment of a text.
    ///
    /// `14:02` and `14:02:11` are times by the person's clock, on the day that is looked at; `+90s`, `-5m` and
    /// `+1h30m` count from the moment that is looked at; RFC 3339 names a moment in full.
    /// - Parameters:
    ///   - now: The moment that is looked at.
    ///   - clock: The person's clock.
    package static func moment(_ text: String, now: Timestamp, clock: ClockFace) -> Timestamp? {
        if let sign = text.first, sign == "+" || sign == "-" {
            guard let length = length(text.dropFirst()) else { return nil }
            return now + (sign == "+" ? length : .zero - length)
        }
        if let moment = Timestamp(text) { return moment }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            (1...2).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                ? Int64(part) : nil
        }
        guard (2...3).contains(parts.count), numbers.count == parts.count,
            numbers[0] < 24, numbers[1] < 60, numbers.count < 3 || numbers[2] < 60
        else { return nil }
        let ofDay = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
        let day: Int64 = 86_400_000_000
        let local = now.microseconds &+ Int64(clock.offsetSeconds) * 1_000_000
        let midnight = local - ((local % day) + day) % day
        return Timestamp(microseconds: midnight + ofDay * 1_000_000 - Int64(clock.offsetSeconds) * 1_000_000)
    }

    /// `90s`, `5m`, `1h30m`, `2d`; largest unit first.
    private static func length(_ text: Substring) -> Duration? {
        var rest = text
        var seconds: Int64 = 0
        var units: [(name: Character, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            guard digits.count <= 9, let count = Int64(digits), let name = rest.popFirst(),
                let place = units.firstIndex(where: { $0.name == name })
            else { return nil }
            seconds += count * units[place].seconds
            units.removeSubrange(...place)
        }
        return .seconds(seconds)
    }
}
