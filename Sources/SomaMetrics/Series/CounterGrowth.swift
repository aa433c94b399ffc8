/// How much a counter grew within a window, as Prometheus' `increase` and `rate` have it.
///
/// A value below the one before is a reset: the counter began again at zero. What the samples show is
/// stretched to the ends of the window where the samples come close to them, but not to before the counter
/// could have been zero.
struct CounterGrowth: Hashable, Sendable {
    /// Growth over the window.
    let total: Double
    /// Growth a second.
    let perSecond: Double

    /// - Parameters:
    ///   - samples: Those within the window, in ascending order of time (milliseconds).
    ///   - since: The window's begin, exclusive, in milliseconds.
    ///   - end: The window's end, inclusive, in milliseconds.
    /// - Returns: `nil` for fewer than two samples: nothing can be said then.
    init?(_ samples: [(time: Int64, value: Double)], since: Int64, upTo end: Int64) {
        guard let first = samples.first, let last = samples.last, samples.count > 1, end > since else {
            return nil
        }
        var grown = last.value - first.value
        for (one, next) in zip(samples, samples.dropFirst()) where next.value < one.value {
            grown += one.value
        }
        let sampled = Self.seconds(last.time, first.time)
        let step = sampled / Double(samples.count - 1)
        var before = Self.seconds(first.time, since)
        var after = Self.seconds(end, last.time)
        if before >= step * 1.1 { before = step / 2 }
        if grown > 0, first.value >= 0 { before = min(before, sampled * (first.value / grown)) }
        if after >= step * 1.1 { after = step / 2 }
        total = grown * ((sampled + before + after) / sampled)
        perSecond = total / Self.seconds(end, since)
    }

    private static func seconds(_ later: Int64, _ earlier: Int64) -> Double {
        Double(later.subtractingSaturating(earlier)) / 1_000
    }
}
