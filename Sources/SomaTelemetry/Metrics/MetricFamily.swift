import Synchronization

/// All series of one metric.
final class MetricFamily: Sendable {
    /// A series of any kind.
    enum Series: Sendable {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct State {
        var series: [[String]: Series] = [:]
        var values: [Set<String>]
    }

    static let overflow = "other"
    let metric: RegisteredMetric
    private let state: Mutex<State>

    init(_ metric: RegisteredMetric) {
        self.metric = metric
        state = Mutex(State(values: Array(repeating: [], count: metric.labels.count)))
        // Without labels there is one series, which is there from the start, so that rates begin at 0. Not that of a
        // gauge: a 0 that nobody has measured would say that what isn't used is down.
        if metric.labels.isEmpty, metric.kind != .gauge { _ = series([]) }
    }

    /// The series for label values, made when new; beyond the limits, the one of `other`.
    /// - Parameter dimensions: Labels that the metric doesn't have are left out; missing ones are empty.
    func series(_ dimensions: [(String, String)]) -> Series {
        state.withLock { find(dimensions, in: &$0) }
    }

    /// Replaces the values of a gauge at once: series that are not named are dropped.
    func replace(_ values: [(dimensions: [(String, String)], value: Double)]) {
        state.withLock { state in
            state = State(values: Array(repeating: [], count: metric.labels.count))
            for (dimensions, value) in values {
                if case .gauge(let gauge) = find(dimensions, in: &state) { gauge.increment(by: value) }
            }
        }
    }

    private func find(_ dimensions: [(String, String)], in state: inout State) -> Series {
        let given = metric.labels.map { name in
            dimensions.last { $0.0 == name }.map { LabelText.bounded($0.1) } ?? ""
        }
        if let found = state.series[given] { return found }
        let bounded = bound(given, state: &state)
        if let found = state.series[bounded] { return found }
        let made = makeSeries()
        state.series[bounded] = made
        return made
    }

    /// The series in the order of their label values.
    var sorted: [(labels: [String], series: Series)] {
        state.withLock { $0.series.map { (labels: $0.key, series: $0.value) } }
            .sorted { left, right in left.labels.lexicographicallyPrecedes(right.labels) }
    }

    private func bound(_ given: [String], state: inout State) -> [String] {
        let all = Array(repeating: Self.overflow, count: given.count)
        // One place stays free for the series that takes in the rest.
        guard state.series.count + 1 < metric.seriesMax || given.isEmpty else { return all }
        return given.indices.map { index in
            if state.values[index].contains(given[index]) { return given[index] }
            guard state.values[index].count < RegisteredMetric.labelValuesMax else { return Self.overflow }
            state.values[index].insert(given[index])
            return given[index]
        }
    }

    private func makeSeries() -> Series {
        switch metric.kind {
        case .counter: .counter(CounterSeries())
        case .gauge: .gauge(GaugeSeries())
        case .histogram(let bounds): .histogram(HistogramSeries(bounds: bounds))
        }
    }
}

/// Label values, which come from outside.
enum LabelText {
    private static let bytesMax = 128

    /// The value, cut where a hostile one would fill memory.
    static func bounded(_ value: String) -> String {
        guard value.utf8.count > bytesMax else { return value }
        var result = ""
        var bytes = 0
        for scalar in value.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= bytesMax - 3 else { break }
            result.unicodeScalars.append(scalar)
        }
        return result + "…"
    }
}
