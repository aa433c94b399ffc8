/// A line chart of dots, eight to a cell, with labelled axes.
public struct LineChart: Sendable {
    /// One line of the chart.
    public struct Series: Sendable, Hashable {
        /// Values at equal distances, oldest first; NaN leaves a gap.
        public var values: [Double]
        /// Its colour's role.
        public var role: ThemeRole
        /// Whether the area below the line is filled.
        public var isFilled: Bool

        /// Makes a line.
        public init(_ values: [Double], role: ThemeRole = .chart1, isFilled: Bool = false) {
            self.values = values
            self.role = role
            self.isFilled = isFilled
        }
    }

    /// The lines; later ones are drawn over earlier ones.
    public var series: [Series]
    /// The value at the bottom; nil takes the least, but not more than zero.
    public var lowest: Double?
    /// The value at the top; nil takes the greatest.
    public var highest: Double?
    /// Labels below the chart, from left to right at equal distances.
    public var labels: [String]
    /// Where the cursor stands, as a share of the width from 0 to 1.
    public var cursor: Double?
    /// Writes a value beside the axis.
    public var format: @Sendable (Double) -> String

    /// Makes a chart.
    public init(
        _ series: [Series],
        lowest: Double? = nil,
        highest: Double? = nil,
        labels: [String] = [],
        cursor: Double? = nil,
        format: @escaping @Sendable (Double) -> String = LineChart.short
    ) {
        self.series = series
        self.lowest = lowest
        self.highest = highest
        self.labels = labels
        self.cursor = cursor
        self.format = format
    }

