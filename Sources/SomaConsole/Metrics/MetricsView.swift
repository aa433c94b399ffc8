import SomaCore
import SomaTerminal

/// The metrics of a source as panels: what is busy, slow, failing and dear, and when that was.
enum MetricsView: Feature {
    static let hints = [
        "app.help", "metrics.whole", "metrics.cross-hair", "metrics.peak", "metrics.runs", "metrics.moment",
        "metrics.pause", "metrics.next", "metrics.alerts",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeMetrics() }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let layout = MetricsLayout(rect)
        if state.metricsView.showsAlerts {
            return mouse.wheelRows == 0 ? [] : state.update(metrics: .alertsMoved(.rows(mouse.wheelRows)))
        }
        if mouse.wheelRows != 0 { return state.update(metrics: .panned(mouse.wheelRows > 0 ? 1 : -1)) }
        guard mouse.action == .press || mouse.action == .drag else { return [] }
        for (number, place) in panels(state, in: layout.panels) where place.contains(mouse.point) {
            state.metricsView.selected = number
            let plot = panelLayout(state, number, place).plot
            guard plot.contains(mouse.point) else { return [] }
            let view = state.metricsView
            let time = ChartTime(until: state.metricsEnd, length: view.time.length, columns: plot.columns)
            return state.put(crossHair: time.moment(mouse.point.column - plot.column))
        }
        return []
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let layout = MetricsLayout(rect)
        MetricsHead.draw(state, on: &canvas, in: layout.head, look)
        if state.metricsView.showsAlerts {
            return AlertsView.draw(state, on: &canvas, in: layout.panels, look)
        }
        if let words = emptyWords(state) {
            return TraceWords.draw(words, on: &canvas, in: layout.panels, look)
        }
        let places = panels(state, in: layout.panels)
        for (number, place) in places {
            let panel = PanelView(state, number, look)
            canvas.clipped(to: place) { canvas in
                panel.draw(on: &canvas, in: place, panelLayout(state, number, place))
            }
            // What divides two panels beside each other.
            guard place.endColumn < layout.panels.endColumn else { continue }
            canvas.rule(
                column: place.endColumn,
                rows: place.row..<place.endRow,
                style: look[.border],
                glyphs: look.glyphs
            )
        }
        let grid = state.panelGrid
        guard !state.metricsView.isWhole, grid.rows > grid.visible else { return }
        Scrollbar(count: grid.rows, visible: grid.visible, top: state.metricsView.top).draw(
            on: &canvas,
            in: Rect(
                column: rect.endColumn - 1,
                row: layout.panels.row,
                columns: 1,
                rows: layout.panels.rows
            ),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }

    /// The panels in sight, and where.
    private static func panels(_ state: AppState, in rect: Rect) -> [(number: Int, rect: Rect)] {
        if state.metricsView.isWhole { return [(state.metricsView.selected, rect)] }
        return PanelGrid(count: state.dashboard.panels.count, in: rect).panels(top: state.metricsView.top)
    }

    private static func panelLayout(_ state: AppState, _ number: Int, _ rect: Rect) -> PanelLayout {
        let kind = state.dashboard.panels[number].kind
        let names = kind == .heatmap || kind == .stat ? 0 : state.panelLines(number)?.lines.count ?? 0
        return PanelLayout(rect, names: names, isWhole: state.metricsView.isWhole)
    }

    private static func emptyWords(_ state: AppState) -> [String]? {
        guard state.metrics.origin != nil else { return MetricsHead.unnamed }
        if state.dashboard.panels.isEmpty { return ["The dashboard has no panels."] }
        guard state.metricsView.answer == nil else { return nil }
        if let lost = state.metrics.lost {
            return [lost.reason.firstLine, "", "It is asked again by itself."]
        }
        if let silence = state.metrics.silence(of: state.metricsView.asked, now: state.now) {
            return ["No answer for \(Amounts.time(silence)).", "", "It is asked again by itself."]
        }
        return nil
    }
}

/// Where the parts of the view are.
struct MetricsLayout: Sendable, Hashable {
    let head: Rect
    let panels: Rect

    init(_ rect: Rect) {
        let inner = rect.inset(columns: 1)
        head = inner.line(0)
        panels = inner.part(row: 1)
    }
}
