extension HTTPHeaders {
    /// The delay that `Retry-After` asks for, as seconds or as a date; `nil` when absent or malformed.
    ///
    /// A date is compared with the response's own `Date`, so that clocks that differ don't matter.
    public func retryAfter(now: Int64) -> Duration? {
        guard let value = self["Retry-After"]?.trimmingBlanks(), !value.isEmpty else { return nil }
        if value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            // Ten digits are three centuries; more don't fit and mean the same.
            return .seconds(Int64(value.prefix(10)) ?? 0)
        }
        guard let date = secondsFromHTTPDate(value) else { return nil }
        let reference = self["Date"].flatMap { secondsFromHTTPDate($0.trimmingBlanks()) } ?? now
        return .seconds(max(0, date - reference))
    }
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`; `nil` for other forms.
func secondsFromHTTPDate(_ text: String) -> Int64? {
    let fields = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
    guard fields.count == 8, fields[7] == "GMT", let month = httpMonths.firstIndex(of: String(fields[2])),
        let day = Int64(fields[1]), (1...31).contains(day), let year = Int64(fields[3]),
        (1970...9999).contains(year),
        let hour = Int64(fields[4]), (0...23).contains(hour), let minute = Int64(fields[5]),
        (0...59).contains(minute),
        let second = Int64(fields[6]), (0...60).contains(second)
    else { return nil }
    // Days before a date: years counted from March put the leap day last.
    let monthFromMarch = Int64((month + 10) % 12)
    let marchYear = month < 2 ? year - 1 : year
    let daysInYears = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400
    let days = daysInYears + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468
    return days * 86_400 + hour * 3_600 + minute * 60 + second
}

private let httpMonths = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
