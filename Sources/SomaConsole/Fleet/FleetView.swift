import SomaCore
import SomaTerminal

/// The table of runs, and a line or two about the selected one.
enum FleetView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.fleetView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.fleetView.typed.trouble }
    static let hints = [
        "app.help", "fleet.open", "fleet.plan", "app.filter", "app.command", "fleet.sort", "fleet.group",
        "fleet.mark",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeFleet() }

    static func selectedRun(_ state: AppState) -> RunID? { state.fleetView.selected }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let total = state.fleet.runs.count
        return (state.fleetView.filter.isEmpty ? total : state.fleetView.rows.runs, total)
    }

    static func marked(_ state: AppState) -> Int { state.fleetView.marked.count }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        var ids: [ContentID?] = []
        for row in state.fleetRowsInSight {
            guard let place = row.place else { continue }
            let run = state.fleet.runs[place]
            ids.append(run.goal)
            if run.status.isTerminal { ids.append(run.outcome) }
        }
        return ids + state.fleetView.rows.unasked + (state.actsOnMarked ? state.fleetView.markedWords : [])
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let count = state.fleetView.rows.count
        if mouse.wheelRows != 0 {
            state.update(fleet: .moved(.rows(mouse.wheelRows)))
        } else if mouse.action == .press {
            let place = FleetLayout(rect).table.part(column: 1)
            let shown = FleetColumns.shown(state.fleetView, in: place)
            if let column = shown.table.heading(at: mouse.point, in: place, state: ListState()) {
                state.update(fleet: .sortChosen(shown.sorts[column]))
                return []
            }
            let row = shown.table.row(at: mouse.point, in: place, state: state.fleetView.list, count: count)
            guard let row else { return [] }
            if state.fleetView.list.selected == row {
                state.update(fleet: .opened)
            } else {
                state.update(fleet: .selected(row))
            }
        }
        return []
    }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return HomeView.drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = FleetLayout(rect)
        let gutter = layout.table.part(columns: 1)
        let rect = layout.table.part(column: 1)
        let view = state.fleetView
        var shown = FleetColumns.shown(view, in: rect)
        shown.table.isFocused = state.isActive
        var list = view.list
        list.left = 0
        var marked: [Int] = []
        var headings: [(line: Int, row: FleetRow)] = []
        let top = list.fitted(count: view.rows.count, visible: layout.rows).top
        shown.table.draw(
            on: &canvas,
            in: rect,
            state: list,
            count: view.rows.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { index in
            guard let row = view.rows.row(index, state.fleet) else { return Table.Row([]) }
            if row.group != nil { headings.append((index - top + 1, row)) }
            let isMarked = row.id.map { view.marked.contains($0) } ?? false
            if isMarked { marked.append(index - top + 1) }
            return FleetColumns.row(row, shown, state, look)
        }
        drawHeadings(headings, shown, state, on: &canvas, in: rect, look)
        for line in marked {
            canvas.putGlyph(
                look.glyphs.pick("▎", "*"),
                column: gutter.column,
                row: gutter.row + line,
                style: look[.marked]
            )
        }
        drawScroll(shown, state, on: &canvas, gutter, rect, look)
        if view.rows.isEmpty {
            let text = "No run matches. esc shows all again."
            look.draw(StyledLine(text, look[.dim]), on: &canvas, in: rect.part(column: 2, row: 2))
        }
        drawDetail(state, on: &canvas, in: layout.detail.inset(columns: 1), look)
    }

    /// The names of groups, over the columns that say nothing of them.
    private static func drawHeadings(
        _ headings: [(line: Int, row: FleetRow)],
        _ shown: FleetColumns.Shown,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let widths = shown.table.widths(in: rect)
        var end = 0
        var column = 0
        for (index, width) in widths.enumerated() where width > 0 {
            if shown.sorts[index] == .tokens || shown.sorts[index] == .cost { break }
            column += width + shown.table.gap
            end = column - shown.table.gap
        }
        for (line, row) in headings {
            guard let key = row.group else { continue }
            let place = rect.part(row: line, columns: end, rows: 1)
            let words = FleetColumns.groupLine(key, isFolded: row.fold == .closed, state, look)
            look.draw(words, on: &canvas, in: place)
        }
    }

    /// Signs in the heading that there are columns to scroll to.
    private static func drawScroll(
        _ shown: FleetColumns.Shown,
        _ state: AppState,
        on canvas: inout Canvas,
        _ gutter: Rect,
        _ rect: Rect,
        _ look: Look
    ) {
        if state.fleetView.list.left > 0 {
            let sign = look.glyphs.pick("◂", "<")
            canvas.putGlyph(sign, column: gutter.column, row: gutter.row, style: look[.accent])
        }
        if shown.hidesMore {
            let sign = look.glyphs.pick("▸", ">")
            canvas.putGlyph(sign, column: rect.endColumn - 1, row: rect.row, style: look[.dim])
        }
    }

    // MARK: The selected run

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty else { return }
        let top = rect.rows >= 3 ? 1 : 0
        if let key = state.fleetView.selectedGroup {
            let line = FleetColumns.groupLine(key, isFolded: false, state, look)
            return look.draw(line, on: &canvas, in: rect.part(column: 1, row: top))
        }
        guard let run = state.fleetView.selected.flatMap({ state.fleet[$0] }) else { return }
        look.draw(RunLine.standing(run, state, look), on: &canvas, in: rect.part(column: 1, row: top))
        guard rect.rows >= 4 else { return }
        look.draw(RunLine.work(run, state, look), on: &canvas, in: rect.part(column: 3, row: top + 1))
        look.draw(RunLine.keys(state, look), on: &canvas, in: rect.part(column: 1, row: top + 2))
    }
}
