import SomaCore
import Testing

@testable import SomaMetrics

@Suite("What an exposition says")
struct ExpositionTests {
    @Test("OpenMetrics gives families, samples, roles, times and exemplars")
    func openMetrics() throws {
        let text = """
            # TYPE http_seconds histogram
            # UNIT http_seconds seconds
            # HELP http_seconds Time \\"to\\" answer.\\nAll.
            http_seconds_bucket{le="0.5",path="/\\\\"} 3 1700000000.25 # {trace_id="ab"} 0.25 1700000000.1
            http_seconds_bucket{le="+Inf",path="/\\\\"} 4 1700000000.25
            http_seconds_count{path="/\\\\"} 4 1700000000.25
            http_seconds_sum{path="/\\\\"} 1.5 1700000000.25
            # TYPE "jobs.done" counter
            {"jobs.done_total","job kind"="ü"} 7
            # EOF
            """
        let exposition = try Exposition.parse(Array(text.utf8), as: .openMetrics)
        #expect(
            exposition.families == [
                Exposition.Family(
                    name: "http_seconds",
                    kind: .histogram,
                    help: "Time \"to\" answer.\nAll.",
                    unit: "seconds",
                    isDescribed: true
                ),
                Exposition.Family(name: "jobs.done", kind: .counter, help: "", unit: "", isDescribed: true),
            ]
        )
        let first = exposition.sample(0)
        #expect(first.name == "http_seconds_bucket")
        #expect(first.labels == [Exposition.Label("le", "0.5"), Exposition.Label("path", "/\\")])
        #expect(first.value == 3)
        #expect(first.role == .bucket)
        #expect(first.timestamp == MetricTimestamp(milliseconds: 1_700_000_000_250))
        #expect(
            first.exemplar
                == Exposition.Exemplar(
                    labels: [Exposition.Label("trace_id", "ab")],
                    value: 0.25,
                    timestamp: MetricTimestamp(milliseconds: 1_700_000_000_100)
                )
        )
        let last = exposition.sample(4)
        #expect(last.name == "jobs.done_total")
        #expect(last.labels == [Exposition.Label("job kind", "ü")])
        #expect(last.role == .total)
        #expect(last.exemplar == nil)
        #expect(exposition.count == 5)
    }

    @Test("Prometheus' text gives families however its lines are mixed")
    func prometheus() throws {
        let text = """
            # HELP a_seconds Some \\\\ help
            # TYPE a_seconds summary
            a_seconds{quantile="0.5"} 1
            other 3 1700000000001
            a_seconds_sum 9
            a_seconds_count 4

            """
        let exposition = try Exposition.parse(Array(text.utf8), as: .prometheus)
        #expect(exposition.families.map(\.name) == ["a_seconds", "other"])
        #expect(exposition.families.map(\.kind) == [.summary, .unknown])
        #expect(exposition.families[0].help == "Some \\ help")
        #expect(exposition.samples.map(\.family) == [0, 1, 0, 0])
        #expect(exposition.samples.map(\.role) == [.value, .value, .sum, .count])
        #expect(exposition.sample(1).timestamp == MetricTimestamp(milliseconds: 1_700_000_000_001))
    }

    @Test("A sample given twice counts once and is remarked on, whatever the order of its labels")
    func duplicates() throws {
        let text =
            "up{a=\"1\",b=\"2\"} 1\nup{b=\"2\",a=\"1\"} 2\nup{a=\"2\",b=\"1\"} 3\nup{a=\"1\",b=\"2\"} 4 5\n"
        let exposition = try Exposition.parse(Array(text.utf8), as: .prometheus)
        #expect(exposition.samples.map(\.value) == [1, 3, 4])
        #expect(exposition.duplicates == 1)
        #expect(exposition.remarks.map(\.line) == [2])
        #expect(exposition.remarks[0].text.contains("given twice"))
        let bare = try Exposition.parse(Array("up  1\nup \t2\n".utf8), as: .prometheus)
        #expect(bare.remarks.map(\.text) == ["the sample \"up\" is given twice; the first counts"])
        let strict = try Exposition.parse(Array("up 1\nup 2\n# EOF\n".utf8), as: .openMetrics)
        #expect(strict.samples.map(\.value) == [1])
        #expect(strict.duplicates == 1)
    }

    @Test("An error names line, column, what is wrong and what to do")
    func errors() {
        func error(_ text: String, _ format: Exposition.Format) -> String {
            do throws(MetricsError) {
                _ = try Exposition.parse(Array(text.utf8), as: format)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            error("# TYPE a counter\na{b=\"c\"} x\n", .prometheus)
                == "2:10: \"x\" is no number (values are decimal numbers within a double's range, NaN, +Inf or -Inf)"
        )
        #expect(error("up 1\r\n", .prometheus).contains("lines end in \\n, not \\r\\n"))
        #expect(error("up 1", .prometheus).hasPrefix("1:5: the text ends within a line"))
        #expect(error("up 1\n", .openMetrics).hasPrefix("2:1: the text doesn't end with # EOF"))
        #expect(
            error("up{a=\"\u{1B}[2J\",a=\"1\"} 1\n", .prometheus).hasPrefix(
                "1:13: the label \"a\" is given twice"
            )
        )
        #expect(error("\u{1B}[2J 1\n", .prometheus).hasPrefix("1:1: \"\\u{1b}\" is no metric name"))
    }

    @Test("The parser is chosen by the content type")
    func contentType() throws {
        #expect(try Exposition.format(contentType: "text/plain; version=0.0.4; charset=utf-8") == .prometheus)
        #expect(
            try Exposition.format(contentType: "Application/OpenMetrics-Text;version=1.0.0") == .openMetrics
        )
        for type in [nil, "", "text/html", "application/json", "application/vnd.google.protobuf"] {
            let error = #expect(throws: MetricsError.self) { try Exposition.format(contentType: type) }
            #expect(error?.kind == .contentType)
        }
    }

    @Test("Limits hold for bytes and for labels")
    func limits() throws {
        var limits = ExpositionLimits()
        limits.bytesMax = 10
        let tooLong = #expect(throws: MetricsError.self) {
            try Exposition.parse(Array("up 1\nup 2\nup 3\n".utf8), as: .prometheus, limits: limits)
        }
        #expect(tooLong?.kind == .tooLarge)
        func labels(_ count: Int) -> [UInt8] {
            Array("up{\((0..<count).map { "l\($0)=\"\"" }.joined(separator: ","))} 1\n".utf8)
        }
        #expect(try Exposition.parse(labels(1_024), as: .prometheus).sample(0).labels.count == 1_024)
        #expect(throws: MetricsError.self) { try Exposition.parse(labels(1_025), as: .prometheus) }
        let repeated = String(decoding: labels(40), as: UTF8.self).replacing("l39", with: "l3")
        #expect(throws: MetricsError.self) { try Exposition.parse(Array(repeated.utf8), as: .prometheus) }
    }

    @Test("Infinities and NaN reach JSON as texts, and huge times don't trap")
    func extremes() throws {
        let text = "a NaN 9223372036854775807\nb +Inf -9223372036854775808\nc -Inf\n"
        let exposition = try Exposition.parse(Array(text.utf8), as: .prometheus)
        let json = exposition.json
        #expect(json["families"]?[0]?["samples"]?[0]?["value"] == "NaN")
        #expect(json["families"]?[1]?["samples"]?[0]?["value"] == "+Inf")
        #expect(exposition.samples.map { $0.timestamp?.inMilliseconds } == [.max, .min, nil])
        let far = try Exposition.parse(Array("a 1 1e300\nb 1 -1e300\n# EOF\n".utf8), as: .openMetrics)
        #expect(far.samples.map { $0.timestamp?.inMilliseconds } == [.max, .min])
    }

    @Test(
        "Timestamps in seconds are exact to the nanosecond",
        arguments: [
            ("1.5", 1_500), ("-1.5", -1_500), ("-0.25", -250), ("1e3", 1_000_000), ("7.", 7_000), (".5", 500),
        ]
    )
    func timestamps(_ text: String, _ milliseconds: Int64) throws {
        let exposition = try Exposition.parse(Array("a 1 \(text)\n# EOF\n".utf8), as: .openMetrics)
        #expect(exposition.sample(0).timestamp == MetricTimestamp(milliseconds: milliseconds))
    }
}
