/// What a panel's numbers count, and how they are written: short, with three digits that matter.
package enum MetricUnit: String, Sendable, Hashable, CaseIterable {
    /// A plain number: `950`, `18.2k`, `0.25`.
    case number
    case perSecond = "per-second"
    case perMinute = "per-minute"
    case perHour = "per-hour"
    /// A length of time in seconds: `840 µs`, `3.1 ms`, `1m04s`.
    case seconds
    /// `48 kB`, in powers of 1,000.
    case bytes
    case bytesPerSecond = "bytes-per-second"
    /// US dollars: `$0.11`.
    case dollars
    case dollarsPerHour = "dollars-per-hour"
    /// A share from 0 to 1: `62%`.
    case percent

    /// A value as it is read: `1.91k/s`.
    package func text(_ value: Double) -> String { written(value, money: Self.money) + suffix }

    /// A value beside an axis: what all of them have in common is left out, and six columns do.
    package func axis(_ value: Double) -> String { written(value, money: Self.axisMoney) }

    private func written(_ value: Double, money: (Double) -> String) -> String {
        if value.isNaN { return "NaN" }
        guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
        let size = abs(value)
        let text: String
        switch self {
        case .number, .perSecond, .perMinute, .perHour: text = Self.scaled(size, Self.thousands, gap: "")
        case .seconds: text = Self.time(size)
        case .bytes, .bytesPerSecond: text = Self.scaled(size, Self.byteSizes, gap: " ")
        case .dollars, .dollarsPerHour: text = "$" + money(size)
        case .percent: text = Self.digits(min(size * 100, .greatestFiniteMagnitude)) + "%"
        }
        // What rounds to nothing has no sign.
        let isNothing = !text.utf8.contains { (0x31...0x39).contains($0) }
        return (value < 0 && !isNothing ? "-" : "") + text
    }

    private var suffix: String {
        switch self {
        case .perSecond, .bytesPerSecond: "/s"
        case .perMinute: "/min"
        case .perHour, .dollarsPerHour: "/h"
        case .number, .seconds, .bytes, .dollars, .percent: ""
        }
    }

    /// Steps in which an axis of this unit counts, as parts of ten; for times above a minute those of a clock.
    func steps(for wanted: Double) -> Double {
        guard wanted > 0, wanted.isFinite else { return 1 }
        if self == .seconds, wanted > 20 {
            let clock: [Double] = [30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400]
            if let step = clock.first(where: { $0 >= wanted }) { return step }
            return Self.decimalStep(wanted / 86_400) * 86_400
        }
        return Self.decimalStep(wanted)
    }

    /// The least of 1, 2, 5 times a power of ten that isn't less.
    private static func decimalStep(_ wanted: Double) -> Double {
        var power = 1.0
        while power < wanted, power < 1e300 { power *= 10 }
        while power / 10 >= wanted, power > 1e-300 { power /= 10 }
        // The power is the least that isn't less: half of it and a fifth may do as well.
        if power / 5 >= wanted { return power / 5 }
        if power / 2 >= wanted { return power / 2 }
        return power
    }

    private static let thousands: [(Double, String)] = [
        (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"),
    ]
    private static let byteSizes: [(Double, String)] = [
        (1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"),
    ]

    private static func scaled(_ size: Double, _ steps: [(Double, String)], gap: String) -> String {
        if size >= 1e18 { return "\(mantissa(size))" }
        for (index, step) in steps.enumerated() where size >= step.0 {
            let number = size / step.0
            // 999,950 is 1M, not 1000k.
            if number >= 999.5, index > 0 { return "1" + gap + steps[index - 1].1 }
            return digits(number) + gap + step.1
        }
        return digits(size) + (steps.last.map { $0.0 == 1 ? gap + $0.1 : "" } ?? "")
    }

    private static func time(_ seconds: Double) -> String {
        switch seconds {
        case 0: return "0 s"
        case ..<0.000_999_5: return digits(seconds * 1_000_000) + " µs"
        case ..<0.999_5: return digits(seconds * 1_000) + " ms"
        case ..<59.95: return digits(seconds) + " s"
        default: return Amounts.time(.seconds(min(seconds.rounded(), 1e12)))
        }
    }

    /// From ten dollars on cents matter to nobody who reads an axis, and there is no room for them.
    private static func axisMoney(_ dollars: Double) -> String {
        (10..<1_000).contains(dollars) ? digits(dollars) : money(dollars)
    }

    private static func money(_ dollars: Double) -> String {
        if dollars >= 1_000 { return scaled(dollars, thousands, gap: "") }
        if dollars > 0, dollars < 0.01 { return digits(dollars) }
        let cents = Int((dollars * 100).rounded())
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Three digits that matter, without zeros at the end; very small numbers with their power of ten.
    static func digits(_ size: Double) -> String {
        guard size > 0 else { return "0" }
        if size < 0.000_095 { return mantissa(size) }
        var decimals = 0
        var limit = 99.95
        while decimals < 6, size < limit {
            decimals += 1
            limit /= 10
        }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        guard size < 1e15 else { return mantissa(size) }
        let number = Int((size * scale).rounded())
        let whole = number / Int(scale)
        guard decimals > 0 else { return "\(whole)" }
        let rest = "\(number % Int(scale))"
        var part = String(repeating: "0", count: decimals - rest.count) + rest
        while part.last == "0" { part.removeLast() }
        return part.isEmpty ? "\(whole)" : "\(whole).\(part)"
    }

    private static func mantissa(_ size: Double) -> String {
        var power = 0
        var rest = size
        while rest >= 9.95, power < 400 {
            rest /= 10
            power += 1
        }
        while rest < 0.995, power > -400 {
            rest *= 10
            power -= 1
        }
        return "\(digits((rest * 10).rounded() / 10))e\(power)"
    }
}
