import SomaHTTP
import Testing

@Suite("Failures")
struct FailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: HTTPError.Kind
        let isRetryable: Bool
        let handler: @Sendable (TestPeer) -> Void

        init(
            _ name: String,
            _ kind: HTTPError.Kind,
            retry: Bool,
            _ handler: @escaping @Sendable (TestPeer) -> Void
        ) {
            testDescription = name
            self.kind = kind
            isRetryable = retry
            self.handler = { peer in
                _ = peer.request()
                handler(peer)
            }
        }
    }

    static let cases = [
        Case("hangs up without a word", .connectionLost, retry: true) { _ in },
        Case("resets the connection", .connectionLost, retry: true) { $0.reset() },
        Case("promises more than it sends", .connectionLost, retry: true) {
            $0.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
        },
        Case("breaks off within a chunk", .connectionLost, retry: true) {
            $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort")
        },
        Case("sends a chunk size that is no number", .connectionLost, retry: true) {
            $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
        },
        Case("speaks another protocol", .invalidResponse, retry: false) {
            $0.write("220 mail.example ESMTP\r\n")
        },
        Case("sends a status that is no number", .invalidResponse, retry: false) {
            $0.write("HTTP/1.1 abc OK\r\n\r\n")
        },
        Case("sends broken gzip", .invalidResponse, retry: false) {
            $0.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!")
        },
        Case("sends an endless header", .headTooLarge, retry: false) { peer in
            peer.write("HTTP/1.1 200 OK\r\n")
            while peer.write("X: " + String(repeating: "y", count: 1000) + "\r\n") {}
        },
        Case("sends a header line without an end", .headTooLarge, retry: false) { peer in
            peer.write("HTTP/1.1 200 OK\r\nX: ")
            while peer.write(String(repeating: "y", count: 1000)) {}
        },
        Case("sends only an interim response", .connectionLost, retry: true) {
            $0.write("HTTP/1.1 103 Early Hints\r\n\r\n")
        },
        Case("says nothing", .timedOut(.firstByte), retry: true) { $0.waitForHangUp() },
        Case("stalls in the body", .timedOut(.idle), retry: true) { peer in
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            peer.waitForHangUp()
        },
        Case("stalls in the header", .timedOut(.idle), retry: true) { peer in
            peer.write("HTTP/1.1 200 OK\r\nA: 1\r\n")
            peer.waitForHangUp()
        },
    ]

    @Test("A server that misbehaves gives a telling error", arguments: cases)
    func misbehaving(test: Case) async throws {
        try await withServer(handler: test.handler) { server, client in
            let request = HTTPRequest(
                .get,
                server.origin + "/x?key=secret",
                timeouts: HTTPTimeouts(firstByte: .milliseconds(150), idle: .milliseconds(150)),
                addressPolicy: .any
            )
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == test.kind, "\(error)")
            #expect(error.isRetryable == test.isRetryable)
            #expect(error.mayHaveBeenSent)
            #expect(error.url == server.origin + "/x")
            #expect(!error.description.contains("secret"))
        }
    }

    @Test(
        "An answer that stalls is given up at its own limit, however long the first byte might have taken",
        arguments: [nil, .seconds(20)] as [Duration?]
    )
    func stallsSoon(firstByte: Duration?) async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            peer.waitForHangUp()
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(
                .get,
                server.origin,
                timeouts: HTTPTimeouts(firstByte: firstByte, idle: .milliseconds(150), total: .seconds(20)),
                addressPolicy: .any
            )
            let start = ContinuousClock.now
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .timedOut(.idle))
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test("A trickle of bytes ends at the total limit")
    func trickle() async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while peer.write("1\r\nx\r\n") {}
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(
                .get,
                server.origin,
                timeouts: HTTPTimeouts(total: .milliseconds(100)),
                maxBodyBytes: Int.max,
                addressPolicy: .any
            )
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .timedOut(.total))
        }
    }

    @Test("A handshake that never comes ends at the connection's limit")
    func stalledHandshake() async throws {
        try await withServer(handler: { $0.waitForHangUp() }) { server, client in
            let request = HTTPRequest(
                .get,
                "https://127.0.0.1:\(server.port)/",
                timeouts: HTTPTimeouts(connect: .milliseconds(100)),
                addressPolicy: .any
            )
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .timedOut(.connect))
            #expect(!error.mayHaveBeenSent)
        }
    }

    @Test("Plain text where TLS is expected is refused")
    func plainTextForTLS() async throws {
        let handler: @Sendable (TestPeer) -> Void = { peer in
            _ = peer.read()
            peer.write(SomaHTTPTests.response())
        }
        try await withServer(handler: handler) { server, client in
            let request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)/", addressPolicy: .any)
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .tlsFailed)
            #expect(!error.isRetryable)
        }
    }

    @Test("Nobody listening is told as such, on a port and on a socket")
    func nobodyThere() async throws {
        let server = try TestServer { _ in }
        let origin = server.origin
        let client = try HTTPClient()
        server.stop()
        for request in [
            HTTPRequest(.get, origin, addressPolicy: .any),
            HTTPRequest(.get, "http://soma/", unixSocketPath: "/nonexistent/soma.sock"),
        ] {
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .connectFailed)
            #expect(
                request.unixSocketPath == nil
                    || error.reason == "nobody answers at unix:/nonexistent/soma.sock"
            )
            #expect(error.curlCode == 7)
            #expect(error.isRetryable)
            #expect(!error.mayHaveBeenSent)
        }
    }

    @Test("A missing file of authorities is told before anything is trusted")
    func missingAuthorities() async throws {
        try await withServer(handler: { _ = $0.read() }) { server, client in
            let request = HTTPRequest(
                .get,
                "https://127.0.0.1:\(server.port)/",
                addressPolicy: .any,
                certificateAuthorityFile: "/nonexistent/ca.pem"
            )
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .tlsFailed)
        }
    }

    @Test(
        "Errors show no secrets of a URL and no control characters",
        arguments: [
            ("https://user:pass@host/path?token=1#f", "https://host/path"),
            ("https://host/p", "https://host/p"),
            ("http://a:b/c@host/x", "http://host/x"),
            ("user:pass@host", "user:host"),
            ("http://h/\u{1B}[31m", "http://h/\u{FFFD}[31m"),
            ("", ""),
        ]
    )
    func redaction(url: String, shown: String) {
        #expect(HTTPError(.invalidRequest, url: url, reason: "r").url == shown)
    }
}
