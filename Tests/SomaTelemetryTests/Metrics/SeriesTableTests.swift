import Testing

@testable import SomaTelemetry

@Suite("Series by label values")
struct SeriesTableTests {
    private static let counter = RegisteredMetric(
        name: "t_total",
        help: "T.",
        kind: .counter,
        labels: ["a", "b"],
        seriesMax: 500
    )
    private static let histogram = RegisteredMetric(
        name: "t_seconds",
        help: "T.",
        kind: .histogram(bounds: [1]),
        labels: ["a"]
    )

    @Test("it finds the registry's own series, whatever is asked for first")
    func same() {
        let metrics = MetricsRegistry([Self.counter, Self.histogram])
        let counters = metrics.counters(Self.counter)
        // Where one ends and the next begins matters.
        let pairs = [("x", "y"), ("xy", ""), ("", "xy"), ("y", "x"), ("", ""), ("effect.requested", "é😀")]
        for (a, b) in pairs {
            let series = metrics.counter(Self.counter, ["a": a, "b": b])
            #expect(counters[a, b] === series && counters[a, b] === series)
        }
        let histograms = metrics.histograms(Self.histogram)
        histograms["z"].record(0.5)
        histograms["z"].record(2.0)
        #expect(metrics.render().contains("t_seconds_bucket{a=\"z\",le=\"1\"} 1\n"))
        #expect(metrics.histogram(Self.histogram, ["a": "z"]) === histograms["z"])
    }

    @Test("any number of values costs bounded memory, and nothing is lost")
    func bounds() {
        let metrics = MetricsRegistry([Self.counter])
        let counters = metrics.counterTable(Self.counter)
        for round in 0..<20_000 {
            counters.series(LabelKey("a\(round % 97)", "b\(round)", "")).increment(by: Int64(1))
        }
        #expect(counters.knownCount <= 500)
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("t_total{") }
        #expect(lines.count <= 500)
        #expect(lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +) == 20_000)
    }

    @Test("eight threads find the same series")
    func concurrency() async {
        let metrics = MetricsRegistry([Self.counter])
        let counters = metrics.counters(Self.counter)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for step in 0..<5000 { counters["a\(step % 50)", "b"].increment(by: Int64(1)) }
                }
            }
        }
        for index in 0..<50 {
            #expect(metrics.render().contains("t_total{a=\"a\(index)\",b=\"b\"} 800\n"))
        }
    }
}
