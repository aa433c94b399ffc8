public import CoreMetrics

/// The metrics of a process: hands out series, renders them for Prometheus, and serves as swift-metrics' backend.
///
/// Make a series once and keep it; recording into it takes neither lock nor look-up. Metrics that are not in
/// the table (from other libraries, say) cost nothing and are not exposed.
public final class MetricsRegistry: Sendable {
    private let families: [String: MetricFamily]

    /// A registry of a table of metrics with distinct names.
    public init(_ metrics: [RegisteredMetric] = SomaMetrics.all) {
        families = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, MetricFamily($0)) })
    }

    /// A counter's series.
    /// - Parameters:
    ///   - metric: A counter of the table.
    ///   - labels: Values by label; a missing one is empty.
    public func counter(_ metric: RegisteredMetric, _ labels: KeyValuePairs<String, String> = [:])
        -> CounterSeries
    {
        guard case .counter(let series) = series(metric, labels) else {
            preconditionFailure("\(metric.name) is no counter")
        }
        return series
    }

    /// A gauge's series.
    /// - Parameters:
    ///   - metric: A gauge of the table.
    ///   - labels: Values by label; a missing one is empty.
    public func gauge(_ metric: RegisteredMetric, _ labels: KeyValuePairs<String, String> = [:])
        -> GaugeSeries
    {
        guard case .gauge(let series) = series(metric, labels) else {
            preconditionFailure("\(metric.name) is no gauge")
        }
        return series
    }

    /// A histogram's series.
    /// - Parameters:
    ///   - metric: A histogram of the table.
    ///   - labels: Values by label; a missing one is empty.
    public func histogram(_ metric: RegisteredMetric, _ labels: KeyValuePairs<String, String> = [:])
        -> HistogramSeries
    {
        guard case .histogram(let series) = series(metric, labels) else {
            preconditionFailure("\(metric.name) is no histogram")
        }
        return series
    }

    /// Replaces all series of a gauge, for values that are counted anew for each scrape, such as runs by status.
    ///
    /// Values whose labels became `other` are added up. Series handed out before are no longer exposed.
    public func replaceGauge(
        _ metric: RegisteredMetric,
        with values: [(labels: KeyValuePairs<String, String>, value: Double)]
    ) {
        precondition(metric.kind == .gauge, "\(metric.name) is no gauge")
        family(metric).replace(
            values.map { (dimensions: $0.labels.map { ($0.key, $0.value) }, value: $0.value) }
        )
    }

    /// All metrics as text, in a fixed order.
    /// - Parameters:
    ///   - format: How they are written; exemplars are in OpenMetrics only.
    ///   - process: What the system says about this process; nil leaves `process_*` out.
    public func render(_ format: ExpositionFormat = .prometheus, process: ProcessSample? = nil) -> String {
        var text = ExpositionText(format)
        for name in families.keys.sorted() {
            if let family = families[name] { text.append(family) }
        }
        if let process { text.append(process) }
        text.end()
        return text.result
    }

    func family(_ metric: RegisteredMetric) -> MetricFamily {
        guard let family = families[metric.name] else {
            preconditionFailure("the table of metrics has no \(metric.name)")
        }
        return family
    }

    private func series(_ metric: RegisteredMetric, _ labels: KeyValuePairs<String, String>)
        -> MetricFamily.Series
    {
        family(metric).series(labels.map { ($0.key, $0.value) })
    }

    /// A series by name, where the metric is of a kind; asking for the wrong kind makes no empty series.
    private func series(
        _ label: String,
        _ dimensions: [(String, String)],
        where isWanted: (RegisteredMetric.Kind) -> Bool
    ) -> MetricFamily.Series? {
        guard let family = families[label], isWanted(family.metric.kind) else { return nil }
        return family.series(dimensions)
    }
}

extension RegisteredMetric.Kind {
    fileprivate var isHistogram: Bool {
        if case .histogram = self { return true }
        return false
    }
}

extension MetricsRegistry: MetricsFactory {
    /// A counter by name; one that does nothing where the table has no such counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let series)? = series(label, dimensions, where: { $0 == .counter }) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    /// A counter of fractions by name; one that does nothing where the table has no such counter.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        guard case .counter(let series)? = series(label, dimensions, where: { $0 == .counter }) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    /// A gauge by name; one that does nothing where the table has no such gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .gauge(let series)? = series(label, dimensions, where: { $0 == .gauge }) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    /// A histogram (or, without aggregation, a gauge) by name; one that does nothing where the table has none.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
        -> any RecorderHandler
    {
        switch series(label, dimensions, where: { $0 != .counter }) {
        case .histogram(let series): series
        case .gauge(let series): series
        case .counter, nil: NOOPMetricsHandler.instance
        }
    }

    /// A histogram of seconds by name; one that does nothing where the table has no such histogram.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .histogram(let series)? = series(label, dimensions, where: \.isHistogram) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    /// Keeps the series: a counter that vanishes loses what it counted.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the series.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Keeps the series.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps the series.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the series.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
