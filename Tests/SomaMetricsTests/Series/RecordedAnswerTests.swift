import SomaCore
import SomaMetrics
import Testing

/// The store must answer what a real Prometheus answered over the same samples; see Recorded/README.md.
@Suite("Answers of the store beside Prometheus'")
struct RecordedAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let query: SeriesQuery
        /// Moments at which this Prometheus stretched growth otherwise than later ones do.
        var apart: Set<Int64> = []
        var testDescription: String { file }
    }

    private static let cases = [
        Case(file: "depth.json", query: SeriesQuery("depth")),
        Case(file: "rate.json", query: SeriesQuery("requests_total", function: .rate(window: .seconds(60)))),
        Case(
            file: "increase.json",
            query: SeriesQuery("requests_total", function: .increase(window: .seconds(120)))
        ),
        Case(
            file: "sumrate.json",
            query: SeriesQuery("requests_total", function: .rate(window: .seconds(60)), by: ["path"])
        ),
        Case(file: "avg.json", query: SeriesQuery("requests_total", by: [], aggregation: .average)),
        Case(
            file: "q90.json",
            query: SeriesQuery("latency_seconds", function: .quantile(0.9, window: .seconds(120)), by: []),
            apart: [1_700_000_067]
        ),
        Case(
            file: "q50.json",
            query: SeriesQuery("latency_seconds", function: .quantile(0.5, window: .seconds(60)))
        ),
    ]

    @Test("A query gives the same values and the same gaps", arguments: cases)
    func same(_ one: Case) throws {
        let exposition = try Exposition.parse(Recorded.bytes("series.om"), as: .openMetrics)
        var store = SeriesStore()
        let report = store.add(exposition, at: MetricTimestamp(milliseconds: 1_700_000_885_000))
        #expect(report.added == exposition.count)
        let moments = stride(from: Int64(1_700_000_007), through: 1_700_001_207, by: 60)
        let results = store.answer(one.query, at: moments.map { MetricTimestamp(milliseconds: $0 * 1_000) })
        guard case .query(let answer) = try PromQLAnswer.parse(Recorded.bytes(one.file)),
            case .matrix(let expected) = answer.value
        else {
            Issue.record("no matrix")
            return
        }
        func labels(_ all: [Exposition.Label]) -> [Exposition.Label] { all.filter { $0.name != "__name__" } }
        #expect(results.map(\.labels) == expected.map { labels($0.labels) })
        for (result, series) in zip(results, expected) {
            let values = Dictionary(uniqueKeysWithValues: series.points.map { (Int64($0.time), $0.value) })
            for (moment, value) in zip(moments, result.values) where !one.apart.contains(moment) {
                guard let value, let theirs = values[moment] else {
                    #expect(value == nil && values[moment] == nil, "at \(moment)")
                    continue
                }
                let isNear = abs(value - theirs) <= abs(theirs) * 1e-12
                #expect(isNear || value.isNaN && theirs.isNaN, "at \(moment): \(value) and not \(theirs)")
            }
        }
    }
}
