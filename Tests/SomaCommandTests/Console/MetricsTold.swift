import SomaConsole
import SomaMetrics
import Synchronization

/// What a source of metrics tells, gathered with when it was.
final class MetricsTold: Sendable {
    private struct State {
        var answers: [(number: Int, answer: MetricsAnswer)] = []
        var losses: [String] = []
        var alerts: [[PrometheusAlert]] = []
        var alertsFailures: [String] = []
        /// Whether the last thing told of the source is that it is lost.
        var isLost = false
        var isOver = false
    }

    private let state = Mutex(State())

    init(_ source: any MetricsSource) {
        Task {
            for await news in source.news { self.take(news) }
            self.state.withLock { $0.isOver = true }
        }
    }

    private func take(_ news: MetricsNews) {
        state.withLock { state in
            switch news {
            case .answered(let number, let answer):
                state.answers.append((number, answer))
                state.isLost = false
            case .lost(let reason):
                state.losses.append(reason)
                state.isLost = true
            case .alerts(let alerts):
                state.alerts.append(alerts)
                state.isLost = false
            case .alertsFailed(let reason):
                state.alertsFailures.append(reason)
                state.isLost = false
            }
        }
    }

    var losses: [String] { state.withLock(\.losses) }
    var alerts: [[PrometheusAlert]] { state.withLock(\.alerts) }
    var alertsFailures: [String] { state.withLock(\.alertsFailures) }
    var isLost: Bool { state.withLock(\.isLost) }
    var isOver: Bool { state.withLock(\.isOver) }
    var count: Int { state.withLock { $0.answers.count } }

    /// The latest answer to a look.
    func answer(_ number: Int) -> MetricsAnswer? {
        state.withLock { $0.answers.last { $0.number == number }?.answer }
    }

    /// How often a look was answered.
    func times(_ number: Int) -> Int { state.withLock { $0.answers.count { $0.number == number } } }

    /// The lines of a panel of the latest answer to a look.
    func lines(_ number: Int, panel: Int = 0) -> [MetricsAnswer.Line] {
        guard let panels = answer(number)?.panels, panels.indices.contains(panel),
            case .lines(let lines) = panels[panel]
        else { return [] }
        return lines
    }

    /// Why a panel of the latest answer to a look has no lines.
    func failure(_ number: Int, panel: Int = 0) -> String? {
        guard let panels = answer(number)?.panels, panels.indices.contains(panel),
            case .failed(let reason) = panels[panel]
        else { return nil }
        return reason
    }

    /// Waits until something is so.
    /// - Returns: How long that took; `nil` where it never is.
    func wait(_ limit: Duration = .seconds(20), until holds: (MetricsTold) -> Bool) async -> Duration? {
        let begun = ContinuousClock.now
        while ContinuousClock.now - begun < limit {
            if holds(self) { return ContinuousClock.now - begun }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }
}

extension MetricsLook {
    /// A look at the last minute.
    init(_ number: Int, _ panels: [PanelQuery], length: Duration = .seconds(60), points: Int = 61) {
        self.init(number: number, panels: panels, until: nil, length: length, points: points)
    }
}

extension PanelQuery {
    /// A panel of one question to scraped samples.
    static func scraped(_ query: ScrapedQuery, legend: String = "") -> PanelQuery {
        PanelQuery([Part(legend: legend, promQL: "", scraped: query)])
    }

    /// A panel of one question to a server.
    static func server(_ expression: String, legend: String = "") -> PanelQuery {
        PanelQuery([Part(legend: legend, promQL: expression, scraped: nil)])
    }
}
