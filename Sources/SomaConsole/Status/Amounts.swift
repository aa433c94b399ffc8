/// Numbers as the console writes them: short, and the same everywhere.
package enum Amounts {
    /// A count in at most six columns: `950`, `18.2k`, `1.4M`.
    package static func short(_ count: Int) -> String {
        let value = Double(count)
        switch count {
        case ..<1_000: return "\(count)"
        case ..<999_950: return "\(decimal(value / 1_000))k"
        case ..<999_950_000: return "\(decimal(value / 1_000_000))M"
        default: return "\(decimal(min(value / 1_000_000_000, 9_999)))G"
        }
    }

    /// A count in groups of three: `1,930`.
    package static func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return count < 0 ? "-" + result : result
    }

    /// Money: `$0.11`, `$12.40`, `$1.2k`.
    package static func money(_ microdollars: Int) -> String {
        let cents = (microdollars.magnitude + 5_000) / 10_000
        if cents >= 100_000 { return "$" + short(Int(cents / 100)) }
        return "$\(cents / 100).\(pad(Int(cents % 100), 2))"
    }

    /// A length of time in its two largest units: `22s`, `1m04s`, `2h05m`, `3d04h`.
    package static func time(_ duration: Duration) -> String {
        let seconds = Int(max(0, duration.components.seconds))
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m\(pad(seconds % 60, 2))s"
        case ..<86_400: return "\(seconds / 3_600)h\(pad(seconds / 60 % 60, 2))m"
        default: return "\(min(seconds / 86_400, 9_999))d\(pad(seconds / 3_600 % 24, 2))h"
        }
    }

    /// How long somebody has waited, in whole minutes, so that it changes once a minute: `<1m`, `2m`, `1h03m`.
    package static func wait(_ duration: Duration) -> String {
        let minutes = Int(max(0, duration.components.seconds)) / 60
        switch minutes {
        case 0: return "<1m"
        case ..<60: return "\(minutes)m"
        case ..<1_440: return "\(minutes / 60)h\(pad(minutes % 60, 2))m"
        default: return "\(min(minutes / 1_440, 9_999))d\(pad(minutes / 60 % 24, 2))h"
        }
    }

    /// How long one thing took: `0.4s`, `12s`, `1m04s`; under a tenth of a second in milliseconds.
    package static func span(_ microseconds: Int64) -> String {
        if microseconds < 100_000 { return "\(max(0, microseconds) / 1_000)ms" }
        let tenths = (min(microseconds, .max - 50_000) + 50_000) / 100_000
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10)s" }
        return time(.microseconds(microseconds))
    }

    /// A number of bytes: `48 kB`.
    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1_000: "\(count) B"
        case ..<1_000_000: "\(count / 1_000) kB"
        default: "\(decimal(Double(count) / 1_000_000)) MB"
        }
    }

    /// A number with one decimal below 100, and none above.
    private static func decimal(_ value: Double) -> String {
        if value >= 99.95 { return "\(Int(value.rounded()))" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func pad(_ number: Int, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
