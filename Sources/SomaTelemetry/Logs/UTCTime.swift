/// Times of day in UTC as text, without a calendar library: the daemon's start should not load one.
enum UTCTime {
    /// `2026-01-31T23:59:59.123Z`.
    static func text(seconds: Int, milliseconds: Int) -> String {
        let days = (Double(seconds) / 86_400).rounded(.down)
        let second = seconds - Int(days) * 86_400
        let (year, month, day) = date(daysSince1970: Int(days))
        let clock = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(padded(year, 4))-\(two(month))-\(two(day))T\(clock).\(padded(milliseconds, 3))Z"
    }

    /// The proleptic Gregorian date; counts in eras of 400 years that begin in March, so that the leap day is last.
    private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    private static func two(_ number: Int) -> String {
        padded(number, 2)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
