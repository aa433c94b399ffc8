import Testing

@testable import SomaHTTP

@Suite("Requests")
struct RequestTests {
    @Test(
        "Fields that would change the message's framing or shape are refused",
        arguments: [
            HTTPHeader(name: "X", value: "a\r\nY: b"), HTTPHeader(name: "X", value: "a\nb"),
            HTTPHeader(name: "X", value: "a\rb"), HTTPHeader(name: "X", value: "a\0b"),
            HTTPHeader(name: "X", value: "\u{7F}"), HTTPHeader(name: "X\r\nY", value: "b"),
            HTTPHeader(name: "X:", value: "b"), HTTPHeader(name: "X Y", value: "b"),
            HTTPHeader(name: "", value: "b"),
            HTTPHeader(name: "é", value: "b"), HTTPHeader(name: "content-length", value: "5"),
            HTTPHeader(name: "Transfer-Encoding", value: "chunked"),
            HTTPHeader(name: "Connection", value: "close"),
            HTTPHeader(name: "UPGRADE", value: "h2c"), HTTPHeader(name: "Expect", value: "100-continue"),
        ]
    )
    func refusedField(field: HTTPHeader) throws {
        let request = HTTPRequest(.get, "http://example.org/", headers: HTTPHeaders([field]))
        #expect(kind { try plan(request) } == .invalidRequest)
    }

    @Test("Methods that are no token are refused", arguments: ["", "GET /x HTTP/1.1\r\nA:", "GE T", "GÉT"])
    func refusedMethod(method: String) {
        #expect(
            kind { try plan(HTTPRequest(HTTPMethod(rawValue: method), "http://example.org/")) }
                == .invalidRequest
        )
    }

    @Test("An unusable file of authorities is refused", arguments: ["", "a\0b"])
    func refusedAuthorities(file: String) {
        let request = HTTPRequest(.get, "http://example.org/", certificateAuthorityFile: file)
        #expect(kind { try plan(request) } == .invalidRequest)
    }

    @Test(
        "URLs that can't be asked for are refused",
        arguments: [
            "", "x", "/path", "http://", "http:///", "ftp://example.org/", "file:///etc/passwd",
            "gopher://h/",
            "http://user@example.org/", "http://user:pass@example.org/", "http://example.org:0/",
            "http://example.org:99999/", "http://example.org:port/", "http://a b/", "http://h/\n",
            "http://h/\0",
            "http://[::1/", "http://example.org/" + String(repeating: "x", count: 16 * 1024),
            "javascript:alert(1)",
        ]
    )
    func refusedURL(url: String) {
        #expect(kind { _ = try RequestURL(url) } == .invalidRequest)
    }

    @Test(
        "URLs are normalised",
        arguments: [
            ("http://Example.ORG", "http://Example.ORG/", "example.org", 80),
            ("https://example.org/a/../b?q=1#f", "https://example.org/b?q=1", "example.org", 443),
            ("http://example.org:8080/a b", "http://example.org:8080/a%20b", "example.org", 8080),
            ("http://[::1]:81/", "http://[::1]:81/", "[::1]", 81),
        ]
    )
    func normalised(url: String, text: String, host: String, port: Int) throws {
        let parsed = try RequestURL(url)
        #expect(parsed.text == text)
        #expect(parsed.host == host)
        #expect(parsed.port == port)
    }

    @Test("Fields are found without regard to case, kept in order, replaced in place")
    func headers() {
        var headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3"]
        #expect(headers["a"] == "1")
        #expect(headers.values(of: "A") == ["1", "3"])
        #expect(headers["c"] == nil)
        headers["a"] = "4"
        headers.add("C", "5")
        headers["d"] = "6"
        headers["b"] = nil
        #expect(headers == ["a": "4", "C": "5", "d": "6"])
    }

    @Test("Heads are put together from lines")
    func head() throws {
        var parser = ResponseHeadParser(url: "u")
        var heads: [HTTPResponseHead] = []
        for line in [
            "HTTP/2 103\r\n", "A: 0\r\n", "\r\n", " lost\r\n", "HTTP/1.1 200 \r\n", "A:1\r\n", "\t2\r\n",
            "no colon\r\n", "B :\r\n", "\r\n", "T: 1\r\n", "\r\n",
        ] {
            if let head = try parser.feed(Array(line.utf8)) { heads.append(head) }
        }
        #expect(heads == [HTTPResponseHead(status: 200, headers: ["A": "1 2", "B": ""], url: "u")])
        #expect(heads.first?.mediaType == nil)
    }

    @Test("Only what does no harm twice is repeated")
    func repeatable() {
        let requests = [
            HTTPRequest(.get, "u"), HTTPRequest(.post, "u"),
            HTTPRequest(.post, "u", headers: ["idempotency-key": "1"]),
            HTTPRequest(.post, "u", isIdempotent: true), HTTPRequest(.put, "u", isIdempotent: false),
        ]
        #expect(requests.map(\.mayBeRepeated) == [true, false, true, true, false])
    }

    private func plan(_ request: HTTPRequest) throws {
        _ = try TransferPlan(request, url: try RequestURL(request.url), deadline: nil, userAgent: "test")
    }

    private func kind(_ body: () throws -> Void) -> HTTPError.Kind? {
        do { try body() } catch { return (error as? HTTPError)?.kind }
        return nil
    }
}
