import SomaCore
import SomaTerminal

/// Draws one panel: title, axes, what is between them, and the legend.
struct PanelView {
    private let state: AppState
    private let number: Int
    private let spec: PanelSpec
    private let look: Look
    private let lines: PanelLines?
    private let isSelected: Bool
    private let moment: Timestamp?

    init(_ state: AppState, _ number: Int, _ look: Look) {
        self.state = state
        self.number = number
        self.look = look
        spec = state.dashboard.panels[number]
        lines = state.panelLines(number)
        isSelected = state.metricsView.selected == number
        moment = state.metricsMoment
    }

    private var isSum: Bool { spec.kind == .stacked }

    func draw(on canvas: inout Canvas, in rect: Rect, _ layout: PanelLayout) {
        drawTitle(on: &canvas, in: layout.title)
        guard let lines, !lines.lines.isEmpty else {
            look.draw(StyledLine(absence, look[.dim]), on: &canvas, in: rect.part(column: 1, row: 1).line(0))
            return
        }
        if spec.kind == .stat { return drawStat(lines, on: &canvas, in: rect.part(row: 1)) }
        let time = ChartTime(
            until: state.metricsEnd,
            length: state.metricsView.time.length,
            columns: layout.plot.columns
        )
        let scale = ChartScale(
            lines.values(isSum: isSum, within: time.from...time.until),
            unit: spec.unit,
            rows: layout.plot.rows,
            least: spec.least,
            most: spec.most
        )
        if spec.kind == .heatmap {
            drawBounds(lines, on: &canvas, layout)
        } else {
            drawValues(scale, on: &canvas, layout)
            drawThresholds(scale, on: &canvas, in: layout.plot)
        }
        canvas.clipped(to: layout.plot) { canvas in
            PanelChart(lines: lines, kind: spec.kind, scale: scale, time: time, look: look)
                .draw(on: &canvas, in: layout.plot)
        }
        drawTimes(time, on: &canvas, in: layout)
        if state.metricsView.isWhole {
            drawTable(lines, time, on: &canvas, in: layout.legend)
        } else {
            drawLegend(lines, on: &canvas, in: layout.legend)
        }
    }

    /// Why there is nothing to draw.
    private var absence: String {
        guard let answer = state.metricsView.answer else { return "loading" }
        guard answer.panels.indices.contains(number) else { return "loading" }
        if case .failed(let reason) = answer.panels[number] { return reason.firstLine }
        guard let origin = state.metrics.origin, origin.kind == .server,
            let wish = state.metricsView.wanted, spec.series.contains(where: \.isOverWindow)
        else { return "no data" }
        // A server that scrapes too seldom has values and no rates.
        let window = Amounts.time(wish.window(origin.kind))
        return "no data: no two samples in \(window)"
    }

    // MARK: Title

    private func drawTitle(on canvas: inout Canvas, in rect: Rect) {
        guard !rect.isEmpty else { return }
        var base = Style.plain
        if isSelected {
            base = look[state.isActive ? .selection : .selectionInactive]
            canvas.fill(rect, style: base)
        }
        let right = titleValue
        let columns = min(right.columns, max(0, rect.columns - 8))
        look.draw(
            right,
            on: &canvas,
            in: rect.part(column: rect.columns - columns - 1, columns: columns),
            base: base
        )
        look.draw(
            StyledLine(spec.title.firstLine, isSelected ? .plain : look[.title]),
            on: &canvas,
            in: rect.part(column: 1, columns: max(0, rect.columns - columns - 4)),
            base: base
        )
    }

    /// What the panel comes to: its only line, or the sum of a stack.
    private var titleValue: StyledLine {
        guard let lines, !lines.lines.isEmpty else { return StyledLine([]) }
        let value: Double?
        switch spec.kind {
        case .heatmap: return StyledLine([])
        case .stacked:
            let index = moment.map { lines.index(nearest: $0) } ?? lines.points - 1
            value = index.flatMap { lines.sum($0) }
        case .line, .area, .stat:
            guard lines.lines.count == 1 else { return StyledLine([]) }
            value = lines.value(0, at: moment)
        }
        return StyledLine(text(value), valueStyle(value))
    }

    private func text(_ value: Double?) -> String { value.map { spec.unit.text($0) } ?? look.none }

    private func valueStyle(_ value: Double?) -> Style {
        guard let value, let level = level(value) else { return .plain }
        return look[level == .bad ? .bad : .warning]
    }

    private func level(_ value: Double) -> PanelSpec.Threshold.Level? {
        let held = spec.thresholds.filter { $0.holds(for: value) }.map(\.level)
        return held.contains(.bad) ? .bad : held.first
    }

    // MARK: Axes

