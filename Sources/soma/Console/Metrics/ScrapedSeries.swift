import SomaConsole
import SomaCore
import SomaMetrics

/// What was scraped of one endpoint over the last hour, and the answers to looks at it.
///
/// Memory is bounded by the number of samples: an endpoint of very many series is kept for less than an hour, and says so.
struct ScrapedSeries: Sendable {
    /// How long samples are kept where there is room.
    static let reach = Duration.seconds(3_600)
    /// The most often that an endpoint is scraped.
    static let interval = Duration.seconds(1)
    /// The seldomest: a value holds for a bit more than this where nothing says that it ended.
    static let intervalMax = Duration.seconds(10)
    /// Samples of all series together, where each is kept for as long as it may be; about 200 MB.
    static let samplesMax = 8_000_000

    private var store: SeriesStore?
    private var keptFor = 0
    private var losses = ""
    private var last: MetricTimestamp?
    private var wasSetBack = false
    /// When the newest samples were taken.
    private(set) var heardAt: Timestamp?
    /// How far apart the scrapes are.
    var interval = Self.interval

    /// How many series there are.
    var count: Int { store?.count ?? 0 }

    /// Takes what a scrape gave.
    /// - Parameter time: When it was asked for.
    /// - Returns: What became of it.
    @discardableResult
    mutating func add(_ exposition: Exposition, at time: Timestamp) -> SeriesStore.Report {
        let moment = MetricTimestamp(milliseconds: time.microseconds / 1_000)
        // Nothing later than what is kept would come for as long as the clock was set back by.
        if let last, moment < last {
            store = nil
            wasSetBack = true
        }
        var store = store ?? Self.store(for: exposition.count)
        self.store = nil
        let report = store.add(exposition, at: moment)
        keptFor = store.limits.samplesMax
        self.store = store
        losses = report.leftOut > 0 ? "\(report.leftOut) series left out: too many" : ""
        if report.outOfOrder > 0 {
            losses += (losses.isEmpty ? "" : ", ") + "\(report.outOfOrder) samples out of order"
        }
        (last, heardAt) = (moment, time)
        return report
    }

    /// Notes that a scrape failed: a gap begins.
    mutating func fail(at time: Timestamp) {
        _ = store?.addFailure(at: MetricTimestamp(milliseconds: time.microseconds / 1_000))
    }

    /// A store with as much room for each series as an endpoint of so many can have.
    private static func store(for series: Int) -> SeriesStore {
        let whole = Int(reach / interval)
        let samples = min(whole, max(120, samplesMax / max(1, series * 5 / 4)))
        return SeriesStore(
            limits: SeriesStore.Limits(seriesMax: samplesMax / samples, samplesMax: samples),
            lookback: intervalMax * 3 / 2
        )
    }

    // MARK: Answers

    /// Answers all panels of a look.
    func answer(_ look: MetricsLook, now: Timestamp) -> MetricsAnswer {
        let moments = MetricsMoments(look, now: now)
        let all = moments.all
        var leftOut = 0
        let panels = look.panels.map { panel -> MetricsAnswer.Panel in
            var kept = KeptLines(panel.kind)
            for part in panel.parts {
                guard let query = part.scraped else { return .failed(Self.needsServer) }
                for line in lines(query, legend: part.legend, at: all) { kept.add(line) }
            }
            kept.close()
            leftOut += kept.leftOut
            return .lines(kept.lines)
        }
        return moments.answer(
            panels,
            heardAt: heardAt,
            remarks: remarks + (MetricsAnswer.Line.remark(leftOut: leftOut).map { [$0] } ?? [])
        )
    }

    private static let needsServer =
        "Only a Prometheus server can answer this: name one with --prometheus URL."

    private var remarks: [String] {
        var remarks: [String] = []
        if !losses.isEmpty { remarks.append("\(losses).") }
        if wasSetBack { remarks.append("The clock was set back: what was kept before is forgotten.") }
        let kept = interval * keptFor
        if keptFor > 0, kept < Self.reach {
            remarks.append(
                "\(count) series: only the last \(max(1, kept.components.seconds / 60)) min are kept."
            )
        }
        return remarks
    }

    private func lines(
        _ query: ScrapedQuery,
        legend: String,
        at moments: [MetricTimestamp]
    ) -> [MetricsAnswer.Line] {
        let question = SeriesQuery(
            query.metric,
            matchers: query.labels.sorted { $0.key < $1.key }.map { .equal($0.key, $0.value) },
            function: widened(query.function),
            by: query.by,
            aggregation: query.aggregation
        )
        return (store?.answer(question, at: moments) ?? []).map { result in
            MetricsAnswer.Line(
                result.labels,
                result.values.map { value in value.map { $0 * query.factor } }.known(query.function),
                legend: legend,
                plain: query.metric
            )
        }
    }

    /// A window that holds some scrapes, however seldom they are: what is asked a second stays what it is.
    private func widened(_ function: SeriesQuery.Function) -> SeriesQuery.Function {
        switch function {
        case .value, .increase: function
        case .rate(let window): .rate(window: max(window, interval * 4))
        case .quantile(let share, let window): .quantile(share, window: max(window, interval * 4))
        }
    }
}
