import SomaHTTP
import Testing

@Suite("Exchanges")
struct ExchangeTests {
    @Test(
        "A request arrives as it was made",
        arguments: [
            (HTTPMethod.get, nil as String?, nil as String?),
            (.post, "hello", "5"),
            (.post, nil, "0"),
            (.put, "", "0"),
            (.patch, "{}", "2"),
            (.delete, nil, nil),
            (.delete, "x", "1"),
            ("PURGE", nil, nil),
        ]
    )
    func requestArrives(method: HTTPMethod, body: String?, length: String?) async throws {
        let seen = Log<TestRequest>()
        let handler = answering { request in
            seen.append(request)
            return Array(SomaHTTPTests.response().utf8)
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(
                method,
                server.origin + "/a b?q=1#f",
                headers: ["X-Empty": "", "X-One": "1"],
                body: body.map { Array($0.utf8) },
                addressPolicy: .any
            )
            _ = try await client.send(request)
        }
        let request = try #require(seen.entries.first)
        #expect(request.line == "\(method.rawValue) /a%20b?q=1 HTTP/1.1")
        #expect(request.body == Array((body ?? "").utf8))
        #expect(request.header("Content-Length") == length)
        #expect(request.header("X-Empty") == "")
        #expect(request.header("X-One") == "1")
        #expect(request.header("User-Agent") == "soma")
        #expect(request.header("Accept-Encoding") == "gzip")
        #expect(request.header("Content-Type") == nil)
        #expect(request.header("Expect") == nil)
    }

    @Test("A response's status, fields and body are told")
    func responseIsTold() async throws {
        let raw =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + SomaHTTPTests.response(
                "207 Many",
                ["A: 1", "a: 2", "Content-Type: Text/HTML ; charset=x"],
                body: "hé"
            )
        try await withServer(handler: answering(raw)) { server, client in
            let response = try await client.send(HTTPRequest(.get, server.origin, addressPolicy: .any))
            #expect(
                response
                    == HTTPResponse(
                        head: HTTPResponseHead(
                            status: 207,
                            headers: [
                                "A": "1", "a": "2", "Content-Type": "Text/HTML ; charset=x",
                                "Content-Length": "3",
                            ],
                            url: server.origin + "/"
                        ),
                        body: Array("hé".utf8)
                    )
            )
            #expect(response.head.mediaType == "text/html")
            #expect(response.text == "hé")
            let successful = try response.requireSuccess()
            #expect(successful == response)
        }
    }

    @Test("A body in one-byte chunks with extensions and trailers is put together")
    func oddChunks() async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for letter in "abcdef" { peer.write("1;x=\"y\"\r\n\(letter)\r\n") }
            peer.write("0\r\nX-Trailer: 1\r\n\r\n")
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let response = try await client.send(HTTPRequest(.get, server.origin, addressPolicy: .any))
            #expect(response.text == "abcdef")
            #expect(response.headers["X-Trailer"] == nil)
        }
    }

    @Test(
        "Responses without a body end at once",
        arguments: [(HTTPMethod.head, "200 OK"), (.get, "204 No"), (.get, "304 Same")]
    )
    func bodiless(method: HTTPMethod, status: String) async throws {
        let raw = "HTTP/1.1 \(status)\r\nX: 1\r\n\r\n"
        try await withServer(handler: answering(raw)) { server, client in
            let response = try await client.send(HTTPRequest(method, server.origin, addressPolicy: .any))
            #expect(response.body == [])
            #expect(response.headers["x"] == "1")
        }
    }

    @Test("Limits of any size are taken", arguments: [Duration.zero, .seconds(-1), .seconds(Int64.max)])
    func oddLimits(limit: Duration) async throws {
        try await withServer(handler: answering(SomaHTTPTests.response())) { server, client in
            // A limit of nothing may pass before or after the answer; what counts is that one comes.
            let timeouts = HTTPTimeouts(connect: limit, firstByte: limit, idle: limit, total: limit)
            do {
                _ = try await client.send(
                    HTTPRequest(.get, server.origin, timeouts: timeouts, maxBodyBytes: 0, addressPolicy: .any)
                )
            } catch let error as HTTPError {
                guard case .timedOut = error.kind else { throw error }
                #expect(limit <= .zero)
            }
        }
    }

    @Test("Connections are kept unless a fresh one is asked for", arguments: [(false, 1), (true, 3)])
    func keptConnections(fresh: Bool, expected: Int) async throws {
        try await withServer(handler: answering(SomaHTTPTests.response())) { server, client in
            for _ in 0..<3 {
                _ = try await client.send(
                    HTTPRequest(.get, server.origin, addressPolicy: .any, needsFreshConnection: fresh)
                )
            }
            #expect(server.connections == expected)
        }
    }

    @Test("Two hundred requests at once over a unix socket work, and idling costs nothing")
    func manyAtOnce() async throws {
        let handler = answering { Array(SomaHTTPTests.response(body: $0.path).utf8) }
        try await withServer(.unixSocket, handler: handler) { server, client in
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let request = HTTPRequest(
                            .get,
                            "http://soma/\(index)",
                            unixSocketPath: server.socketPath
                        )
                        return try await client.send(request).text
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(texts == Set((0..<200).map { "/\($0)" }))

            // Idleness can only be seen by letting time pass; the loop may still be settling at first.
            var previous = -1
            while previous != client.turns {
                previous = client.turns
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(60))
            #expect(client.turns == previous)
        }
    }

    @Test(
        "A socket's path that can't be one is refused before anything happens",
        arguments: [
            "", "/tmp/a\0b", "/" + String(repeating: "x", count: 107),
        ]
    )
    func badSocketPath(path: String) async throws {
        let client = try HTTPClient()
        let error = try await httpError {
            _ = try await client.send(HTTPRequest(.get, "http://soma/", unixSocketPath: path))
        }
        #expect(error.kind == .invalidRequest)
    }
}