    private func drawValues(_ scale: ChartScale, on canvas: inout Canvas, _ layout: PanelLayout) {
        let rect = layout.values
        drawAxis(on: &canvas, layout)
        for tick in scale.ticks {
            let row = row(of: tick, scale, rect.rows)
            label(spec.unit.axis(tick), row, on: &canvas, rect)
        }
    }

    private func row(of value: Double, _ scale: ChartScale, _ rows: Int) -> Int {
        // In the row in which a line of that value is drawn.
        let down = look.glyphs == .unicode ? 4 : 1
        let dots = Double(rows * down - 1)
        return min(rows - 1, max(0, Int(((1 - scale.share(value)) * dots).rounded()) / down))
    }

    private func drawBounds(_ lines: PanelLines, on canvas: inout Canvas, _ layout: PanelLayout) {
        let rect = layout.values
        drawAxis(on: &canvas, layout)
        let rows = PanelChart.buckets(lines.lines.count, rows: rect.rows)
        var last: Double?
        for (row, range) in rows.enumerated() where lines.bounds.indices.contains(range.upperBound - 1) {
            let bound = lines.bounds[range.upperBound - 1]
            guard bound != last, row.isMultiple(of: rect.rows > 5 ? 2 : 1) else { continue }
            last = bound
            label(bound.isFinite ? spec.unit.axis(bound) : "+Inf", row, on: &canvas, rect)
        }
    }

    private func drawAxis(on canvas: inout Canvas, _ layout: PanelLayout) {
        let rect = layout.values
        canvas.rule(
            column: rect.endColumn - 1,
            rows: rect.row..<rect.endRow,
            style: look[.border],
            glyphs: look.glyphs
        )
    }

    private func label(_ text: String, _ row: Int, on canvas: inout Canvas, _ rect: Rect) {
        let column = rect.column + max(0, PanelLayout.axisColumns - SafeText.columns(of: text))
        canvas.draw(
            text,
            column: column,
            row: rect.row + row,
            style: look[.dim],
            maxColumns: PanelLayout.axisColumns,
            ellipsis: look.glyphs.ellipsis
        )
        canvas.putGlyph(
            look.glyphs.pick("┤", "+"),
            column: rect.endColumn - 1,
            row: rect.row + row,
            style: look[.border]
        )
    }

    private func drawThresholds(_ scale: ChartScale, on canvas: inout Canvas, in plot: Rect) {
        for threshold in spec.thresholds where threshold.value >= scale.low && threshold.value <= scale.high {
            let row = plot.row + row(of: threshold.value, scale, plot.rows)
            let style = look[threshold.level == .bad ? .bad : .warning]
            for column in plot.column..<plot.endColumn {
                canvas.putGlyph(look.glyphs.pick("┄", "-"), column: column, row: row, style: style)
            }
        }
    }

    /// Times below the plot, the cross-hair and the time cursor in it.
    private func drawTimes(_ time: ChartTime, on canvas: inout Canvas, in layout: PanelLayout) {
        let (plot, rect) = (layout.plot, layout.times)
        guard !rect.isEmpty else { return }
        let read = moment.flatMap { moment in
            time.column(moment).map { label(of: moment, at: plot.column + $0, in: rect) }
        }
        if let read { canvas.draw(read.text, column: read.start, row: rect.row, style: look[.cursor]) }
        var free = rect.column
        for (column, text) in time.ticks(state.clock) {
            let start = plot.column + column - text.count / 2
            let end = start + text.count
            guard start >= free, end <= rect.endColumn else { continue }
            // The moment that is read takes the place of what is written regularly.
            if let read, start <= read.start + read.text.count, end >= read.start { continue }
            canvas.draw(text, column: start, row: rect.row, style: look[.dim])
            free = end + 1
        }
        for moment in [state.cursorTime, state.metricsView.crossHair].compactMap({ $0 }) {
            guard let column = time.column(moment) else { continue }
            for row in plot.row..<plot.endRow {
                let point = Point(column: plot.column + column, row: row)
                // Lines stay in sight below it.
                guard let cell = canvas[point]?.text, cell == " " || "┄-·.".contains(cell) else { continue }
                canvas.putGlyph(
                    look.glyphs.pick("┊", "|"),
                    column: point.column,
                    row: row,
                    style: look[.cursor]
                )
            }
        }
    }

    /// A moment as it is written below its column, and where that begins.
    private func label(of moment: Timestamp, at column: Int, in rect: Rect) -> (text: String, start: Int) {
        let text = state.clock.time(moment)
        return (text, min(max(rect.column, column - text.count / 2), rect.endColumn - text.count))
    }

    // MARK: Legend

