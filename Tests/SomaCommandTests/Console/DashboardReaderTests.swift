import SomaConsole
import SomaSettings
import Testing

@testable import soma

@Suite("Dashboards in YAML")
struct DashboardReaderTests {
    private func read(_ text: String) throws(SettingsError) -> Dashboard {
        try DashboardReader.read(Array(text.utf8), file: "mine.yaml")
    }

    @Test("everything that a dashboard can say is read")
    func whole() throws {
        let dashboard = try read(
            """
            name: web
            panels:
              - title: Requests
                kind: stacked
                unit: per-second
                series:
                  - metric: http_requests_total
                    function: rate
                    by: [code]
                    labels: {job: web}
                    legend: "{code}"
              - title: Latency
                unit: seconds
                min: 0
                max: 10
                thresholds:
                  - above: 0.25
                  - above: 1
                    level: bad
                series:
                  - metric: http_request_duration_seconds
                    function: quantile
                    quantile: 0.95
                    legend: p95
                    promql: histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[$window])))
              - title: Left
                kind: stat
                unit: bytes
                thresholds: [{below: 1000, level: bad}]
                series: [{promql: min(node_filesystem_avail_bytes)}]
            """
        )
        #expect(dashboard.name == "web")
        #expect(dashboard.panels.map(\.title) == ["Requests", "Latency", "Left"])
        #expect(dashboard.panels.map(\.kind) == [.stacked, .line, .stat])
        #expect(dashboard.panels[0].series[0].labels == ["job": "web"])
        #expect(dashboard.panels[0].series[0].by == ["code"])
        #expect(dashboard.panels[1].thresholds == [.init(0.25), .init(1, .bad)])
        #expect(dashboard.panels[1].most == 10)
        #expect(dashboard.panels[1].series[0].function == .quantile(0.95))
        #expect(dashboard.panels[2].thresholds == [.init(1000, .bad, isBelow: true)])
        #expect(dashboard.panels[2].series[0].metric == nil)
    }

    @Test(
        "what is wrong is told with its line and the nearest right word",
        arguments: [
            (
                "name: web\npanels:\n  - title: A\n    knid: line\n    series: [{metric: up}]", "mine.yaml:4",
                "kind"
            ),
            (
                "name: web\npanels:\n  - title: A\n    kind: lines\n    series: [{metric: up}]",
                "mine.yaml:4", "line"
            ),
            (
                "name: web\npanels:\n  - title: A\n    unit: byte\n    series: [{metric: up}]", "mine.yaml:4",
                "bytes"
            ),
            ("name: web\npanels:\n  - title: A\n    series:\n      - legend: x", "mine.yaml:5", "neither"),
            (
                "name: web\npanels:\n  - title: A\n    series: [{metric: \"sum(up)\"}]", "mine.yaml:4",
                "promql"
            ),
            (
                "name: web\npanels:\n  - title: A\n    series: [{metric: up, quantile: 2}]", "mine.yaml:4",
                "from 0.0 to 1.0"
            ),
            (
                "name: web\npanels:\n  - title: A\n    series: [{metric: up, quantile: 0.5}]", "mine.yaml:4",
                "belong together"
            ),
            (
                "name: web\npanels:\n  - title: A\n    kind: heatmap\n    series: [{metric: x_bucket}]",
                "mine.yaml:5", "le"
            ),
            (
                "name: web\npanels:\n  - title: A\n    min: 5\n    max: 1\n    series: [{metric: up}]",
                "mine.yaml:5", "above min"
            ),
            (
                "name: web\npanels:\n  - title: A\n    thresholds: [{level: bad}]\n    series: [{metric: up}]",
                "mine.yaml:4",
                "either above or below"
            ),
            ("name: my web\npanels:\n  - title: A\n    series: [{metric: up}]", "mine.yaml:1", "letters"),
            ("panels: []", "mine.yaml:1", "name"), ("name: web", "mine.yaml:1", "panels"),
            ("name: [", "mine.yaml", ""),
            ("", "mine.yaml", ""), ("- a\n- b", "mine.yaml", "mapping"),
            ("name: web\npanels: 3", "mine.yaml:2", "list"),
        ]
    )
    func problems(text: String, place: String, word: String) {
        do throws(SettingsError) {
            _ = try read(text)
            Issue.record("it was read")
        } catch {
            #expect(error.description.contains(place), "\(error.description)")
            #expect(word.isEmpty || error.description.contains(word), "\(error.description)")
        }
    }
}
