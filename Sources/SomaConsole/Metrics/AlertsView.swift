import SomaCore
import SomaTerminal

/// The alerts of a Prometheus server, a line each, and the selected one in full.
enum AlertsView {
    private static let columns = [
        TableColumn(" ", width: 1, priority: 10),
        TableColumn("ALERT", min: 12, max: 36, weight: 2, priority: 9),
        TableColumn("SEVERITY", min: 8, max: 12, priority: 6),
        TableColumn("SINCE", width: 7, priority: 8, alignment: .right),
        TableColumn("SUMMARY", min: 20, weight: 8, priority: 7),
    ]

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let alerts = state.metrics.alerts
        guard !alerts.isEmpty else {
            return TraceWords.draw(emptyWords(state), on: &canvas, in: rect, look)
        }
        let detailRows = rect.rows >= 12 ? 4 : 0
        var table = Table(columns: columns, gap: rect.columns < 60 ? 1 : 2)
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect.part(rows: rect.rows - detailRows),
            state: state.metricsView.alertsList,
            count: alerts.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            guard alerts.indices.contains(place) else { return Table.Row([]) }
            return row(alerts[place], state, look)
        }
        guard detailRows > 0, let place = state.metricsView.alertsList.selected,
            alerts.indices.contains(place)
        else { return }
        let alert = alerts[place]
        let detail = rect.part(row: rect.rows - detailRows)
        canvas.rule(
            row: detail.row,
            columns: detail.column..<detail.endColumn,
            style: look[.border],
            glyphs: look.glyphs
        )
        look.draw(StyledLine(alert.summary.firstLine), on: &canvas, in: detail.line(1))
        look.draw(StyledLine(alert.labels.firstLine, look[.dim]), on: &canvas, in: detail.line(2))
        look.draw(StyledLine(alert.runbook.firstLine, look[.link]), on: &canvas, in: detail.line(3))
    }

    private static func row(_ alert: AlertLine, _ state: AppState, _ look: Look) -> Table.Row {
        let role: ThemeRole = !alert.isFiring ? .dim : alert.isBad ? .bad : .warning
        let sign = alert.isFiring ? look.glyphs.pick("▲", "^") : look.glyphs.pick("△", "-")
        let since = alert.since.map { Amounts.time(max(.zero, state.now - $0)) } ?? look.none
        return Table.Row([
            StyledLine(String(sign), look[role]), StyledLine(alert.name.firstLine),
            StyledLine(alert.severity.firstLine, look[role]), StyledLine(since, look[.dim]),
            StyledLine(alert.summary.isEmpty ? alert.labels.firstLine : alert.summary.firstLine, look[.dim]),
        ])
    }

    private static func emptyWords(_ state: AppState) -> [String] {
        guard let origin = state.metrics.origin else { return MetricsHead.unnamed }
        switch origin.kind {
        case .server:
            if let lost = state.metrics.lost {
                return [lost.reason.firstLine, "", "It is asked again by itself."]
            }
            if let failure = state.metrics.alertsFailure {
                return [
                    "The alerts can't be read:", failure.reason.firstLine, "", "They are asked for again.",
                ]
            }
            return state.metrics.alertsHeardAt == nil ? ["loading"] : ["No alert is firing or pending."]
        case .scraped:
            return [
                "Alerts are a Prometheus server's: an endpoint that is scraped has none.", "",
                "  soma --prometheus http://localhost:9090",
            ]
        }
    }
}
