import CollectorFixture
import SomaCore
import Testing

@testable import soma

@Suite("An engine that is measured with telemetry")
struct PerfTelemetryTests {
    /// `soma perf engine` on three runs of four visits each: 30 transitions.
    private static func perf(_ folder: String, _ more: [String]) async -> CommandHarness.Outcome {
        await CommandHarness.soma(
            [
                "perf", "engine", "--store", "sqlite:\(folder)", "--runs", "3", "--cycles", "4",
                "--state-bytes", "64", "--rounds", "1",
            ] + more
        )
    }

    @Test("pairs are measured with and without, and every span is sent before its cost is told")
    func pairs() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let collector = try Collector()
        defer { collector.stop() }
        let outcome = await Self.perf(
            folder,
            ["--telemetry", "all", "--otlp", collector.base, "--pairs", "2"]
        )
        let json = try outcome.json()
        #expect(json["transitions"]?.int == 30, "\(outcome.notes)")
        #expect(json["telemetry"]?.string == "all")
        #expect(json["spans_dropped"]?.int == 0)
        // In both rounds each run is a span, and so are its visits; commits come on top.
        #expect(json["spans_exported"]?.int ?? 0 > 2 * 3 * 5)
        for name in ["ratio", "cpu_ratio"] {
            let values = try [
                #require(json[name + "_low"]?.double), #require(json[name]?.double),
                #require(json[name + "_high"]?.double),
            ]
            #expect(values == values.sorted() && values[0] > 0, "\(name): \(values)")
            #expect(json[name + "s"]?.array?.count == 2)
        }
        #expect(json["cpu_us_per_transition"]?.double ?? 0 > 0)
        #expect(json["raw_rows_per_second"] == nil)
        #expect(collector.requests.allSatisfy { $0.target == "/v1/traces" })
    }

    @Test("a share of the traces is exported")
    func sample() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let collector = try Collector()
        defer { collector.stop() }
        let outcome = await Self.perf(
            folder,
            ["--telemetry", "traces", "--otlp", collector.base, "--sample", "0", "--alone"]
        )
        #expect(try outcome.json()["spans_exported"]?.int == 0, "\(outcome.notes)")
        #expect(try outcome.json()["spans_dropped"]?.int == 0)
    }

    @Test("metrics need no collector, and alone there is no raw loop")
    func metrics() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let outcome = await Self.perf(folder, ["--telemetry", "metrics", "--alone"])
        let json = try outcome.json()
        #expect(json["telemetry"]?.string == "metrics", "\(outcome.notes)")
        #expect(json["spans_exported"]?.int == 0)
        #expect(json["transitions_per_second"]?.double ?? 0 > 0)
        #expect(json["ratio"] == nil)
    }

    @Test(
        "what can't be measured is said, and nothing is measured",
        arguments: [
            (["--telemetry", "traces"], Int32(2), "give --otlp"),
            (["--telemetry", "all", "--pairs", "2"], 2, "give --otlp"),
            (["--pairs", "2"], 2, "--telemetry metrics"),
            (["--otlp", "http://127.0.0.1:4318"], 2, "--telemetry metrics"),
            (["--telemetry", "metrics", "--pairs=-1"], 2, "numbers"),
            (["--telemetry", "metrics", "--sample", "1.5"], 2, "--sample"),
            (["--telemetry", "metrics", "--sample", "nan"], 2, "--sample"),
            (["--telemetry", "some"], 2, "--telemetry"),
            (["--telemetry", "all", "--otlp", "http://127.0.0.1:1"], 1, "can't be reached"),
        ]
    )
    func refused(options: [String], code: Int32, words: String) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let outcome = await Self.perf(folder, options)
        #expect(outcome.code == code, "\(outcome.notes)")
        #expect(outcome.notes.contains(words), "\(outcome.notes)")
        #expect(outcome.output.isEmpty)
    }

    @Test(
        "a spread is the median and the quartiles, between two numbers where they lie there",
        arguments: [
            ([3.0], 3.0, 3.0, 3.0), ([2, 1], 1.25, 1.5, 1.75), ([5, 1, 4, 2, 3], 2, 3, 4),
        ]
    )
    func spread(values: [Double], low: Double, median: Double, high: Double) {
        let spread = Spread(values)
        #expect([spread.low, spread.median, spread.high] == [low, median, high])
    }
}
