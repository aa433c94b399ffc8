import Glibc
import SomaConsole
import SomaCore
import SomaMetrics
import Synchronization
import Testing

@testable import soma

@Suite("The console's look at a Prometheus", .timeLimit(.minutes(3)))
struct PrometheusBrowserTests {
    @Test("a wait that is over goes on in longer steps while the server is lost")
    func steps() {
        #expect(PrometheusBrowser.step(.seconds(9)) == .milliseconds(250))
        #expect(PrometheusBrowser.step(.milliseconds(40)) == .milliseconds(40))
        #expect(PrometheusBrowser.step(.microseconds(3)) == .milliseconds(10))
        #expect(PrometheusBrowser.step(.zero) == .milliseconds(250))
        #expect(PrometheusBrowser.step(.seconds(-3)) == .milliseconds(250))
    }

    private static func browser(_ url: String, bodyBytesMax: Int = 1 << 20) throws -> PrometheusBrowser {
        let address = try MetricsAddress(url, for: .server)
        return try PrometheusBrowser(
            MetricsTarget(address.url, credentials: address.credentials),
            shown: address.shown,
            bodyBytesMax: bodyBytesMax
        )
    }

    @Test(
        "a real server's panels and alerts come, a wrong question is its panel's alone, and it is heard again after a stop"
    )
    func real() async throws {
        let server = try await TestPrometheus.start()
        let browser = try Self.browser(server.url + "/graph?g0.expr=up")
        defer { browser.close() }
        #expect(browser.origin.kind == .server && browser.origin.name == server.url)
        let told = MetricsTold(browser)
        // Alerts are there whatever is in sight.
        #expect(await told.wait { $0.alerts.last?.contains { $0.state == .firing } == true } != nil)
        #expect(told.alerts.last?.first?.name == "Always" && told.alerts.last?.first?.value == 7)
        browser.send(
            .looks([
                MetricsLook(
                    1,
                    [
                        .server("up", legend: "job {job}"), .server("sum("), .server("up / 0"),
                        .server("(up - 1) / 0"),
                        .server("rate(process_cpu_seconds_total[10s])"), .server(""), .server("vector(3)"),
                    ],
                    length: .seconds(30),
                    points: 31
                )
            ])
        )
        #expect(await told.wait { $0.lines(1, panel: 4).first?.values.contains { $0 != nil } == true } != nil)
        let up = try #require(told.lines(1).first)
        #expect(up.name == "job itself" && up.labels["job"] == "itself" && up.labels["__name__"] == nil)
        #expect(up.values.count == 31 && up.values.last == 1 && up.values.first == .some(nil))
        #expect(told.failure(1, panel: 1)?.contains("Prometheus refused (bad_data)") == true)
        #expect(told.lines(1, panel: 2).first?.values.last == .infinity)
        #expect(told.lines(1, panel: 3).first?.values.last??.isNaN == true)
        #expect(told.failure(1, panel: 5)?.contains("--metrics") == true)
        #expect(told.lines(1, panel: 6).first?.name == "vector(3)")
        #expect(told.losses == [])
        let count = told.count
        #expect(await told.wait(.seconds(4)) { $0.count >= count + 2 } != nil)
        // It takes connections and answers nobody.
        try await server.tell("freeze")
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        try await server.tell("thaw")
        #expect(await told.wait { !$0.isLost && $0.lines(1).first?.values.last == 1 } != nil)
        try await server.tell("crash")
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        #expect(told.losses.last?.contains("check that the server runs") == true)
        try await server.tell("start")
        #expect(await told.wait(.seconds(10)) { !$0.isLost } != nil)
    }

