import SomaCore
import SomaTerminal

/// The line above the panels: which dashboard, which time, and how old what is shown is.
enum MetricsHead {
    static let unnamed = [
        "No metrics are named.", "",
        "  soma --prometheus http://localhost:9090        ask a Prometheus server",
        "  soma --metrics http://localhost:9464/metrics   scrape any endpoint", "",
        "Attached to a daemon, its own metrics are here without any of that.",
    ]

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty else { return }
        let right = right(state, look)
        let names = names(state, columns: rect.columns - right.columns - 3, look)
        look.draw(names, on: &canvas, in: rect)
        let room = max(0, rect.columns - names.columns - 2)
        let columns = min(right.columns, room)
        look.draw(right, on: &canvas, in: rect.part(column: rect.columns - columns))
    }

    /// All dashboards where they fit; else the one in sight, and which of how many it is.
    private static func names(_ state: AppState, columns: Int, _ look: Look) -> StyledLine {
        let all = state.metrics.dashboards.map(\.name.firstLine)
        let current = state.dashboard.name.firstLine
        if state.metricsView.showsAlerts { return StyledLine("alerts", look[.accent]) }
        guard all.count > 1 else { return StyledLine(current, look[.accent]) }
        var line = StyledLine([])
        for name in all {
            line.append(line.spans.isEmpty ? "" : "  ")
            line.append(name, look[name == current ? .accent : .dim])
        }
        if line.fits(in: columns) { return line }
        let place = (all.firstIndex(of: current) ?? 0) + 1
        return StyledLine([
            .init(SafeText.clip(current, to: 24), look[.accent]), .init(" \(place)/\(all.count)", look[.dim]),
        ])
    }

    private static func right(_ state: AppState, _ look: Look) -> StyledLine {
        guard let origin = state.metrics.origin else { return StyledLine([]) }
        let view = state.metricsView
        var line = StyledLine([])
        func add(_ text: String, _ role: ThemeRole = .dim) {
            if !line.spans.isEmpty { line.append(look.dot, look[.dim]) }
            line.append(text, look[role])
        }
        if let moment = state.metricsMoment {
            let sign = look.glyphs.pick("┊", "|")
            add("\(sign) \(state.clock.time(moment))", .cursor)
        }
        add(span(state))
        if view.isPaused { add("paused", .warning) }
        add(origin.name.firstLine)
        // Whatever is wrong comes last, so that a long reason is what is cut.
        for (text, role) in troubles(state, origin) { add(text, role) }
        return line
    }

    private static func span(_ state: AppState) -> String {
        let time = state.metricsView.time
        let length = MetricsTime.word(time.length)
        guard time.until != nil else { return "last \(length)" }
        let end = time.end(now: state.now)
        return "\(length) to \(state.clock.time(end))"
    }

    private static func troubles(_ state: AppState, _ origin: MetricsOrigin) -> [(String, ThemeRole)] {
        let answer = state.metricsView.answer
        var found: [(String, ThemeRole)] = []
        let hasAlerts = state.metricsView.showsAlerts && !state.metrics.alerts.isEmpty
        if hasAlerts, state.metrics.lost == nil, let failure = state.metrics.alertsFailure {
            let age = Amounts.time(max(.zero, state.now - failure.since))
            found.append(("alerts not read for \(age): \(failure.reason.firstLine)", .warning))
        }
        if let lost = state.metrics.lost, answer != nil || hasAlerts {
            let age = max(.zero, state.now - lost.since)
            found.append(("lost \(Amounts.time(age)): \(lost.reason.firstLine)", .warning))
        } else if let silence = state.metrics.silence(of: state.metricsView.asked, now: state.now) {
            if answer != nil { found.append(("no answer for \(Amounts.time(silence))", .warning)) }
        } else if let heard = answer?.heardAt, state.metricsView.time.until == nil {
            // A server is told of samples as seldom as it scrapes.
            let most: Duration = origin.kind == .server ? .seconds(120) : .seconds(10)
            let age = state.now - heard
            if age > most { found.append(("samples are \(Amounts.time(age)) old", .warning)) }
        }
        for remark in answer?.remarks.prefix(3) ?? [] { found.append((remark.firstLine, .warning)) }
        return found
    }
}
