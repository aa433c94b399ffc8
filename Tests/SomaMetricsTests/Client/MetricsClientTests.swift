import SomaHTTP
import SomaMetrics
import Testing

@Suite("Scraping and asking", .timeLimit(.minutes(1)))
struct MetricsClientTests {
    private func with<Value>(
        _ answer: @escaping @Sendable (String) -> [UInt8],
        _ body: (TinyServer, MetricsClient) async throws -> Value
    ) async throws -> Value {
        let server = TinyServer(answer)
        defer { server.stop() }
        let http = try HTTPClient()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server, MetricsClient(http))) } catch {
            result = .failure(error)
        }
        await http.shutdown()
        return try result.get()
    }

    private func failure(
        _ target: @escaping (String) -> MetricsTarget = { MetricsTarget($0 + "/metrics") },
        _ answer: @escaping @Sendable (String) -> [UInt8]
    ) async throws -> MetricsError {
        try await with(answer) { server, client in
            try await #require(throws: MetricsError.self) { try await client.scrape(target(server.origin)) }
        }
    }

    @Test("A scrape asks for both formats and gzip, with its credentials, and is read by what it says it is")
    func scrape() async throws {
        let text = Array("# TYPE up gauge\nup 1\n# EOF\n".utf8)
        try await with({ _ in
            TinyServer.response(
                type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
                ["Content-Encoding: gzip"],
                body: TinyServer.gzip(text)
            )
        }) { server, client in
            let scrape = try await client.scrape(
                MetricsTarget(server.origin + "/metrics", credentials: .bearer("t0k"))
            )
            #expect(scrape.exposition.format == .openMetrics)
            #expect(scrape.exposition.samples.map(\.value) == [1])
            #expect(scrape.bytes == text.count)
            let head = try #require(server.requests.first).lowercased()
            #expect(
                head.contains(
                    "accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4"
                )
            )
            #expect(head.contains("accept-encoding: gzip"))
            #expect(head.contains("authorization: bearer t0k"))
            _ = try await client.scrape(
                MetricsTarget(server.origin, credentials: .basic(user: "ada", password: "pass:word"))
            )
            #expect(server.requests.last?.contains("Authorization: Basic YWRhOnBhc3M6d29yZA==") == true)
        }
    }

    @Test("A redirect is followed to http, without the credentials to another host, and never to a file")
    func redirects() async throws {
        try await with({ head in
            head.hasPrefix("GET /old ")
                ? TinyServer.response("302 Found", type: nil, ["Location: /metrics"], body: [])
                : TinyServer.response(body: Array("up 1\n".utf8))
        }) { server, client in
            let scrape = try await client.scrape(MetricsTarget(server.origin + "/old"))
            #expect(scrape.url == server.origin + "/metrics")
        }
        for place in ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"] {
            let error = try await failure { _ in
                TinyServer.response("302 Found", type: nil, ["Location: \(place)"], body: [])
            }
            #expect(error.kind == .transport(.redirectRefused))
        }
        let circle = try await failure { _ in
            TinyServer.response("302 Found", type: nil, ["Location: /metrics"], body: [])
        }
        #expect(circle.kind == .transport(.redirectRefused))
    }

    @Test("A body beyond the limit is cut off and said, compressed or not")
    func bodyLimit() async throws {
        let body = Array(repeating: UInt8(ascii: "#"), count: 60_000)
        for isGzip in [false, true] {
            let error = try await failure({ MetricsTarget($0, bodyBytesMax: 1_000) }) { _ in
                isGzip
                    ? TinyServer.response("200 OK", ["Content-Encoding: gzip"], body: TinyServer.gzip(body))
                    : TinyServer.response(body: body)
            }
            #expect(error.kind == .tooLarge)
            #expect(error.message.contains("1000 bytes"))
        }
    }

    @Test("Other types, statuses and broken texts are errors of their own")
    func wrong() async throws {
        let page = try await failure { _ in TinyServer.response(type: "text/html", body: Array("<html>".utf8))
        }
        #expect(page.kind == .contentType)
        let untold = try await failure { _ in TinyServer.response(type: nil, body: Array("up 1\n".utf8)) }
        #expect(untold.kind == .contentType)
        let denied = try await failure { _ in TinyServer.response("403 Forbidden", body: []) }
        #expect(denied.kind == .status(403))
        let broken = try await failure { _ in TinyServer.response(body: Array("up 1\nup x\n".utf8)) }
        #expect(broken.kind == .malformed)
        #expect(broken.line == 2)
        #expect(broken.column == 4)
        let short = try await failure { _ in
            Array(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\nConnection: close\r\n\r\nup 1\n"
                    .utf8
            )
        }
        #expect(short.kind == .transport(.connectionLost))
        let target = MetricsTarget("http://127.0.0.1:1/metrics", timeout: .seconds(5))
        try await with({ _ in [] }) { _, client in
            let refused = await #expect(throws: MetricsError.self) { try await client.scrape(target) }
            #expect(refused?.kind == .transport(.connectFailed))
        }
    }

    @Test("A header's value can't carry a line break out of a token")
    func injection() async throws {
        let error = try await failure({ MetricsTarget($0, credentials: .bearer("a\r\nX: y")) }) { _ in [] }
        #expect(error.kind == .transport(.invalidRequest))
    }

    @Test("Queries reach Prometheus encoded, long ones as a form, and answers come back")
    func queries() async throws {
        let rate = try Recorded.bytes("rate.json")
        let alerts = try Recorded.bytes("alerts.json")
        let bad = try Recorded.bytes("bad.json")
        try await with({ head in
            if head.contains("/api/v1/alerts") {
                return TinyServer.response(type: "application/json", body: alerts)
            }
            if head.contains("query=bad") {
                return TinyServer.response("400 Bad Request", type: "application/json", body: bad)
            }
            if head.contains("query=stranger") {
                let body = Array("{\"status\":401,\"error\":\"Unauthorized\"}".utf8)
                return TinyServer.response("401 Unauthorized", type: "application/json", body: body)
            }
            if head.contains("query=down") {
                return TinyServer.response("502 Bad Gateway", body: Array("<html>".utf8))
            }
            return TinyServer.response(type: "application/json", body: rate)
        }) { server, client in
            let target = MetricsTarget(server.origin + "/prom/")
            _ = try await client.query(target, "a{b=\"c&d\"}[5m]", at: MetricTimestamp(milliseconds: 1_500))
            #expect(
                server.requests.last?.hasPrefix(
                    "GET /prom/api/v1/query?query=a%7Bb%3D%22c%26d%22%7D%5B5m%5D&time=1.500 HTTP"
                ) == true
            )
            let answer = try await client.queryRange(
                target,
                "x",
                from: MetricTimestamp(milliseconds: -1_500),
                to: MetricTimestamp(milliseconds: 2_000),
                step: .milliseconds(2_500)
            )
            #expect(
                server.requests.last?.contains("query_range?query=x&start=-1.500&end=2.000&step=2.5 ") == true
            )
            guard case .matrix(let series) = answer.value else {
                Issue.record("no matrix")
                return
            }
            #expect(series.count == 2)
            #expect(try await client.alerts(target).alerts.count == 2)
            _ = try await client.query(target, String(repeating: "x", count: 5_000))
            #expect(server.requests.last?.hasPrefix("POST /prom/api/v1/query HTTP") == true)
            let refused = await #expect(throws: MetricsError.self) { try await client.query(target, "bad") }
            #expect(refused?.kind == .refused(type: "bad_data"))
            let down = await #expect(throws: MetricsError.self) { try await client.query(target, "down") }
            #expect(down?.kind == .status(502))
            let stranger = await #expect(throws: MetricsError.self) {
                try await client.query(target, "stranger")
            }
            #expect(stranger?.kind == .status(401))
            #expect(stranger?.hint.contains("token") == true)
        }
    }
}
