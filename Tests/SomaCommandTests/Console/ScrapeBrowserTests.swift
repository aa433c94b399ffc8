import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaMetrics
import Synchronization
import Testing

@testable import soma

@Suite("The console's look at scraped metrics", .timeLimit(.minutes(2)))
struct ScrapeBrowserTests {
    private static let jobs = PanelQuery.scraped(ScrapedQuery("jobs"), legend: "{queue}")

    /// An endpoint of a gauge, whatever is asked.
    @Sendable private static func gauge(_ head: String) -> MetricsServer.Reply {
        MetricsServer.answer("# TYPE jobs gauge\njobs{queue=\"a\"} 3\njobs{queue=\"b\"} NaN\n")
    }

    private static func browser(
        _ server: MetricsServer,
        path: String = "/metrics",
        bodyBytesMax: Int = 1 << 20
    )
        throws -> ScrapeBrowser
    {
        try ScrapeBrowser(
            MetricsAddress("http://\(server.place)\(path)", for: .endpoint),
            bodyBytesMax: bodyBytesMax
        )
    }

    @Test("looks are answered about once a second with lines for each series, by name, factor and moment")
    func answers() async throws {
        let server = try MetricsServer(Self.gauge)
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        #expect(browser.origin.kind == .scraped && browser.origin.name == "http://\(server.place)/metrics")
        let look = MetricsLook(
            4,
            [
                Self.jobs, .scraped(ScrapedQuery("jobs", labels: ["queue": "a"], factor: 100)),
                .scraped(ScrapedQuery("none")), .server("up"),
            ]
        )
        browser.send(.looks([look]))
        #expect(try #require(await told.wait { $0.count >= 3 }) < .seconds(5))
        let answer = try #require(told.answer(4))
        #expect(answer.points == 61 && answer.until - answer.from == .seconds(60))
        #expect(answer.heardAt != nil && answer.remarks == [])
        let lines = told.lines(4)
        #expect(lines.map(\.name) == ["a", "b"])
        #expect(lines.map(\.labels) == [["queue": "a"], ["queue": "b"]])
        #expect(lines.allSatisfy { $0.values.count == 61 && $0.values.first == .some(nil) })
        #expect(lines[0].values.last == 3 && lines[1].values.last??.isNaN == true)
        #expect(told.lines(4, panel: 1).map(\.name) == ["queue=a"])
        #expect(told.lines(4, panel: 1).first?.values.last == 300)
        #expect(told.lines(4, panel: 2) == [] && told.failure(4, panel: 2) == nil)
        #expect(told.failure(4, panel: 3)?.contains("--prometheus") == true)
        #expect(told.losses == [])
        // The next look is answered from what is kept, at once.
        var next = look
        next.number = 5
        next.length = .seconds(10)
        browser.send(.looks([next]))
        #expect(try #require(await told.wait { $0.answer(5) != nil }) < .milliseconds(500))
    }

    @Test("two looks are answered from the same scrapes, each under its number")
    func two() async throws {
        let server = try MetricsServer(Self.gauge)
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        let short = MetricsLook(7, [Self.jobs], length: .seconds(10), points: 11)
        browser.send(.looks([MetricsLook(6, [Self.jobs]), short]))
        #expect(await told.wait { $0.times(6) >= 2 && $0.times(7) >= 2 } != nil)
        #expect(told.answer(6)?.points == 61 && told.answer(7)?.points == 11)
        #expect(server.heads.count <= told.times(6) + 1)
        browser.send(.looks([short]))
        let (left, going) = (told.times(6), told.times(7))
        #expect(await told.wait { $0.times(7) >= going + 2 } != nil)
        #expect(told.times(6) <= left + 1)
    }

