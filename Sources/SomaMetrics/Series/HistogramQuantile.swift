/// Quantiles of classic histograms, as Prometheus' `histogram_quantile` has them.
package enum HistogramQuantile {
    /// A cumulative bucket: how much is not above its bound.
    package struct Bucket: Hashable, Sendable {
        package let upperBound: Double
        package let count: Double

        package init(upperBound: Double, count: Double) {
            self.upperBound = upperBound
            self.count = count
        }
    }

    /// The value that a share of what was counted isn't above.
    ///
    /// Within a bucket the values are taken to be spread evenly; the lowest begins at zero unless its bound is
    /// not above it. What lies in the bucket +Inf counts as the highest finite bound.
    /// - Parameters:
    ///   - quantile: 0 to 1; below gives -Inf, above +Inf.
    ///   - buckets: With bounds in ascending order; the last must be +Inf.
    /// - Returns: NaN where nothing can be said: fewer than two buckets, none for +Inf, nothing counted.
    package static func value(_ quantile: Double, _ buckets: [Bucket]) -> Double {
        guard quantile == quantile else { return .nan }
        guard quantile >= 0 else { return -.infinity }
        guard quantile <= 1 else { return .infinity }
        guard let top = buckets.last, top.upperBound == .infinity, buckets.count > 1 else { return .nan }
        // Buckets of several scrapes can be a little out of step; the count never falls in truth.
        var highest = 0.0
        let counts = buckets.map { bucket in
            highest = max(highest, bucket.count)
            return highest
        }
        guard let total = counts.last, total > 0 else { return .nan }
        let rank = quantile * total
        let index = counts.dropLast().firstIndex { $0 >= rank } ?? counts.count - 1
        if index == counts.count - 1 { return buckets[index - 1].upperBound }
        let end = buckets[index].upperBound
        if index == 0, end <= 0 { return end }
        let start = index == 0 ? 0 : buckets[index - 1].upperBound
        let below = index == 0 ? 0 : counts[index - 1]
        let inside = counts[index] - below
        guard inside > 0 else { return end }
        return start + (end - start) * ((rank - below) / inside)
    }
}
