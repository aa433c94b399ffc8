import SomaCore
import SomaTerminal

/// Two runs side by side, aligned.
enum CompareView: Feature {
    static let hints = [
        "app.help", "compare.next", "compare.level", "compare.fold", "compare.open", "app.back",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeCompare() }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        guard state.compareView.arranged != nil else { return nil }
        return (state.compareView.differences, state.compareView.differences)
    }

    static func noun(_ count: Int) -> String { count == 1 ? "difference" : "differences" }

    static func selectedRun(_ state: AppState) -> RunID? {
        guard case .compare(let left, let right) = state.view else { return nil }
        let lines = state.compareView.lines
        if let place = state.compareView.list.selected, lines.indices.contains(place),
            case .right = lines[place]
        {
            return right
        }
        return left
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        guard case .compare(let left, let right) = state.view else { return [] }
        var ids: [ContentID?] = [state.fleet[left]?.goal, state.fleet[right]?.goal]
        let comparison = state.compareView.comparison
        for line in linesInSight(state) {
            if case .equal = line { continue }
            let row = comparison.rows[line.row]
            ids.append(row.left.flatMap { comparison.left[$0].arguments })
            ids.append(row.right.flatMap { comparison.right[$0].arguments })
        }
        return ids
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(compare: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press else { return [] }
        let list = CompareLayout(rect).list
        guard list.contains(mouse.point) else { return [] }
        let row = mouse.point.row - list.row + state.compareView.list.top
        guard row < state.compareView.lines.count else { return [] }
        if state.compareView.list.selected == row { return state.update(compare: .opened) }
        state.compareView.list.select(row, count: state.compareView.lines.count)
        return []
    }

    // MARK: Layout

    /// Below how many columns the two runs share one column.
    static func isNarrow(_ rect: Rect) -> Bool { rect.columns < 72 }

    /// How many lines of the list are in sight.
    static func listRows(_ state: AppState) -> Int { CompareLayout(FrameLayout(state).body).list.rows }

    private static func linesInSight(_ state: AppState) -> ArraySlice<CompareState.Line> {
        let lines = state.compareView.lines
        let top = min(state.compareView.list.top, lines.count)
        return lines[top..<min(lines.count, top + listRows(state))]
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard case .compare(let left, let right) = state.view else { return }
        let layout = CompareLayout(rect)
        CompareHead.draw(left, right, state, on: &canvas, in: layout.head.inset(columns: 1), look)
        guard state.compareView.arranged != nil else {
            let missing = [left, right].first { state.fleet[$0] == nil }
            let text = missing.map { "There is no run \($0.short) at this place." } ?? "loading"
            return look.draw(StyledLine(text, look[.dim]), on: &canvas, in: layout.list.inset(columns: 2))
        }
        drawLines(state, on: &canvas, in: layout.list.inset(columns: 1), look)
        guard !layout.detail.isEmpty else { return }
        canvas.rule(
            row: layout.detail.row,
            columns: (layout.detail.column + 1)..<(layout.detail.endColumn - 1),
            style: look[.border],
            glyphs: look.glyphs
        )
        CompareDetail.draw(state, on: &canvas, in: layout.detail.part(row: 1).inset(columns: 1), look)
    }

    private static func drawLines(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let view = state.compareView
        if view.lines.isEmpty {
            let text = StyledLine("Neither has done anything yet.", look[.dim])
            return look.draw(text, on: &canvas, in: rect.inset(columns: 1))
        }
        for (offset, line) in linesInSight(state).enumerated() {
            let place = rect.line(offset)
            let isSelected = view.list.top + offset == view.list.selected
            CompareLine(line, state, look).draw(on: &canvas, in: place)
            if isSelected {
                let style = look[state.isActive ? .selection : .selectionInactive]
                canvas.restyle(place) { style.over($0) }
            }
        }
        let edge = Rect(column: rect.endColumn, row: rect.row, columns: 1, rows: rect.rows)
        Scrollbar(count: view.lines.count, visible: rect.rows, top: view.list.top)
            .draw(on: &canvas, in: edge, theme: look.theme, glyphs: look.glyphs)
    }
}

/// Where the parts of the comparison are.
struct CompareLayout {
    let head: Rect
    let list: Rect
    let detail: Rect

    init(_ rect: Rect) {
        let headRows = rect.rows >= 14 ? 4 : rect.rows >= 8 ? 2 : 1
        let detailRows = rect.rows >= 30 ? 8 : rect.rows >= 16 ? 5 : 0
        head = rect.part(rows: headRows)
        list = rect.part(row: headRows, rows: max(0, rect.rows - headRows - detailRows))
        detail = rect.part(row: rect.rows - detailRows, rows: detailRows)
    }
}
