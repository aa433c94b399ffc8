import CollectorFixture
import SomaCore
import SomaHTTP
import SomaTraces
import SomaTracing
import Testing

/// Spans that differ.
private func spans(_ range: Range<Int>) -> [TraceSpan] {
    range.map { index in
        TraceSpan(
            trace: TraceID(high: 1, low: 2),
            id: SpanID(UInt64(index + 1)),
            name: "span \(index)",
            start: 1000,
            duration: 5
        )
    }
}

private func ids(_ request: Collector.Request) throws -> [UInt64] {
    let isJSON = request.headers["content-type"] == "application/json"
    let body = request.headers["content-encoding"] == "gzip" ? Array(request.body.dropFirst()) : request.body
    guard isJSON else { return try SpanSet(protobuf: body).spans.map(\.id.rawValue) }
    guard case .traces(let set) = try OTLPDocument.read(body) else { return [] }
    return set.spans.map(\.id.rawValue)
}

/// An exporter with short times.
private struct Bench {
    let counts = Counts()
    let exporter: SpanExporter

    init(
        _ collector: Collector,
        attempts: Int = 4,
        _ change: (inout SpanExporterOptions) -> Void = { _ in }
    ) throws {
        var options = SpanExporterOptions(collector: collector.base)
        options.interval = .milliseconds(50)
        options.retry = RetryPolicy(
            attemptsMax: attempts,
            base: .milliseconds(5),
            cap: .milliseconds(20),
            retryAfterMax: .seconds(2),
            statuses: options.retry.statuses
        )
        options.timeout = .seconds(2)
        change(&options)
        exporter = SpanExporter(
            options,
            try HTTPClient(),
            // Stands for gzip: what is packed has a byte more.
            pack: { [0x1F] + $0 },
            observer: counts
        )
    }

    /// Works while `body` does.
    func working(_ body: () async throws -> Void) async throws {
        let task = Task { await exporter.run() }
        try await body()
        task.cancel()
        await task.value
    }
}

@Suite("Sending spans to a collector", .serialized)
struct SpanExporterTests {
    @Test("What is added arrives, in batches, with the headers that were asked for")
    func batches() async throws {
        let collector = try Collector()
        let bench = try Bench(collector) { options in
            options.batch = 100
            options.headers = ["X-Key": "secret"]
            options.resource = TraceResource(service: "somad")
        }
        try await bench.working {
            bench.exporter.add(spans(0..<250))
            #expect(await eventually { bench.counts.value.exported == 250 })
        }
        #expect(try collector.requests.map { try ids($0).count } == [100, 100, 50])
        #expect(try collector.requests.flatMap(ids) == (1...250).map(UInt64.init))
        for request in collector.requests {
            #expect(request.target == "/v1/traces")
            #expect(request.headers["x-key"] == "secret")
            #expect(request.headers["content-type"] == "application/x-protobuf")
            #expect(request.headers["content-encoding"] == "gzip")
        }
        #expect(bench.counts.value.dropped.isEmpty)
        collector.stop()
    }

