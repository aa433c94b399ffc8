import SomaTerminal

/// The line above a view that shares the screen: its name, and whether the keys go there.
enum PaneTitle {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var line = StyledLine([
            .init(state.isActive ? "\(look.into) " : "  ", look[.accent]),
            .init(state.view.title, look[state.isActive ? .title : .dim]),
        ])
        if let (shown, total) = state.view.feature.counts(state), shown != total {
            line.append("  \(Amounts.grouped(shown)) of \(Amounts.grouped(total))", look[.dim])
        }
        if let pinned = state.pane.pinned, let length = state.replay?.overview.length {
            line.append("  stays at \(state.clock.time(pinned.place.at, within: length))", look[.warning])
        } else if let cursor = state.timeCursor,
            state.panesInSight.contains(where: { state.panes[$0].pinned != nil })
        {
            line.append(
                "  \(state.clock.time(cursor.place.at, within: cursor.overview.length))",
                look[.accent]
            )
        }
        line.append(" ")
        let inner = rect.inset(columns: 1)
        look.draw(line, on: &canvas, in: inner)
        canvas.rule(
            row: rect.row,
            columns: min(inner.column + line.columns, inner.endColumn)..<inner.endColumn,
            style: look[state.isActive ? .borderFocused : .border],
            glyphs: look.glyphs
        )
    }
}
