import CollectorFixture
import SomaCore
import SomaHTTP
import SomaTraces
import SomaTracing
import Testing

@Suite("Spans of requests")
struct RequestSpansTests {
    private func facts(
        _ method: String = "POST",
        _ route: String? = "/v1/runs/{id}/fork",
        _ status: Int = 201
    )
        -> RequestFacts
    {
        var facts = RequestFacts(
            trace: TraceID(high: 1, low: 2),
            span: SpanID(3),
            method: method,
            route: route,
            status: status,
            start: Timestamp(microseconds: 1_700_000_000_000_000),
            took: .microseconds(1500)
        )
        facts.path = route == nil ? nil : "/v1/runs/abc/fork"
        return facts
    }

    private func names(_ span: TraceSpan) -> [String: AttributeValue] {
        Dictionary(uniqueKeysWithValues: span.attributes.map { ($0.key, $0.value) })
    }

    @Test("A span says what OpenTelemetry's conventions ask for")
    func conventions() {
        var request = facts()
        request.parent = SpanID(9)
        request.traceState = "rojo=1"
        request.door = .tcp(address: "127.0.0.1", port: 4000)
        request.agent = "soma/1"
        request.run = RunID("child")
        let span = TraceSpan(request)
        #expect(span.name == "POST /v1/runs/{id}/fork" && span.kind == .server && span.status == .unset)
        #expect(span.trace == TraceID(high: 1, low: 2) && span.id == SpanID(3) && span.parent == SpanID(9))
        #expect(span.start == 1_700_000_000_000_000_000 && span.duration == 1_500_000)
        #expect(span.traceState == "rojo=1")
        #expect(
            names(span) == [
                "http.request.method": .string("POST"), "url.scheme": .string("http"),
                "url.path": .string("/v1/runs/abc/fork"), "http.route": .string("/v1/runs/{id}/fork"),
                "http.response.status_code": .int(201), "network.protocol.version": .string("1.1"),
                "network.transport": .string("tcp"), "server.address": .string("127.0.0.1"),
                "server.port": .int(4000), "user_agent.original": .string("soma/1"),
                "soma.run.id": .string("child"),
            ]
        )
    }

    @Test(
        "What the server couldn't do has failed, and what the client did wrong hasn't",
        arguments: [(200, false), (404, false), (499, false), (500, true), (503, true), (507, true)]
    )
    func statuses(status: Int, hasFailed: Bool) {
        let span = TraceSpan(facts("GET", "/v1/runs", status))
        #expect(span.hasFailed == hasFailed)
        #expect(names(span)["error.type"] == (hasFailed ? .string("\(status)") : nil))
    }

    @Test("Names stay few, whatever a client sends")
    func few() {
        let span = TraceSpan(facts("BREW", nil, 405))
        #expect(span.name == "HTTP" && names(span)["http.request.method"] == .string("_OTHER"))
        #expect(names(span)["http.request.method_original"] == .string("BREW"))
        #expect(names(span)["url.path"] == nil && names(span)["http.route"] == nil)
        #expect(TraceSpan(facts("GET", nil, 404)).name == "GET")
    }

    @Test(
        "What isn't printable or too long is left out",
        arguments: ["\u{1B}[2J", "é", "", "a\nb", String(repeating: "x", count: 257)]
    )
    func hostile(text: String) {
        var request = facts(text)
        (request.agent, request.path) = (text, text)
        let names = names(TraceSpan(request))
        for name in ["user_agent.original", "url.path", "http.request.method_original"] {
            #expect(names[name] == nil)
        }
    }

    @Test("Times that no clock has are held within what a span can say")
    func edges() {
        var request = facts()
        request.start = Timestamp(microseconds: .max)
        request.took = .seconds(Int64.max / 2)
        #expect(TraceSpan(request).start == .max && TraceSpan(request).duration == .max)
        request.start = Timestamp(microseconds: .min)
        request.took = .seconds(-5)
        #expect(TraceSpan(request).start == 0 && TraceSpan(request).duration == 0)
    }

    @Test("They go to the collector, and what there is no room for is counted")
    func sent() async throws {
        let collector = try Collector()
        defer { collector.stop() }
        let counts = Counts()
        let exporter = SpanExporter(
            SpanExporterOptions(collector: collector.base),
            try HTTPClient(),
            observer: counts
        )
        let requests = RequestSpans(exporter, most: 2, observer: counts)
        let making = Task { await requests.run() }
        making.cancel()
        await making.value
        for _ in 0..<3 { requests.add(facts()) }
        requests.catchUp()
        await exporter.flush(within: .seconds(10))
        let spans = try collector.requests.flatMap { try SpanSet(protobuf: $0.body).spans }
        #expect(spans.map(\.name) == ["POST /v1/runs/{id}/fork", "POST /v1/runs/{id}/fork"])
        #expect(counts.value.dropped == [.queue: 1])
    }
}
