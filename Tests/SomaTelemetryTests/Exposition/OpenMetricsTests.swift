import Testing

@testable import SomaTelemetry

@Suite("OpenMetrics exposition")
struct OpenMetricsTests {
    private static let money = RegisteredMetric(
        name: "t_spent_usd_total",
        help: "Money \"spent\".",
        kind: .counter,
        labels: ["who"]
    )
    private static let level = RegisteredMetric(name: "t_level", help: "A level.", kind: .gauge)
    private static let wait = RegisteredMetric(
        name: "t_wait_seconds",
        help: "Waits.",
        kind: .histogram(bounds: [0.1, 1, 60]),
        labels: ["who"]
    )

    private let metrics = MetricsRegistry([money, level, wait])
    private let trace = TraceReference(
        traceID: "0af7651916cd43dd8448eb211c80319c",
        spanID: "00F067AA0BA902B7"
    )

    @Test("units, names without _total, bounds as numbers with a point, exemplars, and the end")
    func format() throws {
        let trace = try #require(trace)
        metrics.counter(Self.money, ["who": "a"]).increment(by: 0.25, for: trace, at: 1_700_000_000.5)
        metrics.counter(Self.money, ["who": "b"]).increment(by: Int64(2), for: nil)
        metrics.gauge(Self.level).set(Int64(3))
        let wait = metrics.histogram(Self.wait, ["who": "a"])
        wait.record(0.05)
        wait.record(.seconds(1), for: trace)
        wait.record(100, for: trace, at: 3)
        let exemplar = "# {trace_id=\"0af7651916cd43dd8448eb211c80319c\",span_id=\"00f067aa0ba902b7\"}"
        #expect(
            metrics.render(.openMetrics) == """
                # HELP t_level A level.
                # TYPE t_level gauge
                t_level 3
                # HELP t_spent_usd Money \\"spent\\".
                # TYPE t_spent_usd counter
                # UNIT t_spent_usd usd
                t_spent_usd_total{who="a"} 0.25 \(exemplar) 0.25 1700000000.5
                t_spent_usd_total{who="b"} 2
                # HELP t_wait_seconds Waits.
                # TYPE t_wait_seconds histogram
                # UNIT t_wait_seconds seconds
                t_wait_seconds_bucket{who="a",le="0.1"} 1
                t_wait_seconds_bucket{who="a",le="1.0"} 2 \(exemplar) 1
                t_wait_seconds_bucket{who="a",le="60.0"} 2
                t_wait_seconds_bucket{who="a",le="+Inf"} 3 \(exemplar) 100 3
                t_wait_seconds_sum{who="a"} 101.05
                t_wait_seconds_count{who="a"} 3
                # EOF

                """
        )
        // The older format has no place for any of this.
        let text = metrics.render()
        #expect(!text.contains("trace_id") && !text.contains("UNIT") && !text.contains("EOF"))
        #expect(text.contains("t_wait_seconds_bucket{who=\"a\",le=\"1\"} 2\n"))
    }

    @Test("the latest exemplar stays; one that counts nothing, or was reset, is none")
    func latest() throws {
        let other = try #require(TraceReference(traceHigh: 0, traceLow: 0xA, span: 0xB))
        let counter = metrics.counter(Self.money)
        counter.increment(by: Int64(1), for: trace)
        counter.increment(by: Int64(5), for: other)
        counter.increment(by: Int64(-5), for: trace)
        counter.increment(by: Double.nan, for: trace)
        counter.increment(by: Int64(1))
        let ids = "{trace_id=\"0000000000000000000000000000000a\",span_id=\"000000000000000b\"}"
        let line = "t_spent_usd_total 7 # \(ids) 5\n"
        #expect(metrics.render(.openMetrics).contains(line))
        counter.increment(by: 0.5, for: TraceReference(traceID: "0af7651916cd43dd8448eb211c80319C"))
        let alone = "t_spent_usd_total 7.5 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.5\n"
        #expect(metrics.render(.openMetrics).contains(alone))
        counter.reset()
        #expect(metrics.render(.openMetrics).contains("t_spent_usd_total 0\n"))
        let wait = metrics.histogram(Self.wait)
        wait.record(.infinity, for: trace)
        wait.record(.seconds(-1), for: trace)
        #expect(wait.exemplars == [])
    }

    @Test(
        "ids that name nothing are no trace",
        arguments: [
            ("0af7651916cd43dd8448eb211c80319c", "0000000000000000"),
            ("00000000000000000000000000000000", "00f067aa0ba902b7"),
            ("0af7651916cd43dd8448eb211c80319", "00f067aa0ba902b7"),
            ("0af7651916cd43dd8448eb211c80319g", "00f067aa0ba902b7"),
            ("0af7651916cd43dd8448eb211c80319c", "+0f067aa0ba902b7"),
            ("", ""), ("ｆａｆ7651916cd43dd8448eb211c", "00f067aa0ba902b7"),
        ]
    )
    func ids(trace: String, span: String) {
        #expect(TraceReference(traceID: trace, spanID: span) == nil)
    }

    @Test("exemplars of a histogram stay in their buckets while eight threads record")
    func concurrency() async throws {
        let trace = try #require(trace)
        let wait = metrics.histogram(Self.wait)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [metrics] in
                    for step in 0..<5000 {
                        wait.record(Double(step % 4) * 30 + 0.05, for: trace)
                        if step % 1000 == 0 { _ = metrics.render(.openMetrics) }
                    }
                }
            }
        }
        #expect(wait.exemplars.map { $0?.value } == [0.05, nil, 30.05, wait.exemplars[3]?.value])
        #expect([60.05, 90.05].contains(wait.exemplars[3]?.value))
        #expect(wait.snapshot.cumulative == [10_000, 10_000, 20_000, 40_000])
    }

    @Test("a process's metrics have their units too")
    func process() {
        let text = metrics.render(.openMetrics, process: .current())
        #expect(text.contains("# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n"))
        #expect(text.contains("\nprocess_cpu_seconds_total "))
        #expect(text.contains("# UNIT process_resident_memory_bytes bytes\n"))
        #expect(text.contains("# UNIT process_start_time_seconds seconds\n"))
        #expect(!text.contains("# UNIT process_open_fds"))
        #expect(text.hasSuffix("\n# EOF\n"))
    }
}
