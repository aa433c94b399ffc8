package import SomaCore
import SomaMetrics

/// An alert of a Prometheus server, as the console lists it.
package struct AlertLine: Sendable, Hashable {
    package var name: String
    /// The label `severity`; empty where there is none.
    package var severity: String
    package var isFiring: Bool
    package var since: Timestamp?
    package var summary: String
    /// The labels that tell it from others of the same rule.
    package var labels: String
    package var runbook: String

    init(_ alert: PrometheusAlert) {
        func value(_ name: String, in labels: [Exposition.Label]) -> String {
            labels.first { $0.name == name }?.value ?? ""
        }
        name = alert.name
        severity = value("severity", in: alert.labels)
        isFiring = alert.state == .firing
        since = Timestamp(alert.activeAt)
        let words = ["summary", "description", "message"].map { value($0, in: alert.annotations) }
        summary = words.first { !$0.isEmpty } ?? ""
        labels = alert.labels.filter { $0.name != "alertname" && $0.name != "severity" }
            .map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        runbook = value("runbook_url", in: alert.annotations)
    }

    /// The firing before the pending, the worst first, the newest first.
    static func sorted(_ alerts: [PrometheusAlert]) -> [AlertLine] {
        func rank(_ line: AlertLine) -> Int {
            (line.isFiring ? 0 : 10) + (line.isBad ? 0 : line.severity == "warning" ? 1 : 2)
        }
        return alerts.filter { $0.state != .inactive }.map { AlertLine($0) }
            .sorted {
                (rank($0), $1.since?.microseconds ?? 0, $0.name, $0.labels)
                    < (rank($1), $0.since?.microseconds ?? 0, $1.name, $1.labels)
            }
    }

    /// Whether it is of the kind that somebody is woken for.
    var isBad: Bool { ["critical", "page", "error", "fatal"].contains(severity.lowercased()) }
}
