/// Values in a row as shades, as for the density of events over time; and a histogram as columns.
public enum HeatStrip {
    /// One shade a column; the values are put together where there are more than columns.
    /// - Parameters:
    ///   - values: From left to right; negative and undefined ones count as zero.
    ///   - columns: How many cells.
    ///   - glyphs: Glyphs.
    public static func text(_ values: [Double], columns: Int, glyphs: GlyphSet = .unicode) -> String {
        let sums = buckets(values, columns)
        let top = max(sums.max() ?? 0, .leastNormalMagnitude)
        let shades: [Character] = glyphs == .unicode ? [" ", "░", "▒", "▓", "█"] : [" ", ".", ":", "+", "#"]
        return String(sums.map { shades[min(shades.count - 1, Int(($0 / top * 4).rounded(.up)))] })
    }

    /// Draws columns that stand on the bottom of a rectangle, as high as their values.
    public static func histogram(
        _ values: [Double],
        on canvas: inout Canvas,
        in rect: Rect,
        style: Style,
        glyphs: GlyphSet = .unicode
    ) {
        let sums = buckets(values, rect.columns)
        let top = max(sums.max() ?? 0, .leastNormalMagnitude)
        let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        canvas.clipped(to: rect) { canvas in
            for (column, value) in sums.enumerated() {
                var eighths = Int((value / top * Double(rect.rows * 8)).rounded(.up))
                var row = rect.endRow - 1
                while eighths > 0, row >= rect.row {
                    let glyph = glyphs == .unicode ? bars[min(eighths, 8) - 1] : "#"
                    canvas.putGlyph(glyph, column: rect.column + column, row: row, style: style)
                    eighths -= 8
                    row -= 1
                }
            }
        }
    }

    private static func buckets(_ values: [Double], _ columns: Int) -> [Double] {
        guard columns > 0, !values.isEmpty else { return Array(repeating: 0, count: max(0, columns)) }
        return (0..<columns).map { column in
            let start = column * values.count / columns
            let end = max(start + 1, (column + 1) * values.count / columns)
            return values[start..<end].reduce(0) { $0 + ($1.isFinite ? max(0, $1) : 0) }
        }
    }
}
