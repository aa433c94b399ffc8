extension SeriesStore {
    /// Moments of one answer at most: more columns than any screen has.
    package static let momentsMax = 11_000

    /// Answers a query at the given moments.
    ///
    /// - Parameter moments: In ascending order; beyond ``momentsMax`` they are ignored.
    /// - Returns: One line a group or series that has a value at any of the moments, in the order of labels.
    package func answer(_ query: SeriesQuery, at moments: [MetricTimestamp]) -> [SeriesResult] {
        let times = moments.prefix(Self.momentsMax).map(\.inMilliseconds)
        let isQuantile: Bool
        if case .quantile = query.function { isQuantile = true } else { isQuantile = false }
        let name = isQuantile ? query.metric + "_bucket" : query.metric
        let places = (namesakes[name] ?? []).filter { place in
            query.matchers.allSatisfy { $0.accepts(series[place].labels) }
        }
        var groups: [[Exposition.Label]: [Int]] = [:]
        for place in places {
            let labels = series[place].labels.filter { label in
                !(isQuantile && label.name == "le") && (query.by?.contains(label.name) ?? true)
            }
            groups[labels, default: []].append(place)
        }
        return groups.map { labels, places in
            // The bounds are read once, not for each moment.
            let bounds = isQuantile ? places.map { bound(of: $0) } : []
            return SeriesResult(labels: labels, values: times.map { value(query, places, bounds, at: $0) })
        }
        .filter { $0.values.contains { $0 != nil } }
        .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
    }

    private func value(
        _ query: SeriesQuery,
        _ places: [Int],
        _ bounds: [Double?],
        at time: Int64
    ) -> Double? {
        switch query.function {
        case .value:
            let since = time.subtractingSaturating(lookback)
            return combine(query, places.compactMap { series[$0].ring.value(at: time, since: since) })
        case .rate(let window):
            return combine(query, places.compactMap { growth($0, window, at: time, isRate: true) })
        case .increase(let window):
            return combine(query, places.compactMap { growth($0, window, at: time, isRate: false) })
        case .quantile(let quantile, let window):
            return histogram(places, bounds, window, at: time).map { HistogramQuantile.value(quantile, $0) }
        }
    }

    private func growth(_ place: Int, _ window: Duration, at time: Int64, isRate: Bool) -> Double? {
        let since = time.subtractingSaturating(window.inMilliseconds)
        return CounterGrowth(series[place].ring.window(since: since, upTo: time), since: since, upTo: time)
            .map { isRate ? $0.perSecond : $0.total }
    }

    /// The upper bound of a histogram's bucket; `nil` where it is no number.
    private func bound(of place: Int) -> Double? {
        guard var text = series[place].labels.first(where: { $0.name == "le" })?.value,
            let bound = text.withUTF8({ NumberText.double($0) })
        else { return nil }
        return bound.isNaN ? nil : bound
    }

    private func histogram(
        _ places: [Int],
        _ bounds: [Double?],
        _ window: Duration,
        at time: Int64
    ) -> [HistogramQuantile.Bucket]? {
        var counts: [Double: Double] = [:]
        for (place, bound) in zip(places, bounds) {
            guard let bound, let rate = growth(place, window, at: time, isRate: true) else { continue }
            counts[bound, default: 0] += rate
        }
        guard !counts.isEmpty else { return nil }
        return counts.sorted { $0.key < $1.key }
            .map { HistogramQuantile.Bucket(upperBound: $0.key, count: $0.value) }
    }

    private func combine(_ query: SeriesQuery, _ values: [Double]) -> Double? {
        guard let first = values.first else { return nil }
        guard query.by != nil else { return first }
        let rest = values.dropFirst()
        switch query.aggregation {
        case .sum: return rest.reduce(first, +)
        case .average: return rest.reduce(first, +) / Double(values.count)
        // A NaN gives way to any number, as in Prometheus.
        case .minimum: return rest.reduce(first) { $0 != $0 || $1 < $0 ? $1 : $0 }
        case .maximum: return rest.reduce(first) { $0 != $0 || $1 > $0 ? $1 : $0 }
        case .count: return Double(values.count)
        }
    }
}

extension Int64 {
    /// The difference, or the nearest number that fits.
    func subtractingSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
