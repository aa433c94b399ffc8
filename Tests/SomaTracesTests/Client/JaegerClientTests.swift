import SomaCore
import SomaHTTP
import SomaTraces
import Testing

// The answers are written by us in the shape of Jaeger's query API and served by a real HTTP server.

private let trace = """
    {"data":[{"traceID":"000000000000000000000000000000aa","spans":[{"traceID":"000000000000000000000000000000aa",
    "spanID":"00000000000000b1","operationName":"run","references":[],"startTime":1700000000000000,"duration":10,
    "tags":[],"logs":[],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"somad","tags":[]}},
    "warnings":null}],"total":0,"limit":0,"offset":0,"errors":null}
    """
private let missing = """
    {"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}
    """

private func with(
    _ answers: @escaping @Sendable (String) -> AnswerServer.Answer?,
    _ body: (JaegerClient, AnswerServer) async throws -> Void
) async throws {
    let server = try AnswerServer(answers)
    let http = try HTTPClient()
    try await body(JaegerClient(http, base: server.base + "/search"), server)
    server.stop()
    await http.shutdown()
}

@Suite("The client of Jaeger's query API")
struct JaegerClientTests {
    @Test("Services and operations come sorted")
    func names() async throws {
        try await with { target in
            switch target {
            case "/api/services": .init(body: #"{"data":["web","cart"],"total":2,"errors":null}"#)
            case "/api/services/a%2Fb%20c/operations": .init(body: #"{"data":["b","a"],"errors":null}"#)
            case "/api/services/none/operations": .init(body: #"{"data":null,"errors":null}"#)
            default: nil
            }
        } _: { client, _ in
            let services = try await client.services()
            #expect(services == ["cart", "web"])
            let operations = try await client.operations(of: "a/b c")
            #expect(operations == ["a", "b"])
            let none = try await client.operations(of: "none")
            #expect(none == [])
        }
    }

    @Test("A search asks for what it says")
    func search() async throws {
        try await with { _ in
            .init(body: trace)
        } _: { client, server in
            let query = JaegerQuery(
                service: "somad",
                operation: "run & go",
                tags: [("error", "true"), ("a", "\"é")],
                durationMin: 1500,
                durationMax: 2_000_000,
                start: 1,
                end: 2,
                limit: 5000
            )
            let found = try await client.search(query)
            #expect(found.map(\.id) == [TraceID(high: 0, low: 0xAA)])
            #expect(
                server.targets == [
                    "/api/traces?service=somad&operation=run%20%26%20go"
                        + "&tags=%7B%22error%22%3A%22true%22%2C%22a%22%3A%22%5C%22%C3%A9%22%7D"
                        + "&minDuration=1500us&maxDuration=2000000us&start=1&end=2&limit=1500"
                ]
            )
        }
    }

    @Test("A trace is found by its id")
    func byID() async throws {
        try await with {
            $0 == "/api/traces/000000000000000000000000000000aa" ? .init(body: trace) : nil
        } _: { client, _ in
            let names = try await client.trace(TraceID(high: 0, low: 0xAA)).spans.map(\.name)
            #expect(names == ["run"])
        }
    }

    @Test("A trace that isn't there is an error of its own", arguments: [200, 404])
    func notFound(status: Int) async throws {
        try await with { _ in
            .init(status: status, body: missing)
        } _: { client, _ in
            await #expect(throws: JaegerError.notFound(trace: "00000000000000000000000000000007")) {
                try await client.trace(TraceID(high: 0, low: 7))
            }
        }
    }

    @Test("What is wrong with an answer is told")
    func wrong() async throws {
        try await with { target in
            switch target {
            case "/api/services": .init(body: "<html>hello</html>", type: "text/html")
            case "/api/services/a/operations": .init(body: trace)
            case "/api/services/b/operations": .init(status: 500, body: "oops", type: "text/plain")
            default:
                .init(
                    status: 400,
                    body: #"{"data":null,"errors":[{"code":400,"msg":"parameter 'service' is required"}]}"#
                )
            }
        } _: { client, server in
            let html = await #expect(throws: JaegerError.self) { try await client.services() }
            #expect(html?.description.contains("line 1, column 1") == true)
            let other = await #expect(throws: JaegerError.self) { try await client.operations(of: "a") }
            #expect(
                other == .unexpected(url: server.base + "/api/services/a/operations", wanted: "operations")
            )
            let failed = await #expect(throws: JaegerError.self) { try await client.operations(of: "b") }
            #expect(failed?.description.contains("status 500") == true)
            let refused = await #expect(throws: JaegerError.self) {
                try await client.search(JaegerQuery(service: ""))
            }
            #expect(refused == .refused(status: 400, message: "parameter 'service' is required"))
        }
    }

    @Test(
        "What to change is told with a status that isn't the one wanted",
        arguments: [
            (302, "leads to", "query service itself"), (401, "status 401", "--jaeger or jaeger.url"),
            (403, "status 403", "no login for Jaeger"), (404, "status 404", "base path"),
            (500, "status 500", "its log says more"), (503, "status 503", "see that both run"),
        ]
    )
    func statuses(status: Int, what: String, advice: String) async throws {
        try await with { target in
            switch target {
            case "/login?then=secret": .init(body: "<html>Who are you?</html>", type: "text/html")
            default:
                .init(
                    status: status,
                    body: "<html></html>",
                    type: "text/html",
                    location: status == 302 ? "/login?then=secret" : nil
                )
            }
        } _: { client, server in
            let error = await #expect(throws: JaegerError.self) { try await client.services() }
            let words = error?.description ?? ""
            #expect(words.contains(what) && words.contains(advice), "\(words)")
            #expect(!words.contains("check the token") && !words.contains("secret"), "\(words)")
            if status == 302 {
                #expect(
                    error == .redirected(from: server.base + "/api/services", to: server.base + "/login")
                )
            }
        }
    }

    @Test("A redirect to where Jaeger answers is followed, and the same address written otherwise is none")
    func moved() async throws {
        try await with { target in
            switch target {
            case "/api/services": .init(status: 301, body: "", location: "/jaeger/api/services")
            case "/jaeger/api/services": .init(body: #"{"data":["web"],"errors":null}"#)
            default: .init(body: "<html></html>", type: "text/html")
            }
        } _: { client, server in
            let services = try await client.services()
            #expect(services == ["web"])
            let http = try HTTPClient()
            let shouting = JaegerClient(http, base: "HTTP://" + server.base.dropFirst("http://".count))
            let error = await #expect(throws: JaegerError.self) { try await shouting.operations(of: "a") }
            guard case .unreadable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            await http.shutdown()
        }
    }

    @Test("A server that isn't there is told within its time limit")
    func dead() async throws {
        let http = try HTTPClient()
        let client = JaegerClient(http, base: "http://127.0.0.1:1", timeout: .seconds(2))
        let error = await #expect(throws: JaegerError.self) { try await client.services() }
        guard case .http(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.kind == .connectFailed)
        await http.shutdown()
    }
}