    @Test("JSON is JSON, and a small body isn't packed")
    func json() async throws {
        let collector = try Collector()
        let bench = try Bench(collector) { $0.encoding = .json }
        try await bench.working {
            bench.exporter.add(spans(0..<1))
            #expect(await eventually { bench.counts.value.exported == 1 })
        }
        let request = try #require(collector.requests.first)
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["content-encoding"] == nil)
        #expect(try ids(request) == [1])
        collector.stop()
    }

    @Test("A collector that can't now is asked again", arguments: [429, 502, 503, 504])
    func again(status: Int) async throws {
        let collector = try Collector { number, _ in .init(status: number < 2 ? status : 200) }
        let bench = try Bench(collector)
        try await bench.working {
            bench.exporter.add(spans(0..<3))
            #expect(await eventually { bench.counts.value.exported == 3 })
        }
        #expect(try collector.requests.map(ids) == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
        #expect(bench.counts.value.dropped.isEmpty)
        collector.stop()
    }

    @Test("A connection that breaks is tried again")
    func broken() async throws {
        let collector = try Collector { number, _ in .init(hangsUp: number < 2) }
        let bench = try Bench(collector)
        try await bench.working {
            bench.exporter.add(spans(0..<3))
            #expect(await eventually { bench.counts.value.exported == 3 })
        }
        collector.stop()
    }

    @Test("The time that a collector asks for is waited")
    func retryAfter() async throws {
        let collector = try Collector { number, _ in
            number == 0 ? .init(status: 503, headers: ["Retry-After": "1"]) : .init()
        }
        let bench = try Bench(collector)
        let start = ContinuousClock.now
        try await bench.working {
            bench.exporter.add(spans(0..<1))
            #expect(await eventually { bench.counts.value.exported == 1 })
        }
        #expect(ContinuousClock.now - start >= .seconds(1))
        collector.stop()
    }

    @Test("One that asks for too much is given up, as is one that never can")
    func givenUp() async throws {
        for headers in [[:], ["Retry-After": "3600"]] {
            let collector = try Collector { _, _ in .init(status: 503, headers: headers) }
            let bench = try Bench(collector)
            try await bench.working {
                bench.exporter.add(spans(0..<3))
                #expect(await eventually { bench.counts.value.dropped == [.unavailable: 3] })
            }
            #expect(collector.requests.count == (headers.isEmpty ? 4 : 1))
            #expect(bench.counts.value.words.last?.contains("503") == true)
            collector.stop()
        }
    }

    @Test("What is refused isn't tried again", arguments: [400, 401, 404, 413, 500])
    func refused(status: Int) async throws {
        let collector = try Collector { number, _ in .init(status: number == 0 ? status : 200) }
        let bench = try Bench(collector) { $0.batch = 3 }
        try await bench.working {
            bench.exporter.add(spans(0..<3))
            #expect(await eventually { bench.counts.value.dropped == [.refused: 3] })
            bench.exporter.add(spans(3..<6))
            #expect(await eventually { bench.counts.value.exported == 3 })
        }
        collector.stop()
    }

    @Test(
        "A redirect is followed nowhere",
        arguments: ["file:///etc/passwd", "http://127.0.0.1:1/v1/traces", "/elsewhere", "gopher://x"]
    )
    func redirected(to place: String) async throws {
        let collector = try Collector { _, _ in .init(status: 307, headers: ["Location": place]) }
        let bench = try Bench(collector) { $0.headers = ["Authorization": "Bearer secret"] }
        try await bench.working {
            bench.exporter.add(spans(0..<1))
            #expect(await eventually { bench.counts.value.dropped == [.refused: 1] })
        }
        #expect(collector.requests.count == 1)
        #expect(bench.counts.value.words.allSatisfy { !$0.contains("secret") })
        collector.stop()
    }

    @Test("Spans that a collector says it didn't take are counted")
    func partial() async throws {
        // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "no" } }
        let protobuf: [UInt8] = [0x0A, 0x06, 0x08, 0x02, 0x12, 0x02, 0x6E, 0x6F]
        let json = Array(#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#.utf8)
        for (encoding, body) in [(SpanExporterOptions.Encoding.protobuf, protobuf), (.json, json)] {
            let collector = try Collector { _, _ in .init(body: body) }
            let bench = try Bench(collector) { $0.encoding = encoding }
            try await bench.working {
                bench.exporter.add(spans(0..<5))
                #expect(await eventually { bench.counts.value.exported == 3 })
            }
            #expect(bench.counts.value.dropped == [.rejected: 2])
            #expect(bench.counts.value.words.last?.hasSuffix("no") == true)
            collector.stop()
        }
    }

    @Test("An answer that is rubbish counts as taken", arguments: 1...20)
    func rubbish(seed: UInt64) async throws {
        var random = Seeded(seed)
        let body = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
        let collector = try Collector { _, _ in .init(body: body) }
        let bench = try Bench(collector) { $0.encoding = seed % 2 == 0 ? .json : .protobuf }
        try await bench.working {
            bench.exporter.add(spans(0..<5))
            #expect(
                await eventually {
                    bench.counts.value.exported + (bench.counts.value.dropped[.rejected] ?? 0) == 5
                }
            )
        }
        collector.stop()
    }

    @Test("With nobody there the queue fills, the rest is counted, and whoever adds is never held up")
    func full() async throws {
        let collector = try Collector()
        collector.stop()
        let bench = try Bench(collector, attempts: 1000) { options in
            options.queue = 100
            options.batch = 10
        }
        try await bench.working {
            let start = ContinuousClock.now
            for round in 0..<50 { bench.exporter.add(spans(round * 20..<round * 20 + 20)) }
            #expect(ContinuousClock.now - start < .seconds(1))
        }
        let value = bench.counts.value
        #expect(value.exported == 0)
        #expect((890...900).contains(value.dropped[.queue] ?? 0))
        #expect(bench.exporter.count + (value.dropped[.queue] ?? 0) == 1000)
        // At the end what is left is counted too.
        await bench.exporter.flush(within: .milliseconds(200))
        #expect(bench.exporter.count == 0)
        #expect(bench.counts.value.dropped.values.reduce(0, +) == 1000)
    }

    @Test("At the end what waits is sent, what was on its way as well")
    func flushed() async throws {
        let collector = try Collector { number, _ in .init(status: number == 0 ? 503 : 200) }
        let bench = try Bench(collector) { options in
            options.batch = 2
            options.retry.base = .seconds(60)
            options.retry.cap = .seconds(60)
        }
        let task = Task { await bench.exporter.run() }
        bench.exporter.add(spans(0..<5))
        #expect(await eventually { collector.requests.count == 1 })
        task.cancel()
        await task.value
        await bench.exporter.flush(within: .seconds(5))
        #expect(bench.counts.value.exported == 5)
        #expect(try collector.requests.dropFirst().flatMap(ids) == [1, 2, 3, 4, 5])
        collector.stop()
    }

    @Test("The end isn't held up by a collector that doesn't answer")
    func silent() async throws {
        let collector = try Collector { _, _ in .init(delay: 3000) }
        let bench = try Bench(collector)
        bench.exporter.add(spans(0..<5))
        let start = ContinuousClock.now
        await bench.exporter.flush(within: .milliseconds(300))
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(bench.counts.value.dropped.values.reduce(0, +) == 5)
        collector.stop()
    }

    @Test("Whether somebody answers is found out without a span")
    func problem() async throws {
        let collector = try Collector { number, _ in .init(status: number == 0 ? 200 : 403) }
        let bench = try Bench(collector)
        #expect(await bench.exporter.problem() == nil)
        #expect(await bench.exporter.problem()?.contains("403") == true)
        #expect(try collector.requests.flatMap(ids).isEmpty)
        collector.stop()
    }

    @Test(
        "The address is the collector's, with what OTLP adds",
        arguments: [
            ("http://h:4318", "http://h:4318/v1/traces"), ("http://h:4318/", "http://h:4318/v1/traces"),
            ("https://h/otlp", "https://h/otlp/v1/traces"), ("http://h/v1/traces", "http://h/v1/traces"),
            ("http://h/v1/traces/", "http://h/v1/traces"), ("https://h?key=k", "https://h/v1/traces?key=k"),
        ]
    )
    func address(given: String, whole: String) {
        let options = SpanExporterOptions(collector: given)
        #expect(options.address == whole)
        #expect(!options.place.contains("key"))
    }

    @Test("Headers are read as OpenTelemetry writes them, and anything else isn't")
    func headers() {
        let read = ExportHeaders.read("api-key=abc, X-Two = b%2Cc%20d ,,empty=")
        #expect(read?.fields.map(\.name) == ["api-key", "X-Two", "empty"])
        #expect(read?.fields.map(\.value) == ["abc", "b,c d", ""])
        #expect(ExportHeaders.read("a=b=c")?.fields.map(\.value) == ["b=c"])
        for text in [
            "a", "=b", "a b=c", "a=%", "a=%2", "a=%zz", "a=%0d%0aB: c", "a=%ff", "a\r\n=b", "ä=b", "a=%+1",
        ] {
            #expect(ExportHeaders.read(text) == nil)
        }
    }
}

