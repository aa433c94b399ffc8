import SomaHTTP
import Testing

/// Requests that try to reach a server on this machine although only public addresses are allowed.
@Suite("Request forgery")
struct ForgeryTests {
    /// `PORT` stands for the canary's port.
    static let spellings = [
        "http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/",
        "http://127.255.255.254:PORT/",
        "http://2130706433:PORT/", "http://017700000001:PORT/", "http://0x7f000001:PORT/",
        "http://0x7f.1:PORT/",
        "http://0177.0.0.1:PORT/", "http://0x7f.0x0.0x0.0x1:PORT/", "http://127.0.0.1.:PORT/",
        "http://00000177.1:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://0x0:PORT/",
        "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/",
        "http://a.localhost:PORT/",
        "http://[::1]:PORT/", "http://[::]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://[::ffff:7f00:1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::127.0.0.1]:PORT/",
        "http://[::ffff:0:127.0.0.1]:PORT/", "http://[2002:7f00:1::]:PORT/", "http://[::1%25lo]:PORT/",
        "http://%31%32%37.0.0.1:PORT/", "http://127%2e0%2e0%2e1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/",
        "http://127。0。0。1:PORT/", "http://example.org@127.0.0.1:PORT/", "http://127.0.0.1:PORT@example.org/",
        "http://example.org:80@127.0.0.1:PORT/", "http://127.0.0.1:PORT\\@example.org/",
        "http://example.org#@127.0.0.1:PORT/", "http://127.0.0.1%00.example.org:PORT/",
        "http://127.0.0.1\0.example.org:PORT/", "http://127.0.0.1:PORT\r\nHost: example.org/",
        "http:127.0.0.1:PORT/", "http:///127.0.0.1:PORT/", "//127.0.0.1:PORT/", "127.0.0.1:PORT",
        "https://127.0.0.1:PORT/", "ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/_GET",
        "dict://127.0.0.1:PORT/x",
        "telnet://127.0.0.1:PORT", "file:///etc/passwd", "file://127.0.0.1:PORT/x", "ldap://127.0.0.1:PORT/",
        "smtp://127.0.0.1:PORT/", "ws://127.0.0.1:PORT/", "http://rebound.test:PORT/",
        "http://mixed.test:PORT/",
        "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/",
    ]

    @Test("No spelling reaches a server on this machine")
    func spellings() async throws {
        let canary = try TestServer(handler: answering(response(body: "canary")))
        defer { canary.stop() }
        let client = try HTTPClient()
        for spelling in Self.spellings {
            var request = HTTPRequest(
                .get,
                spelling.replacing("PORT", with: "\(canary.port)"),
                timeouts: HTTPTimeouts(connect: .seconds(2), total: .seconds(2)),
                redirectsMax: 3
            )
            request.pinnedNames = [
                "rebound.test:\(canary.port):127.0.0.1", "mixed.test:\(canary.port):127.0.0.2,127.0.0.1",
                "example.org:80:127.0.0.1", "example.org:\(canary.port):127.0.0.1",
            ]
            let error = try await httpError { _ = try await client.send(request) }
            #expect(
                [.invalidRequest, .addressRefused, .nameNotResolved].contains(error.kind),
                "\(spelling): \(error)"
            )
        }
        #expect(canary.connections == 0)
        // The canary does sing where it may be reached.
        let control = try await client.send(
            HTTPRequest(.get, "http://0x7f.1:\(canary.port)/", addressPolicy: .any)
        )
        #expect(control.text == "canary")
        await client.shutdown()
    }

    @Test(
        "A redirect leads to no forbidden address and no other protocol",
        arguments: [
            ("http://127.0.0.1:PORT/", HTTPError.Kind.addressRefused),
            ("//127.0.0.1:PORT/", .addressRefused),
            ("http://[::1]:PORT/", .addressRefused),
            ("http://2130706433:PORT/", .addressRefused),
            ("file:///etc/passwd", .redirectRefused),
            ("gopher://127.0.0.1:PORT/", .redirectRefused),
            ("http://user@127.0.0.1:PORT/", .redirectRefused),
            ("http://", .redirectRefused),
            ("", .redirectRefused),
        ]
    )
    func redirects(location: String, kind: HTTPError.Kind) async throws {
        let canary = try TestServer(handler: answering(response(body: "canary")))
        defer { canary.stop() }
        let location = location.replacing("PORT", with: "\(canary.port)")
        try await withServer(handler: answering(response("302 Found", ["Location: \(location)"]))) {
            server,
            client in
            // Only the redirecting server is allowed, not its neighbour on the same address.
            let request = HTTPRequest(
                .get,
                server.origin,
                redirectsMax: 5,
                addressPolicy: .allow(AddressRange.loopback(port: server.port))
            )
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == kind, "\(error)")
            #expect(canary.connections == 0)
        }
    }

    @Test("A kept connection that another request opened is not used against the policy")
    func keptConnection() async throws {
        let requests = Log<String>()
        let handler = answering { request in
            requests.append(request.path)
            return Array(SomaHTTPTests.response().utf8)
        }
        try await withServer(handler: handler) { server, client in
            _ = try await client.send(HTTPRequest(.get, server.origin + "/allowed", addressPolicy: .any))
            let error = try await httpError {
                _ = try await client.send(HTTPRequest(.get, server.origin + "/forbidden"))
            }
            #expect(error.kind == .addressRefused)
            #expect(error.reason == "the address 127.0.0.1 is not allowed")
            #expect(!error.isRetryable)
            _ = try await client.send(HTTPRequest(.get, server.origin + "/after", addressPolicy: .any))
            #expect(requests.entries == ["/allowed", "/after"])
        }
    }

    @Test("A unix socket's kept connection serves no request to a host of the same name")
    func unixSocketIsApart() async throws {
        let seen = Log<String>()
        let handler = answering { request in
            seen.append(request.path)
            return Array(SomaHTTPTests.response().utf8)
        }
        try await withServer(.unixSocket, handler: handler) { server, client in
            let host = "http://127.0.0.1:9"
            _ = try await client.send(HTTPRequest(.get, host + "/ours", unixSocketPath: server.socketPath))
            let error = try await httpError { _ = try await client.send(HTTPRequest(.get, host + "/theirs")) }
            #expect(error.kind == .addressRefused)
            #expect(seen.entries == ["/ours"])
        }
    }

    @Test("A policy and a proxy exclude each other")
    func proxy() async throws {
        let client = try HTTPClient()
        let request = HTTPRequest(.get, "http://example.org/", usesEnvironmentProxy: true)
        let error = try await httpError { _ = try await client.send(request) }
        #expect(error.kind == .invalidRequest)
    }
}
