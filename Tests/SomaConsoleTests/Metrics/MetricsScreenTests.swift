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
