/// A moment since 1970 in UTC with nanoseconds, exact for every decimal that an exposition can give.
package struct MetricTimestamp: Hashable, Sendable, Comparable {
    /// Whole seconds, rounded down.
    package let seconds: Int64
    /// 0 to 999,999,999, always forward from ``seconds``.
    package let nanoseconds: Int32

    /// Makes a timestamp from whole milliseconds, as Prometheus' text has them.
    package init(milliseconds: Int64) {
        var (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000) }
        self.seconds = seconds
        nanoseconds = Int32(rest) * 1_000_000
    }

    /// Makes a timestamp from seconds; what doesn't fit becomes the nearest that does, NaN becomes 0.
    package init(seconds value: Double) {
        guard value == value else {
            self.init(whole: 0, nanoseconds: 0)
            return
        }
        let whole = value.rounded(.down)
        guard whole > -9.2e18 else {
            self.init(whole: .min, nanoseconds: 0)
            return
        }
        guard whole < 9.2e18 else {
            self.init(whole: .max, nanoseconds: 0)
            return
        }
        self.init(whole: Int64(whole), nanoseconds: Int32(min(999_999_999, (value - whole) * 1e9)))
    }

    init(whole seconds: Int64, nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Seconds since 1970, as exact as a double can be.
    package var inSeconds: Double { Double(seconds) + Double(nanoseconds) / 1e9 }

    /// Whole milliseconds since 1970, rounded down; the nearest number that fits.
    package var inMilliseconds: Int64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, over) = product.addingReportingOverflow(Int64(nanoseconds / 1_000_000))
        return over ? .max : sum
    }

    package static func < (left: MetricTimestamp, right: MetricTimestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
