import SomaCore
import SomaTerminal

/// Draws what is between the axes of a panel.
struct PanelChart {
    let lines: PanelLines
    let kind: PanelSpec.Kind
    let scale: ChartScale
    let time: ChartTime
    let look: Look

    /// The colours of lines, in their order.
    static let roles: [ThemeRole] = [.chart1, .chart2, .chart3, .number, .chart4, .info, .string, .dim]

    static func role(_ line: Int) -> ThemeRole { roles[line % roles.count] }

    /// What stands for a line in the legend, and draws it where there is ASCII only.
    static func mark(_ line: Int, _ kind: PanelSpec.Kind, _ glyphs: GlyphSet) -> Character {
        let ascii: [Character] = ["*", "+", "o", "x", "#", "%", "@", "="]
        if glyphs == .ascii { return ascii[line % ascii.count] }
        guard kind == .stacked else { return "━" }
        return line.isMultiple(of: 2) ? "█" : "▒"
    }

    func draw(on canvas: inout Canvas, in plot: Rect) {
        guard !plot.isEmpty else { return }
        if kind == .heatmap { return drawHeat(on: &canvas, in: plot) }
        var field = DotField(
            columns: plot.columns,
            rows: plot.rows,
            inks: max(1, lines.lines.count),
            glyphs: look.glyphs
        )
        if kind == .stacked { stack(onto: &field) } else { trace(onto: &field) }
        for row in 0..<plot.rows {
            for column in 0..<plot.columns {
                guard let ink = field.ink(column, row) else { continue }
                let glyph =
                    look.glyphs == .unicode
                    ? field.braille(column, row) : Self.mark(ink, kind, look.glyphs)
                canvas.putGlyph(
                    glyph,
                    column: plot.column + column,
                    row: plot.row + row,
                    style: look[Self.role(ink)]
                )
            }
        }
    }

    // MARK: Lines and areas

    private func x(_ index: Int, _ field: DotField) -> Double {
        time.share(lines.moment(index)) * Double(field.width - 1)
    }

    private func y(_ value: Double, _ field: DotField) -> Double {
        (1 - scale.share(value)) * Double(field.height - 1)
    }

    private func trace(onto field: inout DotField) {
        let floor = Int(y(max(scale.low, min(0, scale.high)), field).rounded())
        // The first line of the legend lies above the others.
        for (ink, line) in lines.lines.enumerated() {
            var before: (x: Double, y: Double)?
            for index in 0..<min(lines.points, line.values.count) {
                guard let value = line.values[index], value.isFinite else {
                    before = nil
                    continue
                }
                let here = (x: x(index, field), y: y(value, field))
                field.line(from: before ?? here, to: here, ink: ink)
                if kind == .area || kind == .stat {
                    fill(before ?? here, here, ink, &field) { _ in floor }
                }
                before = here
            }
        }
    }

    /// Fills from a line to what is below it, lightly: the line itself stays in sight.
    private func fill(
        _ from: (x: Double, y: Double),
        _ to: (x: Double, y: Double),
        _ ink: Int,
        _ field: inout DotField,
        isDense: Bool = false,
        floor: (Double) -> Int
    ) {
        let first = max(0, Int(from.x.rounded()))
        let last = min(field.width - 1, Int(to.x.rounded()))
        guard first <= last else { return }
        for x in first...last {
            let share = to.x > from.x ? min(max(0, (Double(x) - from.x) / (to.x - from.x)), 1) : 1
            let top = Int((from.y + (to.y - from.y) * share).rounded())
            let bottom = floor(share)
            guard top != bottom else { continue }
            for y in min(top, bottom)...max(top, bottom)
            where isDense || look.glyphs == .ascii || (x + y).isMultiple(of: 2) {
                field.set(x, y, ink: ink)
            }
        }
    }

    private func stack(onto field: inout DotField) {
        var below: [Double?] = (0..<lines.points).map { lines.sum($0) == nil ? nil : 0 }
        for (ink, line) in lines.lines.enumerated() {
            var before: (x: Double, y: Double, floor: Double)?
            for index in 0..<lines.points {
                guard let base = below[index] else {
                    before = nil
                    continue
                }
                let value = line.values.indices.contains(index) ? line.values[index] ?? 0 : 0
                let sum = base + (value.isFinite ? max(0, value) : 0)
                // A layer begins a dot above the one below, so that both can be seen.
                let here = (
                    x: x(index, field), y: y(sum, field),
                    floor: ink == 0 ? Double(field.height - 1) : y(base, field) - 1
                )
                if sum > base {
                    let from = before ?? here
                    fill((from.x, from.y), (here.x, here.y), ink, &field, isDense: ink.isMultiple(of: 2)) {
                        Int((from.floor + (here.floor - from.floor) * $0).rounded())
                    }
                    field.line(from: (from.x, from.y), to: (here.x, here.y), ink: ink)
                }
                below[index] = sum
                before = here
            }
        }
    }

    // MARK: Heat maps

    /// Which of a heat map's lines a row shows, from the top.
    static func buckets(_ count: Int, rows: Int) -> [Range<Int>] {
        guard count > 0, rows > 0 else { return [] }
        return (0..<rows).map { row in
            let fromBottom = rows - 1 - row
            let start = fromBottom * count / rows
            return start..<max(start + 1, (fromBottom + 1) * count / rows)
        }
    }

    private func drawHeat(on canvas: inout Canvas, in plot: Rect) {
        let rows = Self.buckets(lines.lines.count, rows: plot.rows)
        var cells = Array(repeating: [Double?](repeating: nil, count: plot.columns), count: plot.rows)
        var top = 0.0
        for index in 0..<lines.points {
            let share = time.share(lines.moment(index))
            guard share >= 0, share <= 1 else { continue }
            let next = time.share(lines.moment(index + 1))
            let first = Int((share * Double(plot.columns - 1)).rounded())
            let last = max(first, min(plot.columns - 1, Int((next * Double(plot.columns - 1)).rounded()) - 1))
            for (row, range) in rows.enumerated() {
                var sum: Double?
                for line in range where lines.lines.indices.contains(line) {
                    if let value = lines.lines[line].values[index] { sum = (sum ?? 0) + value }
                }
                guard let sum, sum.isFinite else { continue }
                for column in first...last where column < plot.columns {
                    cells[row][column] = max(cells[row][column] ?? 0, sum)
                    top = max(top, sum)
                }
            }
        }
        let shades: [Character] = look.glyphs == .unicode ? ["░", "▒", "▓", "█"] : [":", "+", "*", "#"]
        for (row, values) in cells.enumerated() {
            for (column, value) in values.enumerated() {
                guard let value else { continue }
                let glyph: Character
                let role: ThemeRole
                if value <= 0 || top <= 0 {
                    // Measured, and nothing was there: not the same as a gap.
                    (glyph, role) = (look.glyphs.pick("·", "."), .border)
                } else {
                    let level = Int(((value / top).squareRoot() * 4).rounded(.up))
                    (glyph, role) = (shades[min(max(1, level), 4) - 1], .chart1)
                }
                canvas.putGlyph(glyph, column: plot.column + column, row: plot.row + row, style: look[role])
            }
        }
    }
}