    @Test("a daemon's metrics are scraped over its own socket, and of another daemon from nothing")
    func daemon() async throws {
        let folder = "/tmp/soma-metrics-\(getpid())"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let paths = ["\(folder)/a", "\(folder)/b"]
        defer { for path in paths { unlink(path) } }
        let servers = try paths.enumerated().map { index, path in
            try MetricsServer(path: path) { _ in MetricsServer.answer("jobs \(index)\n") }
        }
        defer { for server in servers { server.stop() } }
        let browser = try ScrapeBrowser(daemon: .unix(path: paths[0]))
        defer { browser.close() }
        #expect(browser.origin.name == "daemon")
        let told = MetricsTold(browser)
        browser.send(.daemon("unix:\(paths[0])"))
        browser.send(.looks([MetricsLook(1, [.scraped(ScrapedQuery("jobs"))])]))
        #expect(await told.wait { $0.count >= 2 } != nil)
        #expect(told.lines(1).first?.values.compactMap { $0 }.allSatisfy { $0 == 0 } == true)
        #expect(servers[0].heads.first?.hasPrefix("GET /metrics HTTP/1.1") == true)
        // Between two daemons none is scraped; one that is back is scraped anew.
        browser.send(.daemonLeft)
        try await Task.sleep(for: .milliseconds(200))
        let (asked, answered) = (servers[0].heads.count, told.count)
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(servers[0].heads.count == asked && told.count == answered)
        browser.send(.daemon("unix:\(paths[0])"))
        #expect(await told.wait { $0.count > answered } != nil)
        browser.send(.daemon("unix:\(paths[1])"))
        #expect(await told.wait { $0.lines(1).first?.values.last == 1 } != nil)
        #expect(told.lines(1).first?.values.compactMap { $0 }.allSatisfy { $0 == 1 } == true)
        servers[1].stop()
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        #expect(told.losses.last?.contains(paths[1]) == true)
        #expect(told.losses.last?.contains("http://soma") == false)
    }

    @Test("what is long in answering is scraped seldomer: answers count as time spent")
    func heavyAnswers() async throws {
        let body = (0..<2_000).map { "work_total{part=\"\($0)\"} 1\n" }.joined()
        let asked = Mutex<[ContinuousClock.Instant]>([])
        let server = try MetricsServer { _ in
            asked.withLock { $0.append(.now) }
            return MetricsServer.answer(body)
        }
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        let rates = ScrapedQuery("work_total", function: .rate(window: .seconds(15)), by: [])
        let panels = (0..<4).map { _ in PanelQuery.scraped(rates) }
        browser.send(.looks([MetricsLook(1, panels, points: 600)]))
        #expect(await told.wait { $0.count > 0 } != nil)
        let spent = ContinuousClock.now - asked.withLock { $0[0] }
        #expect(await told.wait(.seconds(30)) { _ in asked.withLock { $0.count > 1 } } != nil)
        let gap = asked.withLock { $0.count > 1 ? $0[1] - $0[0] : .zero }
        #expect(gap >= min(.seconds(9), spent * 3))
    }

    @Test("a counter that begins again doesn't fall in its rate")
    func resets() async throws {
        let scrapes = Mutex(0)
        let server = try MetricsServer { _ in
            let number = scrapes.withLock { number in
                number += 1
                return number
            }
            // 10 a second, from nothing again at the third.
            return MetricsServer.answer("# TYPE done_total counter\ndone_total \(number % 3 * 10)\n")
        }
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        let query = ScrapedQuery("done_total", function: .rate(window: .seconds(4)), by: [])
        browser.send(.looks([MetricsLook(1, [.scraped(query)], length: .seconds(4), points: 5)]))
        #expect(await told.wait { $0.count >= 7 } != nil)
        let values = try #require(told.lines(1).first).values.compactMap { $0 }
        #expect(values.count >= 2 && values.allSatisfy { (0...40).contains($0) }, "\(values)")
    }

