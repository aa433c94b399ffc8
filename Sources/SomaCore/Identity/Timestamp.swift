/// A moment as people and records know it: microseconds of UTC since 1970.
///
/// Never used to measure how long something takes; that is a `Clock`'s work.
public struct Timestamp: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Creates a moment.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Creates a moment from whole and broken seconds since 1970; what is no number counts as 0.
    public init(seconds: Double) {
        let scaled = (seconds * 1_000_000).rounded()
        microseconds = Int64(exactly: scaled) ?? (scaled.isNaN ? 0 : scaled < 0 ? .min : .max)
    }

    /// Compares moments.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment `duration` later.
    public static func + (left: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds &+ duration.microseconds)
    }

    /// How long after `right` the moment `left` is.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds &- right.microseconds)
    }

    /// RFC 3339 with six decimals and `Z`.
    public var description: String {
        var output: [UInt8] = []
        output.reserveCapacity(27)
        write(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Reads RFC 3339 with any number of decimals and any offset; `nil` for anything else.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ Timestamp(rfc3339: $0) }) else { return nil }
        self = value
    }

    /// Reads microseconds.
    public init(from decoder: any Decoder) throws { microseconds = try Int64(from: decoder) }

    /// Writes microseconds.
    public func encode(to encoder: any Encoder) throws { try microseconds.encode(to: encoder) }
}

extension Timestamp {
    /// Year, month and day of a number of days since 1970, by Howard Hinnant's `civil_from_days`
    /// (https://howardhinnant.github.io/date_algorithms.html).
    package static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// Days since 1970 of a date, the inverse of `civil(days:)`.
    package static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package func write(to output: inout [UInt8]) {
        let day = Int64(86_400_000_000)
        var days = microseconds / day
        if microseconds % day < 0 { days -= 1 }
        let date = Timestamp.civil(days: days)
        var rest = microseconds &- days &* day
        func pair(_ value: Int64) {
            let small = UInt32(truncatingIfNeeded: value)
            output.append(0x30 + UInt8(truncatingIfNeeded: small / 10))
            output.append(0x30 + UInt8(truncatingIfNeeded: small % 10))
        }
        let year = min(max(date.year, 0), 9999)
        pair(year / 100)
        pair(year % 100)
        output.append(UInt8(ascii: "-"))
        pair(date.month)
        output.append(UInt8(ascii: "-"))
        pair(date.day)
        output.append(UInt8(ascii: "T"))
        pair(rest / 3_600_000_000)
        rest %= 3_600_000_000
        output.append(UInt8(ascii: ":"))
        pair(rest / 60_000_000)
        rest %= 60_000_000
        output.append(UInt8(ascii: ":"))
        pair(rest / 1_000_000)
        rest %= 1_000_000
        output.append(UInt8(ascii: "."))
        pair(rest / 10_000)
        pair(rest / 100 % 100)
        pair(rest % 100)
        output.append(UInt8(ascii: "Z"))
    }

    package init?(rfc3339 text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 20, text.count <= 40 else { return nil }
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= text.count else { return nil }
            var value: Int64 = 0
            for index in from..<from + count {
                guard case let digit = text[index] &- 0x30, digit < 10 else { return nil }
                value = value * 10 + Int64(digit)
            }
            return value
        }
        guard text[4] == 0x2D, text[7] == 0x2D, text[10] | 0x20 == 0x74, text[13] == 0x3A, text[16] == 0x3A,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if text[index] == 0x2E {
            index += 1
            var scale: Int64 = 100_000
            let first = index
            while index < text.count, case let digit = text[index] &- 0x30, digit < 10 {
                fraction += Int64(digit) * scale
                scale /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        guard index < text.count else { return nil }
        var offset: Int64 = 0
        if text[index] | 0x20 == 0x7A {
            guard index + 1 == text.count else { return nil }
        } else {
            guard text[index] == 0x2B || text[index] == 0x2D, index + 6 == text.count,
                text[index + 3] == 0x3A,
                let hours = number(index + 1, 2), let minutes = number(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (text[index] == 0x2B ? 1 : -1)
        }
        let days = Timestamp.days(year: year, month: month, day: day)
        // 30 February and the like become another date on the way there and back.
        guard day <= 28 || Timestamp.civil(days: days).day == day else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }
}

extension Duration {
    /// The length in whole microseconds, held within 64 bits.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return product &+ attoseconds / 1_000_000_000_000
    }

    /// The length in seconds.
    public var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