    private func drawLegend(_ lines: PanelLines, on canvas: inout Canvas, in rect: Rect) {
        guard !rect.isEmpty else { return }
        var items: [StyledLine] = []
        for (place, line) in lines.lines.enumerated() {
            let value = lines.value(place, at: moment)
            items.append(
                StyledLine([
                    .init(
                        String(PanelChart.mark(place, spec.kind, look.glyphs)),
                        look[PanelChart.role(place)]
                    ),
                    .init(
                        " " + SafeText.clip(name(line), to: 24, mark: look.glyphs.ellipsis) + " ",
                        look[.dim]
                    ),
                    .init(text(value), valueStyle(value)),
                ])
            )
        }
        var row = 0
        var column = 1
        for (index, item) in items.enumerated() {
            let left = items.count - index
            let rest = left > 1 || lines.hidden > 0 ? 5 : 0
            if column > 1, column + item.columns > rect.columns - (row == rect.rows - 1 ? rest : 0) {
                guard row < rect.rows - 1 else {
                    let more = StyledLine("+\(left + lines.hidden)", look[.dim])
                    return look.draw(more, on: &canvas, in: rect.line(row).part(column: column))
                }
                row += 1
                column = 1
            }
            look.draw(item, on: &canvas, in: rect.line(row).part(column: column))
            column += item.columns + 2
        }
        guard lines.hidden > 0 else { return }
        look.draw(
            StyledLine("+\(lines.hidden)", look[.dim]),
            on: &canvas,
            in: rect.line(row).part(column: min(column, rect.columns - 4))
        )
    }

    private func name(_ line: PanelLines.Line) -> String {
        line.name.isEmpty ? "value" : line.name.firstLine
    }

    /// The lines of a panel that is alone in sight, with what was least, most and usual of what is in sight.
    private func drawTable(_ lines: PanelLines, _ time: ChartTime, on canvas: inout Canvas, in rect: Rect) {
        guard rect.rows > 1, spec.kind != .heatmap else { return }
        let head = moment == nil ? "NOW" : "THEN"
        let table = Table(
            columns: [
                TableColumn(" ", width: 1, priority: 10),
                TableColumn("LINE", min: 12, weight: 4, priority: 9),
                TableColumn(head, width: 10, priority: 8, alignment: .right),
                TableColumn("LEAST", width: 10, priority: 5, alignment: .right),
                TableColumn("MEAN", width: 10, priority: 6, alignment: .right),
                TableColumn("MOST", width: 10, priority: 7, alignment: .right),
            ]
        )
        let places = (0..<lines.points).filter {
            let moment = lines.moment($0)
            return moment >= time.from && moment <= time.until
        }
        table.draw(
            on: &canvas,
            in: rect,
            state: ListState(selected: nil),
            count: lines.lines.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            guard lines.lines.indices.contains(place) else { return Table.Row([]) }
            let line = lines.lines[place]
            let values = places.compactMap { line.values.indices.contains($0) ? line.values[$0] : nil }
                .filter(\.isFinite)
            let mean = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            let value = lines.value(place, at: moment)
            let mark = PanelChart.mark(place, spec.kind, look.glyphs)
            return Table.Row([
                StyledLine(String(mark), look[PanelChart.role(place)]), StyledLine(name(line)),
                StyledLine(text(value), valueStyle(value)), StyledLine(text(values.min()), look[.dim]),
                StyledLine(text(mean), look[.dim]), StyledLine(text(values.max()), look[.dim]),
            ])
        }
    }

    // MARK: Single values

    /// The latest values, large by what is around them: nothing; and how they came to be.
    private func drawStat(_ lines: PanelLines, on canvas: inout Canvas, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let shown = min(lines.lines.count, max(1, rect.rows - 2))
        let chartRows = max(0, rect.rows - shown - 2)
        let top = rect.rows > shown + 1 ? 1 : 0
        for place in 0..<shown {
            let value = lines.value(place, at: moment)
            var line = StyledLine(text(value), valueStyle(value).adding(.bold))
            line.append("  " + name(lines.lines[place]), look[.dim])
            look.draw(line, on: &canvas, in: rect.part(column: 2).line(top + place))
        }
        guard chartRows > 0 else { return }
        let plot = rect.part(column: 1, row: rect.rows - chartRows, columns: rect.columns - 2)
        let time = ChartTime(
            until: state.metricsEnd,
            length: state.metricsView.time.length,
            columns: plot.columns
        )
        let values = lines.values(isSum: false, within: time.from...time.until)
        let scale = ChartScale(values, unit: spec.unit, rows: plot.rows, least: spec.least, most: spec.most)
        canvas.clipped(to: plot) { canvas in
            PanelChart(lines: lines, kind: .stat, scale: scale, time: time, look: look).draw(
                on: &canvas,
                in: plot
            )
        }
    }
}
