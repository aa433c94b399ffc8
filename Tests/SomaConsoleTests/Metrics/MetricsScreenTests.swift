import SomaCore
import SomaMetrics
import SomaTerminal
import SomaTesting
import Testing

@testable import SomaConsole

@Suite("Metrics screens")
struct MetricsScreenTests {
    @Test("panels of a dashboard, live, with a gap", arguments: sizes)
    func overview(size: Size) throws {
        try expectGolden(MetricsStories.console(size).canvas(), "Metrics/overview-\(size)")
    }

    @Test("a heat map and more lines than there are colours for", arguments: sizes)
    func latency(size: Size) throws {
        try expectGolden(MetricsStories.console(size, keys: "]").canvas(), "Metrics/latency-\(size)")
    }

    @Test("one panel alone, read at the cross-hair", arguments: sizes)
    func whole(size: Size) throws {
        var console = MetricsStories.console(size, keys: "l")
        console.press("enter ^ h h")
        try expectGolden(console.canvas(), "Metrics/whole-\(size)")
    }

    @Test("all panels at the cross-hair; paused; single values; in ASCII and without colours")
    func shapes() throws {
        let size = Size(columns: 120, rows: 40)
        var console = MetricsStories.console(size)
        console.press("^")
        try expectGolden(console.canvas(), "Metrics/cross-hair-120x40")
        console.press("space")
        console.tell()
        console.at(console.state.now + .seconds(300))
        try expectGolden(console.canvas(.ascii, theme: .mono), "Metrics/ascii-120x40")
        try expectGolden(MetricsStories.console(size, keys: "] ] ]").canvas(), "Metrics/models-120x40")
        let latency = MetricsStories.console(size, keys: "]")
        try expectGolden(latency.canvas(.ascii, theme: .mono), "Metrics/heat-ascii-120x40")
        try expectGolden(MetricsStories.console(size, keys: "[").canvas(), "Metrics/resources-120x40")
    }

    @Test("without a source it says how to name one; loading; lost before and after an answer; no answer")
    func empty() throws {
        var console = TestConsole.with(Stories.mix, size: .standard)
        console.press("alt+m")
        try expectGolden(console.canvas(), "Metrics/unnamed-80x24")
        console = MetricsStories.named(.standard)
        console.press("alt+m")
        try expectGolden(console.canvas(), "Metrics/loading-80x24")
        console.feed(.metrics(.lost("Nobody answers at prometheus:9090.")))
        try expectGolden(console.canvas(), "Metrics/lost-80x24")
        console = MetricsStories.console(Size(columns: 120, rows: 24))
        console.feed(.metrics(.lost("Nobody answers at prometheus:9090.")))
        console.at(console.state.now + .seconds(12))
        try expectGolden(console.canvas(), "Metrics/lost-later-120x24")
    }

    @Test("why nobody answers is there whole, in as many lines as it takes", arguments: ["", "A"])
    func longReason(keys: String) {
        var console = MetricsStories.named(.standard)
        console.press("alt+m \(keys)")
        let reason =
            "http://127.0.0.1:2/api/v1/query: Failed to connect to 127.0.0.1 port 2 after 0 ms (check that it runs)"
        console.feed(.metrics(.lost(reason)))
        let text = console.canvas().text
        #expect(text.contains("Failed to connect") && text.contains("(check that it runs)"), "\(text)")
    }

    @Test("no data, a question that was refused, values that are no numbers, hostile names")
    func odd() throws {
        let size = Size(columns: 120, rows: 40)
        var console = MetricsStories.named(size)
        console.press("alt+m")
        let look = try #require(console.look)
        var answer = MetricsStories.answer(look, console.state.dashboard.panels, now: console.state.now)
        func line(_ name: String, _ value: (Int) -> Double?) -> MetricsAnswer.Line {
            .init(name: name, labels: [:], values: (0..<look.points).map(value))
        }
        answer.panels[0] = .lines([])
        answer.panels[1] = .failed(
            "bad_data: parse error \u{1B}[31m at char 3: unexpected end of input in aggregation"
        )
        answer.panels[2] = .lines([line("a\u{1B}]0;owned\u{07}\u{202E}evil\nname") { Double($0) }])
        answer.panels[3] = .lines([
            line("東京") { $0 % 3 == 0 ? .nan : Double($0 % 20) }, line("inf") { _ in .infinity },
        ])
        answer.panels[4] = .lines([line("minus") { -Double($0) }, line("-inf") { _ in -.infinity }])
        answer.panels[5] = .lines([line("flat") { _ in 0 }])
        answer.panels[6] = .lines([line("one") { $0 == look.points / 2 ? 5 : nil }])
        answer.panels[7] = .lines([line("huge") { Double($0) * 1e300 }, line("tiny") { Double($0) * 1e-12 }])
        answer.panels[8] = .lines([line("short") { Double($0) }])
        if case .lines(var lines) = answer.panels[8] {
            lines[0].values.removeLast(look.points / 2)
            answer.panels[8] = .lines(lines)
        }
        answer.remarks = ["3 series were left out\u{1B}[2J"]
        console.feed(.metrics(.answered(look.number, answer)))
        try expectGolden(console.canvas(), "Metrics/odd-120x40")
        console.press("l l l enter x")
        try expectGolden(console.canvas(), "Metrics/odd-whole-120x40")
    }

