import Testing

@testable import SomaHTTP

@Suite("Redirects")
struct RedirectTests {
    @Test(
        "Methods and bodies change as RFC 9110 says",
        arguments: [
            (HTTPMethod.post, 301, HTTPMethod.get, false), (.post, 302, .get, false),
            (.post, 303, .get, false),
            (.post, 307, .post, true), (.post, 308, .post, true), (.put, 301, .put, true),
            (.put, 303, .get, false),
            (.head, 303, .head, true), (.get, 302, .get, true),
        ]
    )
    func methods(method: HTTPMethod, status: Int, becomes: HTTPMethod, keepsBody: Bool) throws {
        let next = try #require(try follow(method, "http://a.test/x/y?q", status, to: "../z"))
        #expect(next.url.text == "http://a.test/z")
        #expect(next.request.method == becomes)
        #expect((next.request.body != nil) == keepsBody)
        #expect((next.request.headers["Content-Type"] != nil) == keepsBody)
        #expect(next.request.headers["X-API-Key"] == "secret")
    }

    @Test(
        "Another origin sees no credentials",
        arguments: ["http://b.test/", "http://a.test:81/", "https://a.test/"]
    )
    func otherOrigin(location: String) throws {
        let next = try #require(try follow(.get, "http://a.test/", 302, to: location))
        #expect(next.request.headers == ["Accept": "x", "Content-Type": "t"])
    }

    @Test("The same origin spelled otherwise is the same")
    func sameOrigin() throws {
        let next = try #require(try follow(.get, "http://a.test/", 302, to: "HTTP://A.TEST:80/b"))
        #expect(next.request.headers["X-API-Key"] == "secret")
    }

    @Test("From https nothing leads to http, and from a unix socket to nowhere else")
    func refused() {
        let error = #expect(throws: HTTPError.self) {
            try follow(.get, "https://a.test/", 302, to: "http://a.test/")
        }
        #expect(error?.kind == .redirectRefused)
        let other = #expect(throws: HTTPError.self) {
            try follow(.get, "http://soma/", 302, to: "http://b.test/", socket: "/s")
        }
        #expect(other?.kind == .redirectRefused)
    }

    @Test(
        "What is no redirect, has no target or is not to be followed is handed over",
        arguments: [(200, "x", 1), (304, "x", 1), (302, nil, 1), (302, "x", 0)] as [(Int, String?, Int)]
    )
    func notFollowed(status: Int, location: String?, redirectsMax: Int) throws {
        let next = try follow(.get, "http://a.test/", status, to: location, redirectsMax: redirectsMax)
        #expect(next?.url == nil)
    }

    @Test("Redirects are followed to their end, and circles are left")
    func live() async throws {
        let handler = answering { request in
            let next =
                request.path == "/circle"
                ? "/circle" : request.path == "/3" ? nil : "/\(request.path.count + 1)"
            guard let next else { return Array(response(body: "end").utf8) }
            return Array(response("307 Next", ["Location: \(next)"], body: "elsewhere").utf8)
        }
        try await withServer(handler: handler) { server, client in
            var request = HTTPRequest(.get, server.origin + "/", redirectsMax: 3, addressPolicy: .any)
            let end = try await client.send(request)
            #expect(end.text == "end")
            #expect(end.head.url == server.origin + "/3")
            request.url = server.origin + "/circle"
            let error = try await httpError { _ = try await client.send(request) }
            #expect(error.kind == .redirectRefused)
            #expect(error.reason == "more than 3 redirects")
            request.redirectsMax = 0
            let first = try await client.send(request)
            #expect(first.status == 307)
            #expect(first.text == "elsewhere")
        }
    }

    private func follow(
        _ method: HTTPMethod,
        _ url: String,
        _ status: Int,
        to location: String?,
        socket: String? = nil,
        redirectsMax: Int = 3
    ) throws -> RedirectHop? {
        let request = HTTPRequest(
            method,
            url,
            headers: [
                "Accept": "x", "Authorization": "a", "Cookie": "c", "X-API-Key": "secret",
                "Content-Type": "t",
            ],
            body: [1],
            unixSocketPath: socket,
            redirectsMax: redirectsMax
        )
        let head = HTTPResponseHead(
            status: status,
            headers: location.map { ["Location": $0] } ?? [:],
            url: url
        )
        return try RedirectHop(request: request, url: try RequestURL(url)).following(head)
    }
}
