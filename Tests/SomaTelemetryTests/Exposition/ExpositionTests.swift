import Metrics
import Testing

@testable import SomaTelemetry

@Suite("Prometheus exposition")
struct ExpositionTests {
    private static let counter = RegisteredMetric(
        name: "t_things_total",
        help: "Things.",
        kind: .counter,
        labels: ["color", "size"]
    )
    private static let gauge = RegisteredMetric(
        name: "t_level",
        help: "A level.",
        kind: .gauge,
        labels: ["place"]
    )
    private static let histogram = RegisteredMetric(
        name: "t_wait_seconds",
        help: "Waits.",
        kind: .histogram(bounds: [0.1, 1]),
        labels: ["who"]
    )
    private static let table = [histogram, counter, gauge]

    @Test("all kinds are written in a fixed order, whatever the order of recording")
    func format() {
        let metrics = MetricsRegistry(Self.table)
        metrics.counter(Self.counter, ["size": "l", "color": "red"]).increment(by: Int64(2))
        metrics.counter(Self.counter, ["color": "blue"]).increment(by: 0.5)
        metrics.gauge(Self.gauge, ["place": "b"]).set(2.5)
        metrics.gauge(Self.gauge, ["place": "a"]).set(Int64(-1))
        let histogram = metrics.histogram(Self.histogram, ["who": "me"])
        for value in [0.05, 0.1, 0.5, 7] { histogram.record(value) }
        #expect(
            metrics.render() == """
                # HELP t_level A level.
                # TYPE t_level gauge
                t_level{place="a"} -1
                t_level{place="b"} 2.5
                # HELP t_things_total Things.
                # TYPE t_things_total counter
                t_things_total{color="blue"} 0.5
                t_things_total{color="red",size="l"} 2
                # HELP t_wait_seconds Waits.
                # TYPE t_wait_seconds histogram
                t_wait_seconds_bucket{who="me",le="0.1"} 2
                t_wait_seconds_bucket{who="me",le="1"} 3
                t_wait_seconds_bucket{who="me",le="+Inf"} 4
                t_wait_seconds_sum{who="me"} 7.65
                t_wait_seconds_count{who="me"} 4

                """
        )
    }

    @Test("what counts without labels is there before anything is recorded, labels and gauges are not")
    func empty() {
        let metrics = MetricsRegistry([
            RegisteredMetric(name: "a_total", help: "A \\ b\nc.", kind: .counter), Self.gauge,
            RegisteredMetric(name: "up", help: "Up.", kind: .gauge),
        ])
        #expect(metrics.render() == "# HELP a_total A \\\\ b\\nc.\n# TYPE a_total counter\na_total 0\n")
    }

    @Test(
        "hostile label values stay inside their quotes and their line",
        arguments: [
            ("a\"} 1\nevil_total 9", #"a\"} 1\nevil_total 9"#), ("back\\slash\\", #"back\\slash\\"#),
            ("\u{1B}[31mred\r\0", #"\\u{1b}[31mred\\u{d}\\u{0}"#), ("ünï 😀", "ünï 😀"),
            ("\u{202E}abc", #"\\u{202e}abc"#),
            ("{}=,#", "{}=,#"), ("\u{E0041}", #"\\u{e0041}"#),
        ]
    )
    func escapes(value: String, expected: String) {
        let metrics = MetricsRegistry([Self.gauge])
        metrics.gauge(Self.gauge, ["place": value]).set(1.0)
        let lines = metrics.render().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.dropFirst(2) == ["t_level{place=\"\(expected)\"} 1", ""])
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"),
            (.nan, "NaN"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"),
            (9_007_199_254_740_992, "9007199254740992.0"),
            (4_294_967_296, "4294967296"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, expected: String) {
        #expect(ExpositionText.number(value) == expected)
    }

    @Test("what isn't finite can stand in a gauge and never in a counter or histogram")
    func notFinite() {
        let metrics = MetricsRegistry(Self.table)
        for value in [Double.nan, .infinity, -.infinity] {
            metrics.counter(Self.counter, ["color": "x"]).increment(by: value)
            metrics.histogram(Self.histogram, ["who": "x"]).record(value)
            metrics.gauge(Self.gauge, ["place": "\(value)"]).set(value)
        }
        metrics.counter(Self.counter, ["color": "x"]).increment(by: Int64(-5))
        metrics.counter(Self.counter, ["color": "x"]).increment(by: -0.5)
        metrics.histogram(Self.histogram, ["who": "x"]).recordNanoseconds(-1)
        metrics.histogram(Self.histogram, ["who": "x"]).record(.seconds(-1))
        let text = metrics.render()
        #expect(text.contains("t_things_total{color=\"x\"} 0\n"))
        #expect(text.contains("t_wait_seconds_sum{who=\"x\"} 0\n"))
        #expect(
            text.contains(
                "t_level{place=\"-inf\"} -Inf\nt_level{place=\"inf\"} +Inf\nt_level{place=\"nan\"} NaN\n"
            )
        )
    }

    @Test("ten thousand values of a label become a hundred and one")
    func cardinality() {
        let metrics = MetricsRegistry([Self.gauge, Self.counter])
        for index in 0..<10_000 {
            metrics.counter(Self.counter, ["color": "c\(index)"]).increment(by: Int64(1))
        }
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("t_things_total{") }
        #expect(lines.count == 101)
        #expect(lines.last == "t_things_total{color=\"other\"} 9900")
        #expect(
            metrics.counter(Self.counter, ["color": "c5"]) === metrics.counter(Self.counter, ["color": "c5"])
        )
    }

    @Test("label combinations are bounded as well")
    func combinations() {
        let metric = RegisteredMetric(
            name: "p_total",
            help: "P.",
            kind: .counter,
            labels: ["a", "b"],
            seriesMax: 50
        )
        let metrics = MetricsRegistry([metric])
        for a in 0..<90 {
            for b in 0..<90 { metrics.counter(metric, ["a": "\(a)", "b": "\(b)"]).increment(by: Int64(1)) }
        }
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("p_total{") }
        #expect(lines.count == 50)
        #expect(lines.last == "p_total{a=\"other\",b=\"other\"} 8051")
    }

    @Test("a long label value is cut at a whole character")
    func longValue() throws {
        let metrics = MetricsRegistry([Self.gauge])
        metrics.gauge(Self.gauge, ["place": String(repeating: "😀", count: 1_000_000)]).set(1.0)
        let line = try #require(metrics.render().split(separator: "\n").last)
        #expect(line == "t_level{place=\"\(String(repeating: "😀", count: 31))…\"} 1")
    }

    @Test("labels that a metric doesn't have are left out, missing and empty ones too")
    func unknownLabels() {
        let metrics = MetricsRegistry([Self.counter])
        metrics.counter(Self.counter, ["run": "1", "color": ""]).increment(by: Int64(1))
        metrics.counter(Self.counter).increment(by: Int64(1))
        #expect(metrics.render().hasSuffix("\nt_things_total 2\n"))
    }

    @Test("a gauge counted anew drops what is gone, and adds up what became other")
    func replace() {
        let metrics = MetricsRegistry([Self.gauge])
        metrics.replaceGauge(Self.gauge, with: [(labels: ["place": "old"], value: 1)])
        metrics.replaceGauge(Self.gauge, with: (0..<150).map { (labels: ["place": "p\($0)"], value: 2) })
        let lines = metrics.render().split(separator: "\n")
        #expect(lines.count == 103)
        #expect(lines.contains("t_level{place=\"other\"} 100"))
        metrics.replaceGauge(Self.gauge, with: [])
        #expect(metrics.render() == "")
    }

    @Test("a histogram keeps its promises while eight threads record")
    func concurrency() async {
        let metrics = MetricsRegistry(Self.table)
        let histogram = metrics.histogram(Self.histogram, ["who": "all"])
        let counter = metrics.counter(Self.counter, ["color": "all"])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<5000 {
                        histogram.record(Double(step % 3) * 0.5)
                        counter.increment(by: Int64(1))
                        counter.increment(by: 0.5)
                        if step % 100 == 0 {
                            metrics.gauge(Self.gauge, ["place": "\(task)/\(step)"]).increment(by: 1)
                        }
                        if step % 1000 == 0 { _ = metrics.render() }
                    }
                }
            }
        }
        let text = metrics.render()
        #expect(text.contains("t_things_total{color=\"all\"} 60000\n"))
        #expect(text.contains("t_wait_seconds_count{who=\"all\"} 40000\n"))
        #expect(text.contains("t_wait_seconds_bucket{who=\"all\",le=\"+Inf\"} 40000\n"))
        #expect(text.contains("t_wait_seconds_sum{who=\"all\"} 19996\n"))
    }
}
