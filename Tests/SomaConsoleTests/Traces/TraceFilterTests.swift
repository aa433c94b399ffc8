import SomaCore
import SomaTraces
import Testing

@testable import SomaConsole

@Suite("Filters of traces")
struct TraceFilterTests {
    @Test("all that can be said becomes one question")
    func everything() throws {
        let text =
            #"service:somad op:"POST /v1/runs" run:c9d1 min:1s max:1m30s tag:http.method=GET since:1h until:10m limit:100 error pay"#
        let filter = try TraceFilter(text)
        let now = Timestamp(seconds: 100_000)
        let query = filter.query(service: "other", run: "c9d1e0b7r4t2m6s", now: now)
        #expect(
            query
                == JaegerQuery(
                    service: "somad",
                    operation: "POST /v1/runs",
                    tags: [
                        ("http.method", "GET"), ("error", "true"), ("soma.run.id", "c9d1e0b7r4t2m6s"),
                    ],
                    durationMin: 1_000_000,
                    durationMax: 90_000_000,
                    start: now.microseconds - 3_600_000_000,
                    end: now.microseconds - 600_000_000,
                    limit: 100
                )
        )
        #expect(filter.words == ["pay"])
        #expect(filter.question.words.isEmpty)
    }

    @Test("nothing asks for the newest of the usual service; what is begun counts for nothing yet")
    func nothing() throws {
        for text in ["", "   ", "service:", "min: max:"] {
            let query = try TraceFilter(text).query(service: "shop", run: nil, now: start)
            #expect(query == JaegerQuery(service: "shop"))
        }
    }

    @Test(
        "what can't be read is told with its place and what to do",
        arguments: [
            ("servise:shop", 0, "did you mean service:?"),
            ("pay colour:red", 4, "there are service, op, run"),
            ("min:soon", 0, "min:250ms"), ("error since:-1h", 6, "since: wants"),
            ("tag:http.method", 0, "tag:http.status_code=500"), ("limit:0", 0, "from 1 to 1,500"),
            ("limit:9999", 0, "from 1 to 1,500"), (#"op:"GET"#, 0, "quote isn't closed"),
            (#""""#, 0, "nothing between"), ("min:2s max:1s", 0, "longer than min:"),
            ("since:1m until:1h", 0, "before until:"),
        ]
    )
    func errors(text: String, offset: Int, message: String) {
        do throws(FilterError) {
            _ = try TraceFilter(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.offset == offset)
            #expect(error.message.contains(message), "\(error.message)")
        }
    }

    @Test("words are looked for in what was found, whatever their case")
    func words() throws {
        let trace = FoundTrace(
            id: TraceID(high: 0xABC, low: 1),
            service: "shop",
            operation: "POST /Checkout",
            start: start,
            duration: 1,
            spans: 1
        )
        #expect(try TraceFilter("checkout SHOP").matches(trace))
        #expect(try TraceFilter("abc").matches(trace))
        #expect(try !TraceFilter("checkout mail").matches(trace))
    }

    @Test("any text is read or refused, never worse", arguments: 1...200)
    func anything(seed: UInt64) {
        var generator = SeededNumbers(seed)
        let pieces = [
            "service:", "op:", "\"", " ", "tag:a=b", "min:", "1h", "9e99s", "東京", "\u{1B}", "=", ":",
            "since:99999d", "-1", "limit:7",
        ]
        let text = (0..<12).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
        if let filter = try? TraceFilter(text) { _ = filter.query(service: "s", run: nil, now: start) }
    }
}
