import FoundationEssentials
import SomaCore
import Testing

@testable import soma

@Suite("Files for Prometheus and Grafana", .timeLimit(.minutes(1)))
struct ObservabilityFilesTests {
    private static let folder = CommandHarness.root + "/infra/prometheus"

    private func text(_ path: String) throws -> String {
        let data = FileManager.default.contents(atPath: "\(CommandHarness.root)/\(path)")
        return String(decoding: try #require(data, "\(path) can't be read"), as: UTF8.self)
    }

    /// What promtool says; a missing promtool is code 127.
    private func promtool(_ words: String...) async throws -> CommandHarness.Outcome {
        var outcome: CommandHarness.Outcome?
        try await Place.with { place in
            let script = "cd \(Self.folder) && exec promtool \(words.joined(separator: " "))"
            outcome = try await place.run(["/bin/sh", "-c", script])
        }
        return try #require(outcome)
    }

    @Test("promtool accepts the configuration and the rules, and finds that each does what its tests say")
    func promtool() async throws {
        let config = try await promtool("check", "config", "prometheus.yml")
        #expect(config.code == 0, "\(config.output)\(config.notes)")
        #expect(!config.output.contains("WARNING") && !config.notes.contains("WARNING"), "\(config.output)")
        let rules = try await promtool("check", "rules", "--lint=all", "--lint-fatal", "rules/*.yaml")
        #expect(rules.code == 0, "\(rules.output)\(rules.notes)")
        let tests = try await promtool("test", "rules", "tests/*.yaml")
        #expect(tests.code == 0, "\(tests.output)\(tests.notes)")
    }

    @Test("each alert has a passage for operators, a weight, and a test both ways")
    func alerts() throws {
        let rules = try text("infra/prometheus/rules/alerts.yaml").split(separator: "- alert: ").dropFirst()
        let tests = try text("infra/prometheus/tests/alerts.yaml")
        let passagesText = try text("docs/alerts.md")
        #expect(rules.count > 10)
        for rule in rules {
            let name = rule.prefix { !$0.isWhitespace }
            #expect(rule.contains("runbook_url: docs/alerts.md#\(name.lowercased())\n"), "\(name)")
            #expect(rule.contains("severity: critical") || rule.contains("severity: warning"), "\(name)")
            #expect(rule.contains("summary: \""), "\(name)")
            #expect(tests.contains("- name: \(name) fires\n"), "\(name)")
            #expect(tests.contains("- name: \(name) is quiet\n"), "\(name)")
            let passages = passagesText.split(separator: "\n## ").filter { $0.hasPrefix("\(name)\n") }
            #expect(passages.count == 1, "\(name)")
            for part in ["**What it means.**", "**What to look at.**", "**What to do.**"] {
                #expect(passages.first?.contains(part) == true, "\(name): \(part)")
            }
        }
        // No passage for an alert that isn't there any more.
        let known = Set(rules.map { String($0.prefix { !$0.isWhitespace }) })
        for match in passagesText.matches(of: /(?m)^## (Soma[A-Za-z]+)$/) {
            #expect(known.contains(String(match.output.1)), "\(match.output.1)")
        }
    }

    @Test(
        "a dashboard has all that Grafana's schema wants, and each panel says what it shows",
        arguments: GrafanaDashboard.names
    )
    func schema(name: String) throws {
        let dashboard = try GrafanaDashboard(name)
        let document = dashboard.document
        #expect(document["schemaVersion"]?.int == 39)
        #expect(document["uid"]?.string == "soma-\(name)")
        #expect(document["title"]?.string?.isEmpty == false)
        #expect(document["id"] == .null)
        let source = JSON.object(["type": "prometheus", "uid": "${datasource}"])
        let kinds: Set = ["stat", "timeseries", "heatmap"]
        var ids: Set<Int> = []
        var cells: Set<[Int]> = []
        for panel in document["panels"]?.array ?? [] {
            let title = panel["title"]?.string ?? ""
            #expect(!title.isEmpty)
            #expect(ids.insert(try #require(panel["id"]?.int)).inserted, "\(title)")
            let place = try #require(panel["gridPos"])
            let x = try #require(place["x"]?.int)
            let y = try #require(place["y"]?.int)
            let (w, h) = (place["w"]?.int ?? 0, place["h"]?.int ?? 0)
            #expect(x >= 0 && w > 0 && x + w <= 24 && h > 0, "\(title)")
            for column in x..<x + w {
                for row in y..<y + h { #expect(cells.insert([column, row]).inserted, "\(title) overlaps") }
            }
        }
        for panel in dashboard.panels {
            let title = panel["title"]?.string ?? ""
            #expect(kinds.contains(panel["type"]?.string ?? ""), "\(title)")
            #expect(panel["description"]?.string?.hasSuffix(".") == true, "\(title)")
            let options = panel["options"]
            let unit = panel["fieldConfig"]?["defaults"]?["unit"]?.string ?? ""
            #expect(Self.units.contains(unit), "\(title): \(unit)")
            switch panel["type"] {
            case "timeseries": #expect(options?["legend"]?["showLegend"] == true, "\(title)")
            case "heatmap": #expect(options?["legend"]?["show"] == true && options?["yAxis"]?["unit"] != nil)
            default: break
            }
            let targets = panel["targets"]?.array ?? []
            #expect(!targets.isEmpty, "\(title)")
            #expect(Set(targets.map { $0["refId"]?.string }).count == targets.count, "\(title)")
            for target in targets + [panel] { #expect(target["datasource"] == source, "\(title)") }
            #expect(targets.allSatisfy { $0["legendFormat"]?.string?.isEmpty == false }, "\(title)")
            // Of what time a rate is has to be said; a share of two, and time spent in a time, have no unit.
            let isRate = targets.contains { target in
                let words = target["expr"]?.string ?? ""
                return words.contains("rate(") && !words.contains(" / ") && !words.contains("_seconds_")
            }
            #expect(!isRate || unit != "short", "\(title): a rate without a unit")
        }
        let variables = Set(dashboard.variables.compactMap { $0["name"]?.string })
        #expect(variables.isSuperset(of: ["datasource", "instance"]))
        for query in dashboard.queries {
            let used = Set(query.expression.matches(of: /\$([a-z_]+)/).map { String($0.output.1) })
            #expect(used.subtracting(variables).isSubset(of: ["__rate_interval"]), "\(query.panel): \(used)")
        }
    }

    /// Units of Grafana that panels use; they are in its packages/grafana-data/src/valueFormats/categories.ts.
    private static let units: Set = [
        "short", "s", "bytes", "percentunit", "ops", "reqps", "cpm", "currencyUSD",
    ]

    @Test(
        "names are told from functions, keywords and numbers",
        arguments: [
            ("up", [("up", [])], []),
            (
                "sum by (a, le) (rate(m_bucket{b=\"x{y}\", c=~'z'}[5m])) > 1e3",
                [("m_bucket", ["b", "c"])], ["a"]
            ),
            (
                "sum(a:b:c) / on (job) group_left (x) max without (y) (d offset 5m) or vector(0)",
                [("a:b:c", []), ("d", [])], ["job", "x", "y"]
            ),
            ("{__name__=~\"soma.*\"} unless bool_metric", [("", ["__name__"]), ("bool_metric", [])], []),
            ("60 * histogram_quantile(0.95, m{}) and 0x1F == inf", [("m", [])], []),
            ("sum(rate(x[5m:1m])) by (k)", [("x", [])], ["k"]),
        ] as [(String, [(String, Set<String>)], Set<String>)]
    )
    func names(expression: String, selectors: [(String, Set<String>)], groups: Set<String>) {
        let names = PromQLNames(expression)
        #expect(names.selectors == selectors.map { .init(metric: $0.0, labels: $0.1) })
        #expect(names.groups == groups)
    }
}
