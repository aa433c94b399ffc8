import Testing

@testable import SomaHTTP

@Suite("Retries")
struct RetryTests {
    static let policy = RetryPolicy(
        attemptsMax: 4,
        base: .milliseconds(100),
        cap: .milliseconds(350),
        retryAfterMax: .seconds(60)
    )

    @Test(
        "Bounds double up to the cap",
        arguments: [(1, 100), (2, 200), (3, 350), (4, 350), (1000, 350), (0, 100)]
    )
    func bounds(retry: Int, milliseconds: Int) {
        #expect(Self.policy.bound(beforeRetry: retry) == .milliseconds(milliseconds))
    }

    @Test("Delays use the whole range up to their bound, and repeat for a seed")
    func fullJitter() {
        var generator = SeededGenerator(state: 7)
        let delays = (0..<2000).map { _ in Self.policy.delay(beforeRetry: 2, using: &generator) }
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= .milliseconds(200) })
        #expect(delays.contains { $0 < .milliseconds(5) })
        #expect(delays.contains { $0 > .milliseconds(195) })
        var again = SeededGenerator(state: 7)
        #expect(Self.policy.delay(beforeRetry: 2, using: &again) == delays.first)
    }

    @Test(
        "Retry-After is understood as seconds and as a date",
        arguments: [
            (["Retry-After": "120"], Duration.seconds(120)),
            (["Retry-After": " 0 "], .seconds(0)),
            (["Retry-After": "99999999999999999999"], .seconds(9_999_999_999)),
            (
                ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:07 GMT"],
                .seconds(30)
            ),
            (["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"], .seconds(37)),
            (["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "nonsense"], .seconds(37)),
            (["Retry-After": "Sun, 06 Nov 1984 08:49:37 GMT"], .zero),
            (["Retry-After": "-1"], nil), (["Retry-After": "soon"], nil), (["Retry-After": ""], nil),
            ([:], nil),
        ] as [([String: String], Duration?)]
    )
    func retryAfter(fields: [String: String], expected: Duration?) {
        let headers = HTTPHeaders(fields.map { HTTPHeader(name: $0.key, value: $0.value) })
        #expect(headers.retryAfter(now: 784_111_740) == expected)
    }

    @Test(
        "Dates count from 1970",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
            ("Sun, 32 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func dates(text: String, seconds: Int64?) {
        #expect(secondsFromHTTPDate(text) == seconds)
    }

    @Test(
        "A transient failure is waited out",
        arguments: [HTTPMethod.get, .put, .delete]
    )
    func succeedsAtLast(method: HTTPMethod) async throws {
        let answers = ["503 Busy", "429 Slow", "200 OK"]
        let (result, clock, notices) = try await run(
            HTTPRequest(method, "/"),
            answers: answers,
            retryAfter: "2"
        )
        #expect(try result.get().status == 200)
        #expect(clock.slept.count == 2)
        #expect(clock.slept.allSatisfy { $0 >= .seconds(2) && $0 <= .milliseconds(2350) })
        #expect(notices.map(\.retry) == [1, 2])
        #expect(notices.map(\.delay) == clock.slept)
        #expect(notices.map(\.error.response?.status) == [503, 429])
    }

    @Test("The last failure is handed over as it is")
    func givesUp() async throws {
        let (result, clock, _) = try await run(
            HTTPRequest(.get, "/"),
            answers: ["500 a", "502 b", "503 c", "504 d", "200 never"]
        )
        #expect(try result.get().status == 504)
        #expect(clock.slept.count == 3)
    }

    @Test("A request that must not be repeated is sent once")
    func notIdempotent() async throws {
        let (result, clock, _) = try await run(HTTPRequest(.post, "/"), answers: ["503 Busy", "200 OK"])
        #expect(try result.get().status == 503)
        #expect(clock.slept == [])
        let (allowed, _, _) = try await run(
            HTTPRequest(.post, "/", isIdempotent: true),
            answers: ["503 Busy", "200 OK"]
        )
        #expect(try allowed.get().status == 200)
    }

    @Test("A final status is not repeated, and too long a Retry-After not waited for")
    func final() async throws {
        let (result, clock, _) = try await run(HTTPRequest(.get, "/"), answers: ["404 No", "200 OK"])
        #expect(try result.get().status == 404)
        #expect(clock.slept == [])
        let (busy, waited, _) = try await run(
            HTTPRequest(.get, "/"),
            answers: ["503 Busy", "200 OK"],
            retryAfter: "61"
        )
        #expect(try busy.get().status == 503)
        #expect(waited.slept == [])
    }

    @Test("A lost connection is repeated for what may be, a missing server for everything")
    func connections() async throws {
        let (lost, _, _) = try await run(HTTPRequest(.get, "/"), answers: ["", "200 OK"])
        #expect(try lost.get().status == 200)
        let (once, clock, _) = try await run(HTTPRequest(.post, "/"), answers: ["", "200 OK"])
        let error = #expect(throws: HTTPError.self) { try once.get() }
        #expect(error?.kind == .connectionLost)
        #expect(clock.slept == [])

        let client = try HTTPClient()
        let waits = InstantClock()
        let missing = try await httpError {
            _ = try await client.send(
                HTTPRequest(.post, "http://soma/", unixSocketPath: "/nonexistent/s"),
                retry: Self.policy,
                timing: HTTPTiming(clock: waits, random: SeededGenerator(state: 1))
            )
        }
        #expect(missing.kind == .connectFailed)
        #expect(waits.slept.count == 3)
    }

    @Test("A stream is opened again until its head is there")
    func streams() async throws {
        let count = Log<Int>()
        let handler = answering { _ in
            Array(response(count.append(0) < 3 ? "503 Busy" : "200 OK", body: "text").utf8)
        }
        try await withServer(handler: handler) { server, client in
            let opened = try await client.stream(
                HTTPRequest(.get, server.origin, addressPolicy: .any),
                retry: Self.policy,
                timing: HTTPTiming(clock: InstantClock(), random: SeededGenerator(state: 1))
            )
            #expect(opened.head.status == 200)
            let text = try await opened.prefix(100).text
            #expect(text == "text")
        }
    }

    @Test("The machine's own timing is ready to use")
    func systemTiming() {
        #expect(HTTPTiming.system.now() > 1_700_000_000)
    }

    private func run(
        _ request: HTTPRequest,
        answers: [String],
        retryAfter: String? = nil
    ) async throws -> (Result<HTTPResponse, any Error>, InstantClock, [RetryNotice]) {
        let count = Log<Int>()
        let handler: @Sendable (TestPeer) -> Void = { peer in
            guard peer.request() != nil else { return }
            let answer = answers[min(count.append(0), answers.count) - 1]
            if !answer.isEmpty {
                peer.write(
                    response(
                        answer,
                        ["Connection: close"] + (retryAfter.map { ["Retry-After: \($0)"] } ?? [])
                    )
                )
            }
        }
        let clock = InstantClock()
        let notices = Log<RetryNotice>()
        let result = try await withServer(handler: handler) { server, client in
            var request = request
            request.url = server.origin + request.url
            request.addressPolicy = .any
            let timing = HTTPTiming(clock: clock, random: SeededGenerator(state: 3), now: { 0 })
            do {
                return Result<HTTPResponse, any Error>.success(
                    try await client.send(request, retry: Self.policy, timing: timing) {
                        _ = notices.append($0)
                    }
                )
            } catch {
                return .failure(error)
            }
        }
        return (result, clock, notices.entries)
    }
}
