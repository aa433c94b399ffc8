import SomaHTTP
import Testing

@Suite("Lifetimes")
struct LifetimeTests {
    @Test("Cancelling the task ends the transfer, before and after the head", arguments: [false, true])
    func cancellation(afterHead: Bool) async throws {
        let (requests, arrived) = AsyncStream<Void>.makeStream()
        let (ends, ended) = AsyncStream<Void>.makeStream()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            if afterHead { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") }
            arrived.yield()
            peer.waitForHangUp()
            ended.yield()
        }
        try await withServer(handler: handler) { server, client in
            let task = Task { try await client.send(HTTPRequest(.get, server.origin, addressPolicy: .any)) }
            for await _ in requests { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            for await _ in ends { break }
        }
    }

    @Test("A task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        try await withServer(handler: answering(SomaHTTPTests.response())) { server, client in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(HTTPRequest(.get, server.origin, addressPolicy: .any))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(server.connections == 0)
        }
    }

    @Test("Letting go of a body ends its transfer")
    func droppedBody() async throws {
        let (ends, ended) = AsyncStream<Void>.makeStream()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\n\r\nabc")
            peer.waitForHangUp()
            ended.yield()
        }
        try await withServer(handler: handler) { server, client in
            let status = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any)).head
                .status
            #expect(status == 200)
            for await _ in ends { break }
        }
    }

    @Test("A body outlives its client")
    func bodyOutlivesClient() async throws {
        let server = try TestServer(handler: answering(SomaHTTPTests.response(body: "still here")))
        defer { server.stop() }
        let body = try await HTTPClient().stream(HTTPRequest(.get, server.origin, addressPolicy: .any)).body
        var text = ""
        for try await chunk in body { text += String(decoding: chunk, as: UTF8.self) }
        #expect(text == "still here")
    }

    @Test("Shutting down fails what is under way and all that follows")
    func shutdown() async throws {
        let (requests, arrived) = AsyncStream<Void>.makeStream()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            arrived.yield()
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(.get, server.origin, addressPolicy: .any)
            async let first = httpError { _ = try await client.send(request) }
            for await _ in requests { break }
            await client.shutdown()
            await client.shutdown()
            let errors = [try await first, try await httpError { _ = try await client.send(request) }]
            #expect(errors.map(\.kind) == [.closed, .closed])
        }
    }
}