    /// Writes a number in few characters: 950, 1.9k, 41M, 0.25.
    public static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let size = abs(value)
        let steps: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        for (unit, letter) in steps where size >= unit { return digits(value / unit) + letter }
        return digits(value)
    }

    /// Draws the chart with its axes.
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode) {
        let range = bounds
        let top = format(range.upperBound)
        let middle = format((range.lowerBound + range.upperBound) / 2)
        let axis = max(
            SafeText.columns(of: top),
            SafeText.columns(of: middle),
            SafeText.columns(of: format(range.lowerBound))
        )
        let below = labels.isEmpty ? 1 : 2
        guard rect.columns > axis + 4, rect.rows > below + 1 else { return }
        let plot = rect.part(column: axis + 2, rows: rect.rows - below)
        canvas.clipped(to: rect) { canvas in
            drawAxes(on: &canvas, rect, plot, axis, theme, glyphs)
            let marks = [(plot.row, top), (plot.row + plot.rows / 2, plot.rows > 4 ? middle : "")]
            for (row, label) in marks {
                let indent = axis - SafeText.columns(of: label)
                canvas.draw(label, column: rect.column + indent, row: row, style: theme[.dim])
            }
            for line in series {
                canvas.clipped(to: plot) { canvas in
                    drawLine(line, range, on: &canvas, plot, theme, glyphs)
                }
            }
            if let cursor, cursor >= 0, cursor <= 1 {
                let column = plot.column + Int(cursor * Double(plot.columns - 1))
                for row in plot.row..<plot.endRow where canvas[Point(column: column, row: row)]?.text == " " {
                    canvas.putGlyph(glyphs.pick("┊", ":"), column: column, row: row, style: theme[.cursor])
                }
            }
        }
    }

    private var bounds: ClosedRange<Double> {
        let values = series.flatMap(\.values).filter(\.isFinite)
        let low = lowest ?? min(0, values.min() ?? 0)
        let high = highest ?? values.max() ?? 1
        return low.isFinite && high.isFinite && high > low
            ? low...high : low.isFinite ? low...(low + 1) : 0...1
    }

    private func drawAxes(
        on canvas: inout Canvas,
        _ rect: Rect,
        _ plot: Rect,
        _ axis: Int,
        _ theme: Theme,
        _ glyphs: GlyphSet
    ) {
        let line = rect.column + axis + 1
        let style = theme[.border]
        for row in plot.row..<plot.endRow {
            let isMark = row == plot.row || (plot.rows > 4 && row == plot.row + plot.rows / 2)
            canvas.putGlyph(
                isMark ? glyphs.pick("┤", "+") : glyphs.pick("│", "|"),
                column: line,
                row: row,
                style: style
            )
        }
        canvas.rule(row: plot.endRow, columns: line..<rect.endColumn, style: style, glyphs: glyphs)
        canvas.putGlyph(glyphs.pick("└", "+"), column: line, row: plot.endRow, style: style)
        guard !labels.isEmpty else { return }
        var free = rect.column
        for (index, label) in labels.enumerated() {
            let width = SafeText.columns(of: label)
            let share = labels.count == 1 ? 0 : Double(index) / Double(labels.count - 1)
            let spot = plot.column + Int(share * Double(plot.columns - 1))
            let column = min(max(free, spot - width / 2), rect.endColumn - width)
            guard column >= free else { continue }
            canvas.putGlyph(glyphs.pick("┬", "+"), column: spot, row: plot.endRow, style: style)
            canvas.draw(label, column: column, row: plot.endRow + 1, style: theme[.dim])
            free = column + width + 1
        }
    }

    private func drawLine(
        _ line: Series,
        _ range: ClosedRange<Double>,
        on canvas: inout Canvas,
        _ plot: Rect,
        _ theme: Theme,
        _ glyphs: GlyphSet
    ) {
        let dots = glyphs == .unicode ? (across: 2, down: 4) : (across: 1, down: 1)
        var grid = DotGrid(columns: plot.columns, rows: plot.rows, across: dots.across, down: dots.down)
        let width = plot.columns * dots.across
        let height = plot.rows * dots.down
        guard !line.values.isEmpty, width > 0, height > 0 else { return }
        var before: Int?
        for dot in 0..<width {
            let place = width == 1 ? 0 : dot * (line.values.count - 1) / (width - 1)
            let value = line.values[place]
            guard value.isFinite else {
                before = nil
                continue
            }
            let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
            let row = height - 1 - Int((min(max(0, share), 1) * Double(height - 1)).rounded())
            // Joined with the dot before, so that steep parts stay one line.
            let from = line.isFilled ? height - 1 : before ?? row
            for step in min(from, row)...max(from, row)
            where step != from || before == nil || from == row || line.isFilled {
                grid.set(dot, step)
            }
            before = row
        }
        for row in 0..<plot.rows {
            for column in 0..<plot.columns where grid.bits(column, row) != 0 {
                let glyph = glyphs == .unicode ? grid.braille(column, row) : "*"
                canvas.putGlyph(
                    glyph,
                    column: plot.column + column,
                    row: plot.row + row,
                    style: theme[line.role]
                )
            }
        }
    }

    private static func digits(_ value: Double) -> String {
        let size = abs(value)
        let factor: Double = size >= 100 || value == value.rounded() ? 1 : size >= 1 ? 10 : 100
        let scaled = Int((size * factor).rounded())
        let whole = scaled / Int(factor)
        var rest = ""
        if factor > 1 {
            let digits = String(scaled % Int(factor))
            rest = "." + String(repeating: "0", count: (factor == 10 ? 1 : 2) - digits.count) + digits
            while rest.last == "0" { rest.removeLast() }
            if rest == "." { rest = "" }
        }
        return (value < 0 && scaled > 0 ? "-" : "") + String(whole) + rest
    }
}

/// Dots of a picture, several to a cell.
struct DotGrid {
    private let columns: Int
    private let rows: Int
    private let across: Int
    private let down: Int
    private var cells: [UInt8]

    init(columns: Int, rows: Int, across: Int, down: Int) {
        self.columns = columns
        self.rows = rows
        self.across = across
        self.down = down
        cells = Array(repeating: 0, count: columns * rows)
    }

    mutating func set(_ dot: Int, _ line: Int) {
        guard dot >= 0, line >= 0, dot < columns * across, line < rows * down else { return }
        // Braille numbers its dots down the left column, down the right one, then the bottom pair.
        let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        cells[line / down * columns + dot / across] |= bits[line % down][dot % across]
    }

    func bits(_ column: Int, _ row: Int) -> UInt8 { cells[row * columns + column] }

    func braille(_ column: Int, _ row: Int) -> Character {
        Unicode.Scalar(0x2800 + UInt32(bits(column, row))).map { Character($0) } ?? " "
    }
}
