import SomaCore
import SomaTerminal

/// The keys of the view in sight, made from the key table.
enum HelpView {
    static func draw(_ state: AppState, top: Int, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let inner = rect.inset(columns: 2)
        let columns = columns(lines(state, look), in: inner)
        let width = inner.columns / max(1, columns.count)
        for (place, column) in columns.enumerated() {
            let part = inner.part(column: place * width, columns: width - 1)
            let shown = columns.count > 1 ? column[...] : column.dropFirst(top)
            for (row, line) in shown.prefix(part.rows).enumerated() {
                look.draw(line, on: &canvas, in: part.line(row))
            }
        }
    }

    /// How far help can be scrolled.
    static func topMax(_ state: AppState) -> Int {
        let look = Look(theme: .mono, glyphs: .ascii)
        let inner = FrameLayout(state).main.inset(columns: 2)
        let columns = columns(lines(state, look), in: inner)
        return columns.count > 1 ? 0 : max(0, columns[0].count - inner.rows)
    }

    private static func lines(_ state: AppState, _ look: Look) -> [StyledLine] {
        KeyMap.table(for: state).help(heading: look[.title], key: look[.key], text: look.theme[.text])
            + commands(state, look)
    }

    /// What can be typed after `:`.
    private static func commands(_ state: AppState, _ look: Look) -> [StyledLine] {
        let rows =
            CommandTable.all.map { (":" + $0.usage, $0.description) }
            + state.config.aliases.sorted { $0.key < $1.key }.map { (":" + $0.key, $0.value.firstLine) }
        let width = rows.map { SafeText.columns(of: $0.0) }.max() ?? 0
        return [StyledLine(""), StyledLine("commands", look[.title])]
            + rows.map { name, text in
                let gap = String(repeating: " ", count: width - SafeText.columns(of: name) + 2)
                return StyledLine([
                    .init("  " + name, look[.key]), .init(gap), .init(text, look.theme[.text]),
                ])
            }
    }

    /// The lines below each other, or side by side where they don't fit so, cut between groups.
    private static func columns(_ lines: [StyledLine], in rect: Rect) -> [[StyledLine]] {
        let whole = lines.flatMap { wrapped($0, columns: rect.columns - 1) }
        guard whole.count > rect.rows, rect.columns >= 110 else { return [whole] }
        let groups = lines.split { $0.text.isEmpty }
        var left: [StyledLine] = []
        var right: [StyledLine] = []
        for group in groups {
            let group = group.flatMap { wrapped($0, columns: rect.columns / 2 - 1) }
            let isLeft = right.isEmpty && left.count + group.count <= rect.rows
            if isLeft {
                left += (left.isEmpty ? [] : [StyledLine("")]) + group
            } else {
                right += (right.isEmpty ? [] : [StyledLine("")]) + group
            }
        }
        return right.count <= rect.rows ? [left, right] : [whole]
    }

    /// A line whose description goes on below itself.
    private static func wrapped(_ line: StyledLine, columns: Int) -> [StyledLine] {
        guard let text = line.spans.last, line.spans.count > 1, !line.fits(in: columns) else { return [line] }
        let before = Array(line.spans.dropLast())
        let indent = StyledLine(before).columns
        guard columns - indent >= 12 else { return [line] }
        return TextWrap.wrap(text.text, columns: columns - indent).enumerated().map { row, part in
            let start = row == 0 ? before : [.init(String(repeating: " ", count: indent))]
            return StyledLine(start + [.init(part, text.style)])
        }
    }
}
