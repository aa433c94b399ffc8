import SomaMetrics
import Testing

@testable import SomaConsole

@Suite("What a panel asks")
struct PanelQuestionTests {
    private func promQL(_ series: SeriesSpec) -> String {
        PanelSpec("p", .line, .number, [series]).query(window: .seconds(60)).parts[0].promQL
    }

    @Test("of a server is what it asks of scraped samples")
    func promQL() {
        #expect(promQL(SeriesSpec("up", by: nil)) == "up")
        #expect(promQL(SeriesSpec("up")) == "sum(up)")
        #expect(
            promQL(
                SeriesSpec("a_total", .rate, by: ["x", "y"], labels: ["z": "q\"\\\n", "b": "c"], factor: 60)
            )
                == #"60 * sum by (x, y) (rate(a_total{b="c", z="q\"\\\n"}[60s]))"#
        )
        #expect(
            promQL(SeriesSpec("d_seconds", .quantile(0.95), by: ["node"]))
                == "histogram_quantile(0.95, sum by (node, le) (rate(d_seconds_bucket[60s])))"
        )
        #expect(promQL(SeriesSpec("a", .increase, aggregation: .maximum)) == "max(increase(a[60s]))")
        #expect(promQL(SeriesSpec("a", factor: 0.5, promQL: "avg(a[$window])")) == "avg(a[60s])")
        #expect(promQL(SeriesSpec(nil)) == "")
    }

    @Test("is multiplied with whatever a file says", arguments: [1e19, -1e19, 1e300])
    func factors(factor: Double) {
        #expect(promQL(SeriesSpec("a", by: nil, factor: factor)) == "\(factor) * a")
        #expect(promQL(SeriesSpec("a", by: nil, factor: 3_600)) == "3600 * a")
    }

    @Test("of a server looks back far enough for two samples a minute apart, one of them missed")
    func windows() {
        let wish = MetricsWish(panels: [], until: nil, length: .seconds(300), points: 100)
        #expect(wish.window(.server) == .seconds(240))
        #expect(wish.window(.scraped) == .seconds(15))
        let day = MetricsWish(panels: [], until: nil, length: .seconds(86_400), points: 101)
        #expect(day.window(.server) == .seconds(1_728))
    }

    @Test("of scraped samples has the same window, labels and groups")
    func scraped() {
        let query = PanelSpec(
            "p",
            .line,
            .number,
            [SeriesSpec("a_total", .rate, by: ["x"], labels: ["z": "1"], factor: 60)]
        )
        .query(window: .seconds(15))
        let expected = ScrapedQuery(
            "a_total",
            labels: ["z": "1"],
            function: .rate(window: .seconds(15)),
            by: ["x"],
            factor: 60
        )
        #expect(query.parts == [.init(promQL: query.parts[0].promQL, scraped: expected)])
    }

    @Test("for the dashboards that need no file names nothing twice and asks both kinds of source")
    func builtIn() {
        #expect(Set(Dashboard.builtIn.map(\.name)).count == Dashboard.builtIn.count)
        for panel in Dashboard.builtIn.flatMap(\.panels) {
            let query = panel.query(window: .seconds(60))
            #expect(!query.parts.isEmpty && query.parts.count <= PanelSpec.seriesMax)
            #expect(query.parts.allSatisfy { $0.scraped != nil && !$0.promQL.isEmpty }, "\(panel.title)")
        }
    }
}