    @Test(
        "what doesn't go on is told of within five seconds, is a gap, and comes back by itself",
        arguments: [true, false]
    )
    func stalled(drips: Bool) async throws {
        let isWell = Mutex(true)
        let server = try MetricsServer { head in
            isWell.withLock { $0 } ? Self.gauge(head) : drips ? .drip : .stall
        }
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [Self.jobs], length: .seconds(20), points: 81)]))
        #expect(await told.wait { $0.count >= 2 } != nil)
        isWell.withLock { $0 = false }
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        // A look in between is answered from what is kept, and is no sign of life.
        browser.send(.looks([MetricsLook(2, [Self.jobs])]))
        #expect(await told.wait(.seconds(1)) { $0.answer(2) != nil && $0.isLost } != nil)
        isWell.withLock { $0 = true }
        browser.send(.looks([MetricsLook(3, [Self.jobs], length: .seconds(20), points: 81)]))
        #expect(
            await told.wait { $0.answer(3) != nil && !$0.isLost && $0.lines(3).first?.values.last == 3 }
                != nil
        )
        let values = try #require(told.lines(3).first).values.drop { $0 == nil }
        #expect(values.contains { $0 == nil })
    }

    @Test("one that is gone is told of at once, and heard again when it is back")
    func gone() async throws {
        let first = try MetricsServer(Self.gauge)
        let port = try #require(UInt16(first.place.split(separator: ":")[1]))
        let browser = try Self.browser(first)
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [Self.jobs])]))
        #expect(await told.wait { $0.count >= 1 } != nil)
        first.stop()
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        #expect(told.losses.last?.contains("check that the server runs") == true)
        let second = try MetricsServer(port: port, Self.gauge)
        defer { second.stop() }
        #expect(try #require(await told.wait { !$0.isLost }) < .seconds(7))
    }

    /// An answer that can't be used, and a word that the reason must have.
    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String
        let reply: MetricsServer.Reply
        let word: String

        var testDescription: String { name }
    }

    static let bad = [
        Bad(name: "1 GB", reply: .flood(1 << 30), word: "cut off"),
        Bad(
            name: "cut short",
            reply: MetricsServer.answer("jobs 1\n", length: 1_000),
            word: "try again"
        ),
        Bad(
            name: "a file",
            reply: MetricsServer.answer("", status: "302 Found", ["Location: file:///etc/passwd"]),
            word: "redirects to"
        ),
        Bad(
            name: "a circle",
            reply: MetricsServer.answer("", status: "302 Found", ["Location: /metrics"]),
            word: "redirects"
        ),
        Bad(
            name: "a page",
            reply: MetricsServer.answer("<html>", type: "text/html"),
            word: "ends in /metrics"
        ),
        Bad(
            name: "a type that isn't read",
            reply: MetricsServer.answer("\u{1B}[2J", type: "application/\u{1B}x"),
            word: "metrics"
        ),
        Bad(name: "no metrics", reply: MetricsServer.answer("jobs 1\njobs x\n"), word: "line 2, column 6"),
        Bad(
            name: "forbidden",
            reply: MetricsServer.answer("", status: "403 Forbidden"),
            word: "the credentials lack the permission"
        ),
        Bad(name: "no HTTP", reply: .bytes(Array("hello\r\n".utf8)), word: "HTTP"),
    ]

    @Test(
        "what can't be used is told of within five seconds with what to do, and tried again",
        arguments: bad
    )
    func unusable(bad: Bad) async throws {
        let isWell = Mutex(false)
        let server = try MetricsServer { head in isWell.withLock { $0 } ? Self.gauge(head) : bad.reply }
        defer { server.stop() }
        let browser = try Self.browser(server)
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [Self.jobs])]))
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        let reason = try #require(told.losses.first)
        #expect(reason.contains(bad.word) && reason.contains(server.place), "\(reason)")
        #expect(reason.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
        #expect(told.count == 0)
        isWell.withLock { $0 = true }
        #expect(await told.wait { $0.count > 0 && !$0.isLost } != nil)
    }

    @Test("a name and a password go to the endpoint and nowhere else")
    func secrets() async throws {
        let server = try MetricsServer { _ in MetricsServer.answer("", status: "401 Unauthorized") }
        defer { server.stop() }
        let browser = try ScrapeBrowser(
            MetricsAddress("http://ada:pass%20word@\(server.place)/m?token=t0k", for: .endpoint)
        )
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [Self.jobs])]))
        #expect(await told.wait { $0.isLost } != nil)
        let head = try #require(server.heads.first)
        #expect(head.hasPrefix("GET /m?token=t0k ") && head.contains("Basic YWRhOnBhc3Mgd29yZA=="))
        for text in told.losses + [browser.origin.name] {
            #expect(
                !text.contains("ada") && !text.contains("word@") && !text.contains("pass%20")
                    && !text.contains("pass ") && !text.contains("t0k"),
                "\(text)"
            )
        }
    }

    @Test("nothing is scraped before the first look and nothing told after the end")
    func idle() async throws {
        let server = try MetricsServer(Self.gauge)
        defer { server.stop() }
        let browser = try Self.browser(server)
        let told = MetricsTold(browser)
        browser.send(.looks([]))
        try await Task.sleep(for: .milliseconds(300))
        #expect(server.heads == [])
        browser.send(.looks([MetricsLook(1, [Self.jobs])]))
        #expect(await told.wait { $0.count > 0 } != nil)
        // Out of sight it goes on without telling.
        browser.send(.looks([]))
        let (count, scrapes) = (told.count, server.heads.count)
        try await Task.sleep(for: .milliseconds(2_500))
        #expect(told.count <= count + 1 && server.heads.count >= scrapes + 2)
        browser.close()
        #expect(await told.wait { $0.isOver } != nil)
        let ended = server.heads.count
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(server.heads.count <= ended + 1)
    }
}
