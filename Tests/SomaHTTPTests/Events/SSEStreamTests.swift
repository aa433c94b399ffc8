import SomaHTTP
import Testing

@Suite("Event streams")
struct SSEStreamTests {
    private static let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"

    @Test("Events are read until the server ends the stream")
    func events() async throws {
        let seen = Log<TestRequest>()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            if let request = peer.request() { seen.append(request) }
            peer.write(Self.head)
            for byte in "id: 1\ndata: a\n\nretry: 5\ndata: b\n\ndata: lost".utf8 { peer.write([byte]) }
        }
        try await withServer(handler: handler) { server, client in
            let stream = try await client.events(HTTPRequest(.get, server.origin, addressPolicy: .any))
            var iterator = stream.makeAsyncIterator()
            var events: [SSEEvent] = []
            while let event = try await iterator.next() { events.append(event) }
            #expect(events == [SSEEvent(data: "a", lastEventID: "1"), SSEEvent(data: "b", lastEventID: "1")])
            #expect(iterator.lastEventID == "1")
            #expect(iterator.retry == .milliseconds(5))
            #expect(seen.entries.first?.header("Accept") == "text/event-stream")
        }
    }

    @Test(
        "What is no event stream is refused with its beginning",
        arguments: [
            ("401 No", "text/event-stream", HTTPError.Kind.unexpectedStatus),
            ("200 OK", "text/html", .invalidResponse),
        ]
    )
    func noEventStream(status: String, type: String, kind: HTTPError.Kind) async throws {
        let raw = response(status, ["Content-Type: \(type)"], body: "because")
        try await withServer(handler: answering(raw)) { server, client in
            let error = try await httpError {
                _ = try await client.events(HTTPRequest(.get, server.origin, addressPolicy: .any))
            }
            #expect(error.kind == kind)
            #expect(error.response?.text == "because")
            #expect(!error.isRetryable)
        }
    }

    @Test("A type that is no event stream's can't reach the terminal as a command, nor fill it")
    func hostileType() async throws {
        let type = "text/\u{1B}]0;x\u{7}" + String(repeating: "y", count: 5_000)
        let raw = response("200 OK", ["Content-Type: \(type)"])
        try await withServer(handler: answering(raw)) { server, client in
            let error = try await httpError {
                _ = try await client.events(HTTPRequest(.get, server.origin, addressPolicy: .any))
            }
            #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
            #expect(error.description.utf8.count < 300)
        }
    }

    @Test("Opening is retried where asked for")
    func openingIsRetried() async throws {
        let (elements, _, clock) = try await play([response("503 Busy")]) { client, request, timing in
            let stream = try await client.events(
                request,
                retry: RetryPolicy(attemptsMax: 2),
                timing: timing,
                onRetry: nil
            )
            return try await stream.reduce(into: []) { $0.append(.event($1)) }
        }
        #expect(elements == [])
        #expect(clock.slept.count == 1)
    }

    @Test("A lost stream is resumed after its last event, without gap or repeat")
    func resumes() async throws {
        let (elements, resumedFrom, clock) = try await play([
            Self.head + "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: cut off",
            response("503 Busy", ["Retry-After: 3"]),
            "",
            Self.head + "retry: 0\nid: 3\ndata: c\n\nid: 4\n\n",
            Self.head + "id\ndata: d\n\n",
            Self.head,
        ])
        #expect(resumedFrom == [nil, "2", "2", "2", "4", nil, nil])
        #expect(
            elements.map(\.summary) == [
                "connected 1 from -", "a", "b", "lost 1", "lost 2: unexpectedStatus",
                "lost 3: connectionLost",
                "connected 2 from 2", "c", "lost 1", "connected 3 from 4", "d", "lost 1",
                "connected 4 from - with a gap",
                "lost 2",
            ]
        )
        #expect(clock.slept.count == 6)
        #expect(clock.slept[1] >= .seconds(3))
        // The server's delay of 0 leaves no room for jitter.
        #expect(clock.slept[3...] == [.zero, .zero, .zero])
    }

    @Test("A pruned position ends the stream with the server's answer")
    func gone() async throws {
        let error = try await httpError {
            _ = try await self.play([Self.head + "id: 1\ndata: a\n\n", response("410 Gone", body: "pruned")])
        }
        #expect(error.response?.status == 410)
        #expect(error.response?.text == "pruned")
    }

    @Test("A stream that never brings an event is given up")
    func givesUp() async throws {
        let error = try await httpError {
            _ = try await self.play([Self.head, Self.head, Self.head, Self.head])
        }
        #expect(error.kind == .connectionLost)
        #expect(error.reason == "the event stream ended 3 times without an event")
    }

    @Test("An event too large ends the stream")
    func tooLarge() async throws {
        let error = try await httpError {
            _ = try await self.play([Self.head + "data: " + String(repeating: "x", count: 2000) + "\n\n"])
        }
        #expect(error.kind == .eventTooLarge)
    }

    @Test("Waiting for the next connection can be cancelled")
    func cancelled() async throws {
        try await withServer(handler: { _ = $0.request() }) { server, client in
            let stream = SSEStream(
                client: client,
                request: HTTPRequest(.get, server.origin, addressPolicy: .any),
                policy: RetryPolicy(base: .seconds(3600), cap: .seconds(3600))
            )
            let task = Task {
                for try await _ in stream { withUnsafeCurrentTask { $0?.cancel() } }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// Answers one connection after the other, with 204 at the end, and returns what the consumer and the server saw.
    private func play(
        _ answers: [String],
        _ consume: (@Sendable (HTTPClient, HTTPRequest, HTTPTiming) async throws -> [SSEStream.Element])? =
            nil
    ) async throws -> ([SSEStream.Element], [String?], InstantClock) {
        let seen = Log<String?>()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            guard let request = peer.request() else { return }
            let number = seen.append(request.header("Last-Event-ID"))
            let end = consume == nil ? response("204 Enough", ["Connection: close"]) : Self.head
            peer.write(number <= answers.count ? answers[number - 1] : end)
        }
        let clock = InstantClock()
        let elements = try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(.get, server.origin, addressPolicy: .any, needsFreshConnection: true)
            let timing = HTTPTiming(clock: clock, random: SeededGenerator(state: 2))
            if let consume { return try await consume(client, request, timing) }
            let stream = SSEStream(
                client: client,
                request: request,
                policy: RetryPolicy(attemptsMax: answers.count == 4 ? 3 : 4),
                limits: SSELimits(lineBytes: 1000),
                timing: timing
            )
            return try await stream.reduce(into: []) { $0.append($1) }
        }
        return (elements, seen.entries, clock)
    }
}

extension SSEStream.Element {
    fileprivate var summary: String {
        switch self {
        case .connected(let connection):
            "connected \(connection.number) from \(connection.resumedFrom ?? "-")"
                + (connection.mayHaveGap ? " with a gap" : "")
        case .event(let event): event.data
        case .disconnected(let loss):
            "lost \(loss.failures)" + (loss.error.map { ": \($0.kind)" } ?? "")
        }
    }
}
