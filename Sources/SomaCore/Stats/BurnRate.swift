/// How fast money and tokens are used, and where that leads, by plain arithmetic.
package struct BurnRate: Sendable, Hashable {
    /// The moment that "last" ends at.
    package var now: Timestamp
    /// What was charged in the hour before.
    package var lastHour: Usage
    /// What was charged in the 24 hours before.
    package var lastDay: Usage
    /// What was charged since the month began, in UTC.
    package var monthSoFar: Usage
    /// How long the month still is, in hours.
    package var hoursLeft: Double

    /// The average of the last 24 hours, in millionths of a US dollar an hour.
    package var microdollarsPerHour: Double { Double(lastDay.microdollars) / 24 }

    /// What the month comes to if every hour that is left costs as much as the average hour of the last 24 did.
    package var monthForecast: Double { Double(monthSoFar.microdollars) + microdollarsPerHour * hoursLeft }

    /// The month, as `2026-01`.
    package var month: String { String(now.description.prefix(7)) }

    /// How `monthForecast` comes about, in words.
    package static let method =
        "this month so far + the average hour of the last 24 × the hours left in the month (UTC)"
}

/// Charges by minute and by day: what a rate is taken from.
struct ChargeClock: Sendable, Hashable {
    private var minutes: [Int64: Usage] = [:]
    private var days: [Int: Usage] = [:]

    private static let minute: Int64 = 60_000_000
    /// A day has 1,440 minutes; the rest is slack for clocks that are ahead.
    private static let minutesKept = 2000
    private static let minutesMax = 4000
    private static let daysKept = 400
    private static let daysMax = 800

    mutating func add(_ usage: Usage, at moment: Timestamp) {
        let minute = Self.floor(moment.microseconds)
        minutes[minute] = (minutes[minute] ?? .zero) + usage
        days[moment.day] = (days[moment.day] ?? .zero) + usage
        if minutes.count > Self.minutesMax { minutes = Self.latest(Self.minutesKept, of: minutes) }
        if days.count > Self.daysMax { days = Self.latest(Self.daysKept, of: days) }
    }

    /// - Parameter now: The end of the time that counts. What is dated later counts as now: clocks differ.
    func rate(at now: Timestamp) -> BurnRate {
        let end = Self.floor(now.microseconds)
        func sum(_ count: Int64) -> Usage {
            minutes.reduce(.zero) { $1.key > end.subtractingClamped(count) ? $0 + $1.value : $0 }
        }
        let today = now.day
        let month = now.description.prefix(8)
        var first = today
        while first > today - 31, Timestamp.dayText(first - 1).hasPrefix(month) { first -= 1 }
        var next = today + 1
        while next < today + 32, Timestamp.dayText(next).hasPrefix(month) { next += 1 }
        let left = Double(next) * 24 - Double(now.microseconds) / 3_600_000_000
        return BurnRate(
            now: now,
            lastHour: sum(60),
            lastDay: sum(1440),
            monthSoFar: days.reduce(.zero) { $1.key >= first ? $0 + $1.value : $0 },
            hoursLeft: max(0, min(left, 31 * 24))
        )
    }

    private static func floor(_ microseconds: Int64) -> Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: minute)
        return rest < 0 ? quotient - 1 : quotient
    }

    private static func latest<Key: Comparable & Hashable>(_ count: Int, of table: [Key: Usage]) -> [Key:
        Usage]
    {
        guard let bound = table.keys.sorted().suffix(count).first else { return table }
        return table.filter { $0.key >= bound }
    }
}

extension Int64 {
    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