    @Test("alerts, in the view and in the header; none", arguments: sizes)
    func alerts(size: Size) throws {
        var console = MetricsStories.console(size)
        console.feed(.metrics(.alerts(try Self.alerts())))
        try expectGolden(console.canvas(), "Metrics/firing-\(size)")
        console.press("A j")
        try expectGolden(console.canvas(), "Metrics/alerts-\(size)")
        console.feed(.metrics(.alerts([])))
        #expect(console.canvas().text.contains("No alert"))
    }

    @Test("alerts that can't be read are said to be so, and never that there is none")
    func unreadAlerts() throws {
        var console = MetricsStories.console(Size(columns: 120, rows: 40))
        console.press("A")
        #expect(console.canvas().text.contains("loading"))
        console.feed(.metrics(.alertsFailed("refused (401)\u{1B}[31m")))
        #expect(console.canvas().text.contains("The alerts can't be read:"))
        #expect(console.canvas().text.contains("refused (401)"))
        #expect(!console.canvas().text.contains("No alert"))
        console.feed(.metrics(.alerts([])))
        #expect(console.canvas().text.contains("No alert is firing or pending."))
    }

    @Test("alerts of a server that is gone are marked as old, in the header and in their list")
    func staleAlerts() throws {
        var console = MetricsStories.named(Size(columns: 120, rows: 40))
        console.feed(.metrics(.alerts(try Self.alerts())))
        let now = console.state.now
        console.feed(.metrics(.lost("no answer")))
        console.at(now + .seconds(240))
        #expect(console.canvas().text.contains("2 alerts 4m00s ago"))
        console.press("alt+m A")
        #expect(console.canvas().text.contains("lost 4m00s: no answer"))
        // Its alerts are a sign of life.
        console.feed(.metrics(.alerts(try Self.alerts())))
        #expect(!console.canvas().text.contains("ago"))
        console.feed(.metrics(.alertsFailed("503")))
        console.at(now + .seconds(300))
        #expect(console.canvas().text.contains("2 alerts 1m00s ago"))
        #expect(console.canvas().text.contains("alerts not read for 1m00s: 503"))
    }

    @Test("a panel of a server without a rate says over how long it would be one")
    func noRate() throws {
        var console = MetricsStories.named(Size(columns: 120, rows: 40))
        console.press("alt+m")
        let look = try #require(console.look)
        var answer = MetricsStories.answer(look, console.state.dashboard.panels, now: console.state.now)
        let panels = console.state.dashboard.panels
        let rate = try #require(panels.firstIndex { $0.series.contains { $0.function == .rate } })
        let value = try #require(panels.firstIndex { $0.series.allSatisfy { $0.function == .value } })
        for place in answer.panels.indices { answer.panels[place] = .lines([]) }
        console.feed(.metrics(.answered(look.number, answer)))
        console.state.metricsView.selected = rate
        console.press("enter")
        #expect(console.canvas().text.contains("no data: no two samples in 4m00s"))
        console.state.metricsView.selected = value
        #expect(!console.canvas().text.contains("two samples"))
    }

    @Test("the time cursor of a recording goes through the panels", arguments: sizes)
    func recorded(size: Size) throws {
        let reader = try RecordingReader(bytes: Stories.mix.recording(at: start))
        var replayed = ReplayedConsole(reader, size: size, at: 40)
        replayed.console.state.metrics.origin = MetricsOrigin(
            .server,
            name: "prometheus:9090",
            reach: .seconds(2_592_000)
        )
        replayed.press("alt+m")
        replayed.console.tell()
        try expectGolden(replayed.console.canvas(), "Metrics/recorded-\(size)")
    }

    static func alerts() throws -> [PrometheusAlert] {
        let text = #"""
            {"status":"success","data":{"alerts":[
            {"labels":{"alertname":"SomaRelayLag","severity":"warning","instance":"somad-1:9464"},
             "annotations":{"summary":"The relay is 90 s behind.","runbook_url":"https://runbooks.example/relay"},
             "state":"firing","activeAt":"2026-03-04T14:01:00Z","value":"9e+01"},
            {"labels":{"alertname":"SomaDown","severity":"critical","instance":"somad-2:9464"},
             "annotations":{"summary":"somad-2 gives no answer.\u001b[31m"},"state":"firing","activeAt":"2026-03-04T14:10:00Z","value":"0"},
            {"labels":{"alertname":"SomaSlowCommit"},"annotations":{},"state":"pending","activeAt":"2026-03-04T14:12:00Z","value":"0.4"}]}}
            """#
        return try PrometheusAlert.list(try JSON.parse(text))
    }
}
