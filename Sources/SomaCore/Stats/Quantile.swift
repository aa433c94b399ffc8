/// Quantiles of what was measured, without interpolation: always a value that occurred.
package enum Quantile {
    /// The smallest value that at least `part` of the values don't exceed (the nearest rank); `nil` of none.
    ///
    /// - Parameter sorted: The values in ascending order.
    package static func of<Value>(_ sorted: [Value], _ part: Double) -> Value? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((Double(sorted.count) * min(1, max(0, part))).rounded(.up))
        return sorted[max(0, min(sorted.count - 1, rank - 1))]
    }
}
