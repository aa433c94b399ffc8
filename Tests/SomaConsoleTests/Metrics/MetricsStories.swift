import SomaCore
import SomaMetrics
import SomaTerminal
import SomaTesting

@testable import SomaConsole

/// A console that looks at metrics.
enum MetricsStories {
    /// Numbers from 0 to 1 that rise and fall, the same each time.
    static func wave(_ index: Int, of points: Int, seed: Int) -> Double {
        let period = max(8, points / (2 + seed % 3))
        let place = (index + seed * 7) % period
        let up = Double(place) / Double(period)
        let triangle = up < 0.5 ? up * 2 : 2 - up * 2
        let noise = Double((index &* 7_919 &+ seed &* 104_729) % 97) / 97
        return triangle * 0.8 + noise * 0.2
    }

    /// How large the numbers of a unit are.
    private static func size(_ unit: MetricUnit) -> Double {
        switch unit {
        case .number: 14
        case .perSecond: 1_900
        case .perMinute: 41_000
        case .perHour: 120
        case .seconds: 0.003_1
        case .bytes: 1.2e9
        case .bytesPerSecond: 48_000
        case .dollars: 3.4
        case .dollarsPerHour: 2.2
        case .percent: 0.62
        }
    }

    private static func names(_ series: SeriesSpec) -> [[String: String]] {
        let values: [String: [String]] = [
            "direction": ["in", "out"], "status": ["running", "waiting", "done"],
            "outcome": ["completed", "failed", "cancelled"], "instance": ["somad-1:9464", "somad-2:9464"],
            "node": [
                "Plan", "Recall", "ToolSelect", "Execute", "Observe", "Reflect", "Verify", "Commit",
                "Remember", "Sleep",
            ],
            "route": ["/runs", "/runs/{id}", "/events"], "effect": ["http_get", "shell", "search"],
            "model": ["small-a", "large-b"],
            "le": ["0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "+Inf"],
        ]
        guard let label = series.by?.last, let all = values[label] else { return [[:]] }
        return all.map { [label: $0] }
    }

    /// What a source would answer.
    /// - Parameter gap: Where nothing was measured, as parts of the time in sight.
    static func answer(
        _ look: MetricsLook,
        _ panels: [PanelSpec],
        now: Timestamp,
        gap: ClosedRange<Double> = 0.55...0.66
    ) -> MetricsAnswer {
        let until = look.until ?? now
        let from = until + .microseconds(-look.length.microseconds)
        let told = panels.enumerated().map { place, panel -> MetricsAnswer.Panel in
            var lines: [MetricsAnswer.Line] = []
            for (part, series) in panel.series.enumerated() {
                for (number, labels) in names(series).enumerated() {
                    let share = panel.kind == .heatmap ? Double(number + 1) / 8 : 1 / Double(1 + number)
                    let values = (0..<look.points).map { index -> Double? in
                        let at = Double(index) / Double(max(1, look.points - 1))
                        guard !gap.contains(at) else { return nil }
                        let seed = panel.kind == .heatmap ? place : place * 5 + part * 2 + number
                        let spike = abs(at - 0.8) < 0.02 ? 1.6 : 1
                        let value =
                            wave(index, of: look.points, seed: seed) * size(panel.unit) * spike * share
                        if panel.kind == .heatmap {
                            let base = (20 * wave(index, of: look.points, seed: place)).rounded()
                            return base * share * share
                        }
                        return value * (part == 0 ? 1 : 1 + Double(part))
                    }
                    var name = series.legend
                    for (label, value) in labels { name = name.replacing("{\(label)}", with: value) }
                    lines.append(
                        .init(name: name.replacing("{instance}", with: ""), labels: labels, values: values)
                    )
                }
            }
            return .lines(lines)
        }
        return MetricsAnswer(from: from, until: until, points: look.points, panels: told, heardAt: now)
    }

    static func named(_ size: Size, _ kind: MetricsOrigin.Kind = .server) -> TestConsole {
        var console = TestConsole.with(Stories.mix, size: size)
        console.state.metrics.origin = MetricsOrigin(
            kind,
            name: kind == .server ? "prometheus:9090" : "daemon",
            reach: .seconds(kind == .server ? 2_592_000 : 3_600)
        )
        return console
    }

    /// Metrics with an answer.
    static func console(_ size: Size, keys: String = "") -> TestConsole {
        var console = named(size)
        console.press("alt+m \(keys)")
        console.tell()
        return console
    }
}

extension TestConsole {
    /// The look that is asked for, the first of two.
    var look: MetricsLook? { looks.first }

    /// All looks that are asked for.
    var looks: [MetricsLook] { state.metrics.asked.map(\.look) }

    /// Answers all looks.
    mutating func tell(gap: ClosedRange<Double> = 0.55...0.66) {
        for look in looks {
            let pane = state.panes.first { $0.metricsView.asked == look.number }
            let name = pane?.metricsView.dashboard
            let panels = state.metrics.dashboards.first { $0.name == name }?.panels ?? []
            let answer = MetricsStories.answer(look, panels, now: state.now, gap: gap)
            feed(.metrics(.answered(look.number, answer)))
        }
    }
}
