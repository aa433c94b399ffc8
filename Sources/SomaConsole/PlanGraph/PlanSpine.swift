import SomaTerminal

/// A graph folded to one line a node, with the links that don't simply go on told in words.
struct PlanSpine {
    let shape: PlanShape
    let marks: PlanMarks
    /// How many lines are in sight.
    let rows: Int
    /// The first line in sight.
    let top: Int

    init(_ shape: PlanShape, _ marks: PlanMarks, rows: Int, top: Int?, focus: Int?) {
        self.shape = shape
        self.marks = marks
        self.rows = rows
        let step = max(1, rows / 4)
        let start = top ?? ((focus ?? 0) - rows / 2 + step / 2) / step * step
        self.top = min(max(0, start), max(0, shape.nodes.count - rows))
    }

    /// The nearest first line that there is.
    func clamped(_ top: Int) -> Int { min(max(0, top), max(0, shape.nodes.count - rows)) }

    func draw(on canvas: inout Canvas, in rect: Rect, selected: Int?, isWhole: Bool, _ look: Look) {
        let widest = shape.nodes.map { SafeText.columns(of: $0.name.firstLine) + 2 * $0.depth }.max() ?? 1
        let nameColumns = min(max(6, widest), max(6, rect.columns / 2 - 6))
        let end = min(shape.nodes.count, top + rows)
        for (line, place) in (top..<max(top, end)).enumerated() {
            let row = rect.line(line)
            if place == selected { canvas.fill(row, style: look[.selection]) }
            let base = place == selected ? look[.selection] : .plain
            draw(place, on: &canvas, in: row, nameColumns, isWhole: isWhole, base: base, look)
        }
        let (above, below) = (top, shape.nodes.count - end)
        drawMark(above, look.glyphs.pick("▴", "^"), on: &canvas, in: rect.line(0), look)
        drawMark(below, look.glyphs.pick("▾", "v"), on: &canvas, in: rect.line(rect.rows - 1), look)
    }

    private func drawMark(
        _ count: Int,
        _ glyph: Character,
        on canvas: inout Canvas,
        in row: Rect,
        _ look: Look
    ) {
        guard count > 0 else { return }
        let text = " \(glyph) \(count) more"
        let width = SafeText.columns(of: text)
        let place = row.part(column: max(0, row.columns - width), columns: width)
        look.draw(StyledLine(text, look[.info]), on: &canvas, in: place)
    }

    private func draw(
        _ place: Int,
        on canvas: inout Canvas,
        in row: Rect,
        _ nameColumns: Int,
        isWhole: Bool,
        base: Style,
        _ look: Look
    ) {
        let node = shape.nodes[place]
        let mark = marks.nodes[place]
        let indent = String(repeating: " ", count: min(2 * node.depth, max(0, nameColumns - 6)))
        let head = StyledLine([
            .init(String(mark.stage.bar(look)), mark.stage.border(look)), .init(" " + indent),
            mark.stage.sign(look), .init(" "), .init(node.name.firstLine, mark.stage.text(look)),
        ])
        look.draw(head, on: &canvas, in: row.part(columns: nameColumns + 4), base: base)
        var column = nameColumns + 5
        func right(_ text: String, _ columns: Int) {
            let width = min(columns, SafeText.columns(of: text))
            look.draw(
                StyledLine(text, look[.dim]),
                on: &canvas,
                in: row.part(column: column + columns - width, columns: width),
                base: base
            )
            column += columns + 1
        }
        right(marks.count(place, look), 4)
        right(marks.time(place), 6)
        let notes = notes(place, isWhole: isWhole, look)
        look.draw(notes, on: &canvas, in: row.part(column: column + 1), base: base)
    }

    /// What a node calls, and where its links lead that aren't simply the next line.
    private func notes(_ place: Int, isWhole: Bool, _ look: Look) -> StyledLine {
        let mark = marks.nodes[place]
        var line = StyledLine([])
        func separate() { if !line.spans.isEmpty { line.append("  ") } }
        if case .current = mark.stage {
            for call in mark.calls.suffix(1) { line.append(call.firstLine, look[.code]) }
            if mark.retries > 0 { line.append(" \(look.again)\(mark.retries)", look[.warning]) }
        }
        for index in shape.links(from: place) {
            let link = shape.links[index]
            let taken = marks.links[index]
            guard !(link.isMain && link.to == place + 1) else { continue }
            guard isWhole || taken.passes > 0 || link.isExpected else { continue }
            separate()
            let isBack = link.to <= place
            let role: ThemeRole =
                taken.passes == 0
                ? .border
                : taken.rejections > 0 ? .bad : taken.isLatest ? .accent : isBack ? .warning : .dim
            let sign =
                taken.rejections > 0
                ? RunMark.failed.sign(look.glyphs)
                : isBack ? look.glyphs.pick("↩", "^") : look.glyphs.pick("→", ">")
            let words = link.words.isEmpty ? "" : link.words + " "
            let count = taken.passes > 0 ? " " + look.times(taken.passes) : ""
            let target = shape.nodes[link.to].name.firstLine
            line.append("\(sign) \(words)\(look.into) \(target)\(count)", look[role])
        }
        return line
    }
}
