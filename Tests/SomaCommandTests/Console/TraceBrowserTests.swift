import SomaConsole
import SomaCore
import SomaTraces
import Synchronization
import Testing

@testable import soma

/// What a browser tells, gathered.
private final class Told: Sendable {
    private struct State {
        var services: [[String]] = []
        var found: [Int: [FoundTrace]] = [:]
        var opened: [Int: TraceWaterfall] = [:]
        var losses: [String] = []
        var failed: [Int: String] = [:]
        var notices: [Notice] = []
    }

    private let state = Mutex(State())

    init(_ browser: TraceBrowser) {
        Task { for await news in browser.news { self.take(news) } }
    }

    private func take(_ news: TraceNews) {
        state.withLock { state in
            switch news {
            case .services(let names): state.services.append(names)
            case .found(let number, let traces): state.found[number] = traces
            case .opened(let number, let waterfall): state.opened[number] = waterfall
            case .lost(let reason): state.losses.append(reason)
            case .failed(let number, let reason): state.failed[number] = reason
            case .exported(let notice): state.notices.append(notice)
            }
        }
    }

    var services: [[String]] { state.withLock(\.services) }
    func found(_ number: Int) -> [FoundTrace]? { state.withLock { $0.found[number] } }
    func opened(_ number: Int) -> TraceWaterfall? { state.withLock { $0.opened[number] } }
    var losses: [String] { state.withLock(\.losses) }
    func failed(_ number: Int) -> String? { state.withLock { $0.failed[number] } }
    var notices: [Notice] { state.withLock(\.notices) }

    /// Waits until something is so.
    /// - Returns: How long that took; `nil` where it never is.
    func wait(_ limit: Duration = .seconds(20), until holds: (Told) -> Bool) async -> Duration? {
        let begun = ContinuousClock.now
        while ContinuousClock.now - begun < limit {
            if holds(self) { return ContinuousClock.now - begun }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }
}

@Suite("The console's look at a Jaeger", .timeLimit(.minutes(2)))
struct TraceBrowserTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"

    private static let trace =
        #"{"data":[{"traceID":"\#(id)","spans":[{"traceID":"\#(id)","spanID":"0000000000000001","operationName":"GET /"#
        + #"","references":[],"startTime":1772632800000000,"duration":1500,"tags":[{"key":"error","type":"bool","value"#
        + #"":true}],"logs":[],"processID":"p1"}],"processes":{"p1":{"serviceName":"shop","tags":[]}}}],"errors":null}"#

    private static func http(_ body: String, status: Int = 200) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }

    /// What a Jaeger answers, as recorded.
    @Sendable private static func answer(_ target: String) -> String? {
        switch target.prefix(while: { $0 != "?" }) {
        case "/api/services": http(#"{"data":["shop","mail"],"total":2,"limit":0,"offset":0,"errors":null}"#)
        case "/api/traces", "/api/traces/\(id)": http(trace)
        default:
            http(#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#, status: 404)
        }
    }

    @Test("services, a search and a trace come as the console wants them")
    func answers() async throws {
        let server = try StubServer(answers: Self.answer)
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)/")
        defer { browser.close() }
        #expect(browser.address == "http://\(server.place)")
        let told = Told(browser)
        browser.send(.watch(true))
        browser.send(.search(1, JaegerQuery(service: "shop")))
        browser.send(.open(2, try #require(TraceID(Self.id))))
        browser.send(.open(3, TraceID(high: 1, low: 2)))
        let isThere = await told.wait {
            !$0.services.isEmpty && $0.found(1) != nil && $0.opened(2) != nil && $0.failed(3) != nil
        }
        #expect(isThere != nil)
        #expect(told.services.first == ["mail", "shop"])
        let found = try #require(told.found(1)?.first)
        #expect(found.service == "shop" && found.operation == "GET /" && found.failures == 1)
        #expect(found.duration == 1_500_000)
        #expect(told.opened(2)?.trace.spans.count == 1)
        #expect(told.failed(3)?.contains("Jaeger has no trace") == true)
        #expect(told.losses.isEmpty)
    }

    @Test(
        "a Jaeger that accepts and says nothing is told of within five seconds, and one that is back is heard at once"
    )
    func stalled() async throws {
        let isStalled = Mutex(true)
        let server = try StubServer(answers: { target in
            isStalled.withLock { $0 } ? nil : Self.answer(target)
        })
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)")
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.watch(true))
        browser.send(.search(1, JaegerQuery(service: "shop")))
        let seen = try #require(await told.wait { !$0.losses.isEmpty })
        #expect(seen < .seconds(5))
        isStalled.withLock { $0 = false }
        // Without being asked again.
        #expect(await told.wait { !$0.services.isEmpty && $0.found(1) != nil } != nil)
    }

    @Test("a Jaeger that isn't there is told of at once, with what to do")
    func away() async throws {
        let server = try StubServer(answer: "")
        let place = server.place
        server.stop()
        let browser = try TraceBrowser("http://\(place)")
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.watch(true))
        #expect(try #require(await told.wait { !$0.losses.isEmpty }) < .seconds(5))
        #expect(told.losses.first?.contains(place) == true)
    }

    @Test("an answer that is too large is cut off with a message, and isn't asked for again")
    func tooLarge() async throws {
        let body = #"{"data":[""# + String(repeating: "x", count: 300_000)
        let server = try StubServer(answer: Self.http(body))
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)", bodyBytesMax: 100_000)
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.search(1, JaegerQuery(service: "shop")))
        #expect(await told.wait { $0.failed(1) != nil } != nil)
        #expect(told.failed(1)?.contains("was cut off") == true)
    }

    @Test("what is none of Jaeger's answers says so")
    func other() async throws {
        let server = try StubServer(answer: Self.http("<html>hello</html>"))
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)")
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.search(1, JaegerQuery(service: "shop")))
        #expect(await told.wait { $0.failed(1) != nil } != nil)
        #expect(told.failed(1)?.contains("none of Jaeger's query API") == true)
    }

    @Test(
        "a Jaeger that wants a login, or fails, is told of with what to change",
        arguments: [
            (302, "--jaeger or jaeger.url"), (401, "--jaeger or jaeger.url"), (500, "its log says more"),
        ]
    )
    func advice(status: Int, words: String) async throws {
        let server = try StubServer(answers: { target in
            target == "/login"
                ? Self.http("<html>hello</html>")
                : "HTTP/1.1 \(status) X\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        })
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)")
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.watch(true))
        #expect(await told.wait { !$0.losses.isEmpty } != nil)
        #expect(told.losses.first?.contains(words) == true, "\(told.losses)")
    }

    @Test("a question whose answer isn't wanted any more is not answered")
    func stopped() async throws {
        let server = try StubServer(answers: { $0.hasPrefix("/api/services") ? Self.answer($0) : nil })
        defer { server.stop() }
        let browser = try TraceBrowser("http://\(server.place)")
        defer { browser.close() }
        let told = Told(browser)
        browser.send(.search(1, JaegerQuery(service: "shop")))
        browser.send(.stop(1))
        browser.send(.watch(true))
        #expect(await told.wait { !$0.services.isEmpty } != nil)
        #expect(told.losses.isEmpty && told.failed(1) == nil)
    }

    @Test("a name and a password in an address are not shown")
    func secrets() throws {
        let browser = try TraceBrowser("https://me:secret@jaeger.example:16686/base/search")
        defer { browser.close() }
        #expect(browser.address == "https://jaeger.example:16686/base")
        #expect(try TraceBrowser(nil).address == nil)
    }
}
