import SomaTerminal

extension TimeAxis {
    /// Draws moments at even distances, counted from the left edge, and where the axis is cut.
    /// - Parameter start: What stands at the left edge.
    func draw(from start: String, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var free = 0
        for moment in ticks(apart: 10) {
            let column = Int(column(of: moment))
            let text = moment > from ? "+" + WaterfallView.tick(moment - from) : start
            guard column >= free, column + text.count <= rect.columns else { continue }
            canvas.draw(text, column: rect.column + column, row: rect.row, style: look[.dim])
            free = column + text.count + 2
        }
        for range in cutRanges where range.lowerBound >= free - 2 {
            let dash = String(repeating: look.glyphs.pick("┄", "~"), count: range.count)
            canvas.draw(dash, column: rect.column + range.lowerBound, row: rect.row, style: look[.border])
        }
    }

    /// Draws the time cursor as a line down the rows.
    /// - Parameter moment: Where it is, in microseconds; outside of the axis nothing is drawn.
    func drawCursor(at moment: Int64, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let column = min(Int(column(of: moment)), rect.columns - 1)
        guard column >= 0, moment >= from, moment <= to else { return }
        for row in 0..<rect.rows {
            canvas.putGlyph(
                look.glyphs.pick("┊", "|"),
                column: rect.column + column,
                row: rect.row + row,
                style: look[.cursor]
            )
        }
    }
}
