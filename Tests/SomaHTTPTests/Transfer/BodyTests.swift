import SomaHTTP
import Testing

@Suite("Bodies")
struct BodyTests {
    @Test("A gzip body is decoded")
    func gzip() async throws {
        let packed = gzipOfZeros(matches: 10)
        let handler = answering { _ in gzipResponse(packed) }
        try await withServer(handler: handler) { server, client in
            let response = try await client.send(HTTPRequest(.get, server.origin, addressPolicy: .any))
            #expect(response.body == [UInt8](repeating: 0, count: 2581))
        }
    }

    @Test("A gzip bomb is stopped at the limit on decoded bytes")
    func gzipBomb() async throws {
        let packed = gzipOfZeros(matches: 40_000)
        let handler = answering { _ in gzipResponse(packed) }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(.get, server.origin, maxBodyBytes: 1 << 20, addressPolicy: .any)
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .bodyTooLarge)
            #expect(
                error.description
                    == "\(server.origin)/: the body exceeds 1048576 bytes (ask for less, or raise the limit)"
            )
        }
    }

    @Test("A slow reader of a gzip body loses nothing")
    func slowReaderOfGzip() async throws {
        let packed = gzipOfZeros(matches: 40_000)
        let handler = answering { _ in gzipResponse(packed) }
        try await withServer(handler: handler) { server, client in
            let response = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any))
            var count = 0
            for try await chunk in response.body {
                #expect(chunk.count <= HTTPLimits.bufferedBytes + 16 * 1024)
                count += chunk.count
                await Task.yield()
            }
            #expect(count == 1 + 40_000 * 258)
        }
    }

    @Test("A body larger than every buffer arrives whole and in order")
    func largeBody() async throws {
        let block = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(16 << 20)\r\n\r\n")
            for _ in 0..<16 { peer.write(block) }
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let response = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any))
            var received: [UInt8] = []
            for try await chunk in response.body {
                received += chunk
                #expect(chunk.count <= HTTPLimits.bufferedBytes + 16 * 1024)
                await Task.yield()
            }
            #expect(received.count == 16 << 20)
            #expect((0..<16).allSatisfy { received[$0 << 20..<($0 + 1) << 20].elementsEqual(block) })
        }
    }

    @Test("A server is held up while nobody reads, and goes on when somebody does")
    func backPressure() async throws {
        let (pauses, paused) = AsyncStream<Int>.makeStream()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            if peer.request()?.path == "/small" {
                peer.write(SomaHTTPTests.response(body: "small"))
                return
            }
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n")
            let block = [UInt8](repeating: 7, count: 16 << 10)
            var hasTold = false
            for index in 0..<4096 {
                if !hasTold, peer.isHeldUp(milliseconds: 100) {
                    hasTold = true
                    paused.yield(index)
                }
                peer.write(block)
            }
            paused.yield(4096)
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let large = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any))
            let written = await pauses.first { _ in true }
            #expect(written.map { $0 < 4096 } == true)
            // The paused exchange holds up no other one.
            let small = try await client.send(
                HTTPRequest(.get, server.origin + "/small", addressPolicy: .any)
            )
            #expect(small.text == "small")
            var count = 0
            for try await chunk in large.body { count += chunk.count }
            #expect(count == 64 << 20)
        }
    }

    @Test("Too large a body is refused by its stated length", arguments: [("10", true), ("11", false)])
    func statedLength(length: String, fits: Bool) async throws {
        let raw = "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n" + String(repeating: "x", count: 11)
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write(raw)
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(.get, server.origin, maxBodyBytes: 10, addressPolicy: .any)
            if fits {
                #expect(try await client.send(request).body.count == 10)
            } else {
                let error = try await httpError { _ = try await client.send(request) }
                #expect(error.kind == .bodyTooLarge)
            }
        }
    }

    @Test("The beginning of a body can be read without the rest")
    func prefix() async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\nsorry")
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let response = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any))
            let start = try await response.prefix(5)
            #expect(start.text == "sorry")
            #expect(start.status == 500)
        }
    }

    @Test("A body read twice at the same time is an error, not a crash")
    func readTwice() async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let response = try await client.stream(HTTPRequest(.get, server.origin, addressPolicy: .any))
            let kinds = await withTaskGroup(of: HTTPError.Kind?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        var iterator = response.body.makeAsyncIterator()
                        do { _ = try await iterator.next() } catch { return (error as? HTTPError)?.kind }
                        return nil
                    }
                }
                let first = await group.next()
                group.cancelAll()
                return first
            }
            #expect(kinds == .some(.invalidRequest))
        }
    }
}

private func gzipResponse(_ packed: [UInt8]) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n".utf8)
        + packed
}
