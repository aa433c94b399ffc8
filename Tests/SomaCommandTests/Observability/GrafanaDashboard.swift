import FoundationEssentials
import SomaCore
import Testing

/// A dashboard of Grafana, as its file has it.
struct GrafanaDashboard {
    struct Query {
        let panel: String
        let expression: String
        let legend: String

        /// As Grafana would send it: everything chosen, and a minute's rates.
        var filled: String {
            expression.replacing("$__rate_interval", with: "1m").replacing(/\$[a-z_]+/, with: ".*")
        }
    }

    static let names = ["overview", "agents"]
    let document: JSON

    init(_ name: String) throws {
        let path = "\(CommandHarness.root)/infra/grafana/dashboards/\(name).json"
        let bytes = try #require(FileManager.default.contents(atPath: path), "\(path) can't be read")
        document = try JSON.parse([UInt8](bytes))
    }

    /// All that aren't headings.
    var panels: [JSON] { (document["panels"]?.array ?? []).filter { $0["type"] != "row" } }

    var queries: [Query] {
        panels.flatMap { panel in
            (panel["targets"]?.array ?? []).map { target in
                Query(
                    panel: panel["title"]?.string ?? "",
                    expression: target["expr"]?.string ?? "",
                    legend: target["legendFormat"]?.string ?? ""
                )
            }
        }
    }

    var variables: [JSON] { document["templating"]?["list"]?.array ?? [] }

    /// The metric and the label that each variable takes its values from.
    var variableSources: [(metric: String, label: String)] {
        variables.compactMap { variable in
            let query = variable["query"]?["query"]?.string ?? ""
            guard let match = query.wholeMatch(of: /label_values\((.*), ([a-z_]+)\)/) else { return nil }
            let names = PromQLNames(String(match.output.1)).selectors
            return names.first.map { ($0.metric, String(match.output.2)) }
        }
    }
}