@Suite("The queue of spans")
struct SpanQueueTests {
    @Test(
        "Whatever is added, taken and put back, its bound holds and nothing is lost unseen",
        arguments: 1...50
    )
    func random(seed: UInt64) {
        var random = Seeded(seed)
        var queue = SpanQueue(most: 40)
        var next = 0
        var waiting: [UInt64] = []
        for _ in 0..<300 {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let count = Int.random(in: 0...20, using: &random)
                let left = queue.add(spans(next..<next + count))
                waiting += (next..<next + count - left).map { UInt64($0 + 1) }
                next += count
                #expect(left == 0 || queue.count >= 40)
            case 1:
                let taken = queue.take(Int.random(in: 0...15, using: &random))
                #expect(taken.map(\.id.rawValue) == Array(waiting.prefix(taken.count)))
                waiting.removeFirst(taken.count)
            default:
                let taken = queue.take(5)
                queue.putBack(taken)
            }
            #expect(queue.count == waiting.count)
            #expect(queue.count <= 40)
        }
    }

    @Test("A batch is due when it is whole, or its first span has waited")
    func due() {
        let now = ContinuousClock.now
        var queue = SpanQueue(most: 100)
        #expect(queue.wait(batch: 3, interval: .seconds(5), at: now) == nil)
        _ = queue.add(spans(0..<2), at: now)
        #expect(queue.wait(batch: 3, interval: .seconds(5), at: now + .seconds(2)) == .seconds(3))
        #expect(queue.wait(batch: 3, interval: .seconds(5), at: now + .seconds(9)) == .zero)
        _ = queue.add(spans(2..<4), at: now + .seconds(1))
        #expect(queue.wait(batch: 3, interval: .seconds(5), at: now + .seconds(1)) == .zero)
        _ = queue.take(3, at: now + .seconds(2))
        #expect(queue.wait(batch: 3, interval: .seconds(5), at: now + .seconds(2)) == .seconds(5))
    }
}
