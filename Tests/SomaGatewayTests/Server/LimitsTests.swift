import SomaClient
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSimulation
import Synchronization
import Testing

@Suite("Limits", .timeLimit(.minutes(1)))
struct LimitsTests {
    /// The problem in an answer's text.
    private func problem(_ answer: String) throws -> Problem {
        let start = try #require(answer.firstRange(of: "\r\n\r\n")).upperBound
        return try JSON.parse(String(answer[start...])).decode(Problem.self)
    }

    @Test("A head that dribbles in is cut off within its time, and nobody else notices")
    func slowHead() async throws {
        var options = GatewayOptions()
        options.headBase = .milliseconds(300)
        try await Rig.run(options: options) { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            let began = ContinuousClock.now
            raw.send("GET /healthz HTTP/1.1\r\nHost: soma\r\n")
            let dribble = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: .milliseconds(20))
                    raw.send("X: y\r\n")
                }
            }
            async let answer = raw.readAll()
            for _ in 0..<20 { #expect(try await rig.send(.get, "/healthz").status == 200) }
            let text = await answer
            dribble.cancel()
            #expect(text.hasPrefix("HTTP/1.1 408"))
            let problem = try problem(text)
            #expect(problem.code == "header.slow")
            #expect(problem.trace?.count == 32)
            #expect(ContinuousClock.now - began < .seconds(5))
        }
    }

    @Test("A head in pieces is answered, and so is the next one on the same connection")
    func pieces() async throws {
        try await Rig.run { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            for _ in 0..<2 {
                for piece in ["GET /hea", "lthz HTTP/1.1\r\nHo", "st: soma\r\n", "\r\n"] {
                    raw.send(piece)
                    try await Task.sleep(for: .milliseconds(2))
                }
                var text = ""
                while !text.contains("\"ok\"}") { text += String(decoding: await raw.read(), as: UTF8.self) }
                #expect(text.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test("Bodies together hold no more memory than allowed; what is turned away may come again")
    func bodies() async throws {
        var options = GatewayOptions()
        options.bodiesBytesMax = 3000
        try await Rig.run(options: options) { rig in
            func held() throws -> RawClient {
                let raw = try RawClient(rig.socket)
                raw.send("POST /v1/runs HTTP/1.1\r\nHost: soma\r\nContent-Type: application/json\r\n")
                raw.send("Content-Length: 2000\r\n\r\n\(String(repeating: " ", count: 1900))")
                return raw
            }
            let first = try held()
            var second: RawClient?
            var text = ""
            while text.isEmpty {
                // Which of the two came first is the scheduler's choice; the memory is too little for both.
                let other = try held()
                second?.close()
                second = other
                let reading = Task { await other.read() }
                try await Task.sleep(for: .milliseconds(50))
                reading.cancel()
                text = String(decoding: await reading.value, as: UTF8.self)
            }
            #expect(text.hasPrefix("HTTP/1.1 429"))
            #expect(text.contains("Retry-After: 1"))
            first.close()
            second?.close()
            var status = 429
            while status == 429 {
                let body = #"{"goal":"count","role":""# + String(repeating: "r", count: 2000) + #""}"#
                status = try await rig.send(.post, "/v1/runs", body: body).status
            }
            #expect(status == 201)
        }
    }

    @Test(
        "Every refusal is a problem with its trace id",
        arguments: [
            ("DELETE", "/v1/runs", 405, "method.wrong"), ("GET", "/nope", 404, "route.missing"),
            ("GET", "/" + String(repeating: "a", count: 25_000), 414, "target.large"),
            ("GET", "/%zz", 400, "target.invalid"),
            ("GET", "/v1/runs?after=nobody", 400, "query.invalid"),
            ("GET", "/v1/memory?workspace=/x&after=0", 400, "query.invalid"),
            ("GET", "/v1/runs?limit=0", 400, "query.invalid"),
        ]
    )
    func refusals(method: String, path: String, status: Int, code: String) async throws {
        try await Rig.run { rig in
            let raw = try RawClient(rig.socket)
            defer { raw.close() }
            let trace = "0af7651916cd43dd8448eb211c80319c"
            raw.send("\(method) \(path) HTTP/1.1\r\nHost: soma\r\nConnection: close\r\n")
            raw.send("traceparent: 00-\(trace)-b7ad6b7169203331-01\r\n\r\n")
            let answer = await raw.readAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer.prefix(300))")
            #expect(answer.contains("application/problem+json"))
            let problem = try problem(answer)
            #expect(problem.code == code)
            #expect(problem.status == status)
            #expect(problem.trace == trace)
        }
    }

    @Test(
        "A folder that is none is refused before anything starts",
        arguments: ["/nonexistent", "/etc/passwd"]
    )
    func workspace(path: String) async throws {
        try await Rig.run { rig in
            let response = try await rig.send(
                .post,
                "/v1/runs",
                body: #"{"goal":"count","workspace":"\#(path)"}"#
            )
            #expect(response.status == 422)
            let problem = try JSON.parse(response.body).decode(Problem.self)
            #expect(problem.code == "workspace.unusable")
            #expect(problem.detail.contains(path))
            #expect(try await rig.client.fleet().fleet.runs.isEmpty)
        }
    }

    @Test("An unknown action is refused with those that there are")
    func action() async throws {
        try await Rig.run { rig in
            let run = try await rig.client.start(StartRunDocument(goal: "ask")).run
            let response = try await rig.send(
                .post,
                "/v1/runs/\(run)/interrupts/open",
                body: #"{"action":"dance"}"#
            )
            let problem = try JSON.parse(response.body).decode(Problem.self)
            #expect(
                problem.detail == "The body doesn't fit: action: expected one of approve, reject, answer."
            )
        }
    }

    @Test("Without words, memories come in pages, the latest first")
    func memories() async throws {
        let store = MemoryStore()
        for index in 1...5 {
            try await store.remember(
                Memory(
                    run: RunID("run\(index)"),
                    workspace: "/srv/x",
                    at: Timestamp(microseconds: Int64(index)),
                    title: "\(index)",
                    text: "text"
                )
            )
        }
        try await Rig.run(store: store) { rig in
            var titles: [String] = []
            var after: String?
            repeat {
                let page = try await rig.client.memories(
                    workspace: "/srv/x",
                    query: nil,
                    after: after,
                    limit: 2
                )
                titles += page.memories.map(\.title)
                after = page.next
            } while after != nil
            #expect(titles == ["5", "4", "3", "2", "1"])
        }
    }

    @Test("A daemon that would end by itself stays when it is told to")
    func stays() async throws {
        try await Rig.run { rig in
            let before = try await rig.client.daemon().lingers
            let told = try await rig.client.stay().lingers
            let after = try await rig.client.daemon().lingers
            #expect([before, told, after] == [true, false, false])
        }
    }

    @Test("The port for metrics tells the metrics and nothing else")
    func metrics() async throws {
        try await Rig.run(metrics: true) { rig in
            let base = try #require(rig.base)
            func status(_ path: String) async throws -> Int {
                try await rig.http.send(HTTPRequest(.get, base + path, addressPolicy: .any)).status
            }
            #expect(try await status("/metrics") == 200)
            #expect(try await status("/healthz") == 200)
            for path in ["/v1/runs", "/v1/daemon", "/v1/stream", "/openapi.json"] {
                #expect(try await status(path) == 404, "\(path)")
            }
            #expect(try await rig.client.daemon().listen.count == 2)
        }
    }

    /// Lets each client pass once, and tells who asked.
    private final class OnceEach: RequestLimiter {
        private let clients = Mutex<[String]>([])
        var asked: [String] { clients.withLock { $0 } }

        func take(_ client: String) async -> Duration? {
            clients.withLock { clients in
                defer { clients.append(client) }
                return clients.contains(client) ? .milliseconds(1_200) : nil
            }
        }
    }

    @Test(
        "Who asks too often is told when to come again, each client for itself; how the process is may always be asked"
    )
    func often() async throws {
        let limiter = OnceEach()
        try await Rig.run(tcp: true, limiter: limiter) { rig in
            #expect(try await rig.send(.get, "/v1/runs").status == 200)
            let body = String(repeating: " ", count: 100_000)
            for (method, path) in [(HTTPMethod.get, "/v1/runs"), (.post, "/v1/runs")] {
                let answer = try await rig.send(method, path, body: method == .post ? body : nil)
                #expect(answer.status == 429)
                #expect(answer.headers["retry-after"] == "2")
                let problem = try JSON.parse(answer.body).decode(Problem.self)
                #expect(problem.code == "requests.often")
            }
            for path in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/nothing"] {
                #expect(try await rig.send(.get, path).status != 429)
            }
            var request = HTTPRequest(.get, "\(try #require(rig.base))/v1/runs")
            request.addressPolicy = .any
            #expect(try await rig.http.send(request).status == 200)
            #expect(limiter.asked == ["local", "local", "local", "127.0.0.1"])
        }
    }
}