    @Test("a real endpoint that is scraped gives a rate")
    func scraped() async throws {
        let server = try await TestPrometheus.start()
        let browser = try ScrapeBrowser(MetricsAddress(server.url, for: .endpoint))
        defer { browser.close() }
        let told = MetricsTold(browser)
        let requests = ScrapedQuery(
            "prometheus_http_requests_total",
            labels: ["handler": "/metrics"],
            function: .rate(window: .seconds(10)),
            by: ["code"]
        )
        let spread = ScrapedQuery(
            "prometheus_http_request_duration_seconds",
            function: .quantile(0.9, window: .seconds(10)),
            by: ["handler"],
            factor: 1_000
        )
        browser.send(.looks([MetricsLook(1, [.scraped(requests, legend: "{code}"), .scraped(spread)])]))
        let isThere = await told.wait {
            $0.lines(1).first?.values.last.flatMap(\.self).map { $0 > 0.5 } == true
                && $0.lines(1, panel: 1).contains { $0.name == "handler=/metrics" }
        }
        #expect(isThere != nil, "\(told.losses)")
        // Its own scrapes, and ours.
        #expect(told.lines(1).map(\.name) == ["200"])
    }

    @Test("what is taken in of an endpoint is measured")
    func measured() async throws {
        let server = try MetricsServer { _ in MetricsServer.answer("# TYPE a_total counter\na_total 1\nb 2\n")
        }
        defer { server.stop() }
        let perf = try await MetricsPerf.measure("http://\(server.place)", seconds: 1)
        let scrapes = try #require(perf["scrapes"]?.int)
        #expect(scrapes > 1 && perf["events"]?.int == scrapes * 2 && perf["series"]?.int == 2, "\(perf)")
        for field in ["events_per_second", "p95_ms", "cpu_seconds", "seconds"] {
            #expect(try #require(perf[field]?.double) > 0, "\(field)")
        }
        server.stop()
        await #expect(throws: CommandFailure.self) {
            try await MetricsPerf.measure("http://\(server.place)", seconds: 1)
        }
    }

    private static let matrix =
        #"{"status":"success","warnings":["half of \u001bit is away"],"data":{"resultType":"matrix","result":["#
        + #"{"metric":{"a":"x"},"values":[[0,"1"]]}]}}"#

    /// Answers as a healthy server, and otherwise to what panels ask.
    private static func healthy(_ head: String, _ range: () -> MetricsServer.Reply) -> MetricsServer.Reply {
        if head.contains("/api/v1/query_range") { return range() }
        if head.contains("/api/v1/alerts") { return MetricsServer.answer("", status: "404 Not Found") }
        return MetricsServer.json(#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#)
    }

    @Test("no more than four questions are under way at once")
    func bounded() async throws {
        let state = Mutex((now: 0, most: 0))
        let server = try MetricsServer { head in
            Self.healthy(head) {
                state.withLock { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                usleep(50_000)
                state.withLock { $0.now -= 1 }
                return MetricsServer.json(Self.matrix)
            }
        }
        defer { server.stop() }
        let browser = try Self.browser("http://\(server.place)")
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, (0..<20).map { .server("x\($0)") })]))
        #expect(await told.wait { $0.answer(1) != nil } != nil)
        #expect((2...4).contains(state.withLock(\.most)))
        // Warnings are said once, and harmless.
        #expect(told.answer(1)?.remarks == [#"half of \u{1b}it is away"#])
        // What has no alerts isn't lost for that.
        #expect(told.losses == [] && told.alerts == [])
    }

    @Test("alerts that can't be read are told of, all or one of them, and the others come")
    func alerts() async throws {
        let asked = Mutex(0)
        let server = try MetricsServer { head in
            guard head.contains("/api/v1/alerts") else { return Self.healthy(head) { .stall } }
            let isFirst = asked.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { return MetricsServer.answer("", status: "403 Forbidden") }
            return MetricsServer.json(
                #"{"status":"success","data":{"alerts":[{"labels":{"alertname":"A"},"state":"odd","value":"1"},"#
                    + #"{"labels":{"alertname":"B"},"state":"firing","value":"1"}]}}"#
            )
        }
        defer { server.stop() }
        let browser = try Self.browser("http://\(server.place)")
        defer { browser.close() }
        let told = MetricsTold(browser)
        #expect(await told.wait { $0.alertsFailures.count == 1 } != nil)
        #expect(told.alertsFailures.first?.contains("403") == true && told.alerts == [])
        #expect(await told.wait { $0.alertsFailures.count == 2 } != nil)
        #expect(told.alertsFailures.last?.hasPrefix("One alert can't be read") == true)
        #expect(told.alerts.last?.map(\.name) == ["B"])
        #expect(told.losses == [])
    }

    @Test("a question that takes too long or gives too much fails in its panel, while the server is well")
    func heavy() async throws {
        let server = try MetricsServer { head in
            Self.healthy(head) {
                if head.contains("query=slow") { return .stall }
                if head.contains("query=broken") { return MetricsServer.json("{") }
                return head.contains("query=large") ? .flood(1 << 30) : MetricsServer.json(Self.matrix)
            }
        }
        defer { server.stop() }
        let browser = try Self.browser("http://\(server.place)")
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(
            .looks([
                MetricsLook(1, [.server("slow"), .server("large"), .server("fine"), .server("broken")])
            ])
        )
        #expect(await told.wait { $0.answer(1) != nil } != nil)
        #expect(told.failure(1)?.contains("No answer within 3.5 s") == true)
        #expect(told.failure(1, panel: 1)?.contains("cut off") == true)
        #expect(told.failure(1, panel: 2) == nil)
        #expect(told.failure(1, panel: 3)?.contains("no JSON") == true)
        #expect(told.losses == [])
    }

    @Test(
        "what isn't a Prometheus, or refuses, is told of with what to do",
        arguments: [
            (MetricsServer.answer("<html>", type: "text/html"), "the address"),
            (MetricsServer.answer("", status: "401 Unauthorized"), "check the token"),
            (MetricsServer.answer("", status: "302 Found", ["Location: file:///etc/passwd"]), "redirects to"),
            (MetricsServer.Reply.drip, "not complete"),
        ]
    )
    func other(reply: MetricsServer.Reply, word: String) async throws {
        let isWell = Mutex(false)
        let server = try MetricsServer { head in
            isWell.withLock { $0 } ? Self.healthy(head) { MetricsServer.json(Self.matrix) } : reply
        }
        defer { server.stop() }
        let browser = try Self.browser("http://ada:secret@\(server.place)/")
        defer { browser.close() }
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [.server("up")])]))
        #expect(try #require(await told.wait { $0.isLost }) < .seconds(5))
        let reason = try #require(told.losses.first)
        #expect(reason.contains(word) && !reason.contains("secret"), "\(reason)")
        #expect(server.heads.first?.contains("Authorization: Basic YWRhOnNlY3JldA==") == true)
        isWell.withLock { $0 = true }
        #expect(await told.wait { $0.answer(1) != nil && !$0.isLost } != nil)
    }

    @Test("two looks are asked for at once, each under its number, and one goes on while the other changes")
    func two() async throws {
        let server = try MetricsServer { head in Self.healthy(head) { MetricsServer.json(Self.matrix) } }
        defer { server.stop() }
        let browser = try Self.browser("http://\(server.place)")
        defer { browser.close() }
        let told = MetricsTold(browser)
        let first = MetricsLook(1, [.server("kept")])
        browser.send(.looks([first, MetricsLook(2, [.server("left"), .server("more")])]))
        #expect(await told.wait { $0.answer(1) != nil && $0.answer(2)?.panels.count == 2 } != nil)
        browser.send(.looks([first, MetricsLook(3, [.server("new")])]))
        #expect(await told.wait { $0.answer(3) != nil } != nil)
        let times = told.times(1)
        #expect(await told.wait { $0.times(1) > times } != nil)
        // What is in sight no more isn't asked for any more.
        let left = told.times(2)
        let more = told.times(3)
        #expect(await told.wait { $0.times(3) > more } != nil)
        #expect(told.times(2) == left)
    }

    @Test("another look takes the place of the one before")
    func replaced() async throws {
        let server = try MetricsServer { head in
            Self.healthy(head) { head.contains("query=slow") ? .stall : MetricsServer.json(Self.matrix) }
        }
        defer { server.stop() }
        let browser = try Self.browser("http://\(server.place)")
        let told = MetricsTold(browser)
        browser.send(.looks([MetricsLook(1, [.server("slow")])]))
        browser.send(.looks([MetricsLook(2, [.server("fine")])]))
        #expect(try #require(await told.wait { $0.answer(2) != nil }) < .seconds(2))
        #expect(told.answer(1) == nil)
        browser.send(.looks([]))
        let count = told.count
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(told.count <= count + 1)
        browser.close()
        #expect(await told.wait { $0.isOver } != nil)
    }
}
