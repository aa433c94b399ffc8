import SomaCore
package import SomaTerminal

/// Draws the console: a function of the state and nothing else.
package enum AppView {
    /// Draws a frame.
    /// - Parameters:
    ///   - state: The state, settled.
    ///   - theme: The styles.
    ///   - glyphs: The glyphs.
    package static func render(_ state: AppState, theme: Theme, glyphs: GlyphSet) -> Canvas {
        // A key is meant for what was drawn last; which keys are told follows what is drawn now.
        var state = state
        state.forgetSight()
        var canvas = theme.canvas(state.size)
        let look = Look(theme: theme, glyphs: glyphs)
        guard state.size.columns >= FrameLayout.least.columns, state.size.rows >= FrameLayout.least.rows
        else {
            drawTooSmall(state, on: &canvas, look)
            return canvas
        }
        let layout = FrameLayout(state)
        HeaderView.draw(state, on: &canvas, in: layout.header, look)
        let rules = [layout.headerRule, layout.footerRule].compactMap { $0 }
        for row in rules {
            canvas.rule(row: row, columns: 1..<(state.size.columns - 1), style: look[.border], glyphs: glyphs)
        }
        drawPanes(state, on: &canvas, layout, look)
        if !layout.strip.isEmpty { ReplayStrip.draw(state, on: &canvas, in: layout.strip, look) }
        FooterView.draw(state, on: &canvas, in: layout.footer, look)
        if let confirmation = state.confirmation {
            draw(confirmation, on: &canvas, in: layout.main, look)
        }
        return canvas
    }

    private static func drawPanes(
        _ state: AppState,
        on canvas: inout Canvas,
        _ layout: FrameLayout,
        _ look: Look
    ) {
        if let top = state.helpTop {
            return canvas.clipped(to: layout.main) { canvas in
                HelpView.draw(state, top: top, on: &canvas, in: layout.main, look)
            }
        }
        guard state.hasFleet else {
            return canvas.clipped(to: layout.main) { canvas in
                HomeView.drawWaiting(state, on: &canvas, in: layout.main, look)
            }
        }
        for (place, body) in layout.bodies.enumerated() {
            let seen = state.seen(from: state.panesInSight.lowerBound + place)
            if layout.titles.indices.contains(place) {
                PaneTitle.draw(seen, on: &canvas, in: layout.titles[place], look)
            }
            canvas.clipped(to: body) { canvas in
                seen.view.feature.draw(seen, on: &canvas, in: body, look)
            }
        }
        guard layout.splitter.columns == 1 else { return }
        canvas.rule(
            column: layout.splitter.column,
            rows: layout.splitter.row..<layout.splitter.endRow,
            style: look[state.split.isDragged ? .borderFocused : .border],
            glyphs: look.glyphs
        )
    }

    private static func draw(
        _ confirmation: Confirmation,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        Modal(
            title: confirmation.title,
            lines: confirmation.lines.filter { !$0.isEmpty }.map { StyledLine($0.firstLine) },
            choices: confirmation.choices.map { (String($0.key), $0.title) }
        ).draw(on: &canvas, in: rect, theme: look.theme, glyphs: look.glyphs)
    }

    private static func drawTooSmall(_ state: AppState, on canvas: inout Canvas, _ look: Look) {
        let text = ["Too small: \(state.size)", "needs \(FrameLayout.least)"]
        for (row, line) in text.enumerated() { canvas.draw(line, column: 0, row: row, style: look[.warning]) }
        let needing = state.index.needing
        guard needing > 0 else { return }
        look.draw(
            StyledLine([look.sign(.needsPerson), .init(" \(needing) need you")]),
            on: &canvas,
            in: Rect(
                column: 0,
                row: 2,
                columns: state.size.columns,
                rows: min(1, max(0, state.size.rows - 2))
            )
        )
    }
}
