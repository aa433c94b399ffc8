extension Canvas {
    /// Draws a frame just inside a rectangle; one of fewer than two columns or rows draws nothing.
    /// - Returns: The rectangle inside the frame.
    @discardableResult
    public mutating func box(
        _ rect: Rect,
        _ kind: BoxStyle = .rounded,
        style: Style = .plain,
        glyphs: GlyphSet = .unicode
    ) -> Rect {
        guard rect.columns >= 2, rect.rows >= 2 else { return rect.inset(columns: 1, rows: 1) }
        let strokes = kind.strokes(glyphs)
        let right = rect.endColumn - 1
        let bottom = rect.endRow - 1
        horizontalRule(row: rect.row, columns: rect.column..<right, glyph: strokes.horizontal, style: style)
        horizontalRule(row: bottom, columns: rect.column..<right, glyph: strokes.horizontal, style: style)
        for row in max(rect.row, clip.row)..<max(rect.row, clip.row, min(bottom, clip.endRow)) {
            putGlyph(strokes.vertical, column: rect.column, row: row, style: style)
            putGlyph(strokes.vertical, column: right, row: row, style: style)
        }
        putGlyph(strokes.corners[0], column: rect.column, row: rect.row, style: style)
        putGlyph(strokes.corners[1], column: right, row: rect.row, style: style)
        putGlyph(strokes.corners[2], column: rect.column, row: bottom, style: style)
        putGlyph(strokes.corners[3], column: right, row: bottom, style: style)
        return rect.inset(columns: 1, rows: 1)
    }

    /// Draws a horizontal rule.
    public mutating func rule(
        row: Int,
        columns: Range<Int>,
        _ kind: BoxStyle = .single,
        style: Style = .plain,
        glyphs: GlyphSet = .unicode
    ) {
        horizontalRule(row: row, columns: columns, glyph: kind.strokes(glyphs).horizontal, style: style)
    }

    /// Draws a vertical rule.
    public mutating func rule(
        column: Int,
        rows: Range<Int>,
        _ kind: BoxStyle = .single,
        style: Style = .plain,
        glyphs: GlyphSet = .unicode
    ) {
        let shown = rows.clamped(to: clip.row..<clip.endRow)
        for row in shown { putGlyph(kind.strokes(glyphs).vertical, column: column, row: row, style: style) }
    }

    /// Draws a label into the top stroke of a box, with a space on both sides.
    public mutating func boxLabel(_ text: String, in rect: Rect, style: Style = .plain) {
        guard rect.columns > 6, !text.isEmpty else { return }
        draw(
            " " + SafeText.clip(text, to: rect.columns - 6) + " ",
            column: rect.column + 2,
            row: rect.row,
            style: style
        )
    }

    private mutating func horizontalRule(row: Int, columns: Range<Int>, glyph: Character, style: Style) {
        for column in columns.clamped(to: clip.column..<clip.endColumn) {
            putGlyph(glyph, column: column, row: row, style: style)
        }
    }
}
