import SomaCore
import SomaEngine
import SomaSimulation
import SomaGateway
import SomaHTTP
import Testing

@Suite("Requests that are to have spans", .timeLimit(.minutes(1)))
struct RequestSpanTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(trace)-b7ad6b7169203331-01"
    private static let unwanted = "00-\(trace)-b7ad6b7169203331-00"

    /// The requests of a route, once there are so many.
    private func requests(_ tracer: Tracer, _ route: String?, _ count: Int = 1) async throws -> [RequestFacts]
    {
        while true {
            let found = tracer.requests.filter { $0.route == route }
            if found.count >= count { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func start(_ rig: Rig, _ headers: HTTPHeaders = [:]) async throws -> [Transition] {
        let response = try await rig.send(
            .post,
            "/v1/runs",
            headers: headers,
            body: #"{"goal":"count 1"}"#
        )
        #expect(response.status == 201)
        let run = RunID(try #require(try JSON.parse(response.body)["run"]?.string))
        return try await rig.store.transitions(of: run, after: 0, limit: 10).map(\.transition)
    }

    @Test("A run without a caller is in its own trace, below the request that began it")
    func own() async throws {
        let tracer = Tracer()
        try await Rig.run(tracer: tracer) { rig in
            let log = try await start(rig)
            let request = try #require(try await requests(tracer, "/v1/runs").first)
            #expect(request.trace == TraceIdentity.trace(of: log[0].run) && request.parent == nil)
            #expect(log[0].trace == nil && log[0].span == request.span.description)
            #expect(request.run == log[0].run && request.status == 201 && request.method == "POST")
            #expect(request.path == "/v1/runs" && request.door == .unix && request.agent == "test")
            #expect(request.took > .zero && request.start.microseconds > 1_600_000_000_000_000)
        }
    }

    @Test("With a caller the request is below the caller's span, and the run below the request's")
    func called() async throws {
        let tracer = Tracer(0)
        try await Rig.run(tracer: tracer) { rig in
            let log = try await start(rig, ["traceparent": Self.parent, "tracestate": "rojo=1"])
            let request = try #require(try await requests(tracer, "/v1/runs").first)
            #expect(request.trace.description == Self.trace && request.traceState == "rojo=1")
            #expect(request.parent?.description == "b7ad6b7169203331")
            #expect(log[0].trace == Self.trace && log[0].span == request.span.description)
            #expect(log[0].body["tracestate"]?.string == "rojo=1" && log[0].body["sampled"] == true)
            // A caller that doesn't want it recorded has the run as its own child, and nothing between.
            let other = try await start(rig, ["traceparent": Self.unwanted])
            #expect(other[0].span == "b7ad6b7169203331" && other[0].body["sampled"] == false)
            #expect(tracer.requests.count == 1)
        }
    }

    @Test(
        "Whatever a client sends as its context, what is wrong is none at all",
        arguments: [
            "ff-\(trace)-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-\(trace)-0000000000000000-01", "00-\(trace)-b7ad6b7169203331-01-more", "00-\(trace)",
            "é ÿ",
            String(repeating: "0", count: 4000),
        ]
    )
    func hostile(parent: String) async throws {
        let tracer = Tracer()
        try await Rig.run(tracer: tracer) { rig in
            let log = try await start(rig, ["traceparent": parent, "tracestate": "rojo=1"])
            #expect(log[0].trace == nil && log[0].body["tracestate"] == nil)
            #expect(try await requests(tracer, "/v1/runs").first?.parent == nil)
        }
    }

    @Test("A message keeps where its request stood, for its run and whoever hears of it")
    func message() async throws {
        let tracer = Tracer(0)
        try await Rig.run(tracer: tracer) { rig in
            let begun = try await rig.send(.post, "/v1/conversations", body: "{}")
            let id = try #require(try JSON.parse(begun.body)["id"]?.string)
            let path = "/v1/conversations/\(id)/messages"
            for _ in 0..<2 {
                // The same again adds nothing, and changes nothing of where the first one stood.
                let answer = try await rig.send(
                    .post,
                    path,
                    headers: ["traceparent": Self.parent, "tracestate": "rojo=1", "Idempotency-Key": "k"],
                    body: #"{"text":"count 1"}"#
                )
                #expect(answer.status == 202)
            }
            let route = "/v1/conversations/{id}/messages"
            let found = try await requests(tracer, route, 2)
            let messages = await rig.store.messages(of: ConversationID(id), after: 0, limit: 10)
            let trace = try #require(messages.first?.trace)
            #expect(trace.trace.description == Self.trace && trace.span == found[0].span && trace.isSampled)
            #expect(trace.state == "rojo=1" && found.allSatisfy { $0.conversation == ConversationID(id) })
        }
    }

    @Test("Streams and what is asked all the time have spans only where a caller wants them")
    func looks() async throws {
        let tracer = Tracer()
        try await Rig.run(tracer: tracer) { rig in
            for path in ["/healthz", "/metrics", "/v1/daemon"] { _ = try await rig.send(.get, path) }
            let headers: HTTPHeaders = ["traceparent": Self.parent]
            _ = try await rig.send(.get, "/healthz", headers: headers)
            #expect(try await requests(tracer, "/healthz").count == 1)
            var stream = HTTPRequest(
                .get,
                "http://soma/v1/stream",
                headers: headers,
                unixSocketPath: rig.socket
            )
            stream.addressPolicy = .any
            let run = Task { [stream] in
                for try await _ in try await rig.http.events(stream) { break }
            }
            _ = try await rig.finish("count 2")
            _ = try await run.value
            // It ends with the stream, and not with its head.
            let ended = try #require(try await requests(tracer, "/v1/stream").first)
            #expect(ended.parent != nil && ended.status == 200)
            #expect(
                Set(tracer.requests.compactMap(\.route)).isSubset(of: [
                    "/healthz", "/v1/stream", "/v1/runs",
                ])
            )
        }
    }

    @Test("What has no route is told of without the path that a client made up")
    func refused() async throws {
        let tracer = Tracer()
        try await Rig.run(tracer: tracer) { rig in
            _ = try await rig.send(.get, "/v1/secret?x=1")
            let request = try #require(try await requests(tracer, nil).first)
            #expect(request.status == 404 && request.path == nil)
            _ = try await rig.send(.get, "/v1/runs?status=secret")
            #expect(try await requests(tracer, "/v1/runs").first?.path == "/v1/runs")
        }
    }
}
