import SomaTerminal

/// Draws a picture of a graph with what a run has done in it.
struct PlanDrawing {
    let picture: PlanPicture
    let marks: PlanMarks
    /// The node that a person has selected.
    var selected: Int?
    /// Whether links are drawn that are neither taken nor expected.
    var isWhole = false
    let look: Look

    private var layout: LayeredLayout { picture.layout }
    private var shape: PlanShape { picture.shape }

    /// Draws the part of the picture that a viewport shows.
    func draw(on canvas: inout Canvas, _ viewport: PlanViewport) {
        let rect = viewport.rect
        canvas.clipped(to: rect) { canvas in
            let shown = picture.subject.links.map { isShown($0) }
            drawEdges(shown, on: &canvas, viewport)
            for (place, box) in layout.boxes.enumerated() {
                let box = viewport.moved(box)
                guard !box.intersection(rect).isEmpty else { continue }
                drawNode(place, on: &canvas, in: box)
            }
            drawPorts(shown, on: &canvas, viewport)
            for (place, link) in picture.subject.links.enumerated() where shown[place] {
                drawLabel(link, layout.routes[place], on: &canvas, viewport)
            }
        }
    }

    private func isShown(_ link: Int) -> Bool {
        isWhole || shape.links[link].isExpected || marks.links[link].passes > 0
    }

    // MARK: Edges

    /// How much a link matters: which is drawn where two cross, and with which strokes.
    private enum Weight: Int, Comparable {
        case future, taken, recent, latest

        static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }

        var strokes: BoxStyle {
            switch self {
            case .future: .dashed
            case .taken, .recent: .rounded
            case .latest: .heavy
            }
        }
    }

    private func weight(_ place: Int) -> Weight {
        let mark = marks.links[picture.subject.links[place]]
        if mark.isLatest { return .latest }
        if mark.isRecent { return .recent }
        return mark.passes > 0 || marks.isSketch ? .taken : .future
    }

    private func style(_ place: Int, _ weight: Weight) -> Style {
        let mark = marks.links[picture.subject.links[place]]
        switch weight {
        case .latest: return look[mark.rejections > 0 ? .bad : .accent]
        case .recent: return .plain
        case .taken:
            if marks.isSketch { return look[.dim] }
            if mark.rejections > 0 { return look[.bad] }
            return look[layout.routes[place].isBack ? .warning : .dim]
        case .future: return look[.border]
        }
    }

    private func drawEdges(_ shown: [Bool], on canvas: inout Canvas, _ viewport: PlanViewport) {
        let weights = picture.subject.links.indices.map { weight($0) }
        let rows = viewport.contentRows.clamped(to: 0..<picture.ink.rows.count)
        let columns = viewport.contentColumns
        for row in rows {
            let cells = picture.ink.rows[row]
            var index = cells.firstIndex(atLeast: columns.lowerBound)
            while index < cells.count, cells[index].column < columns.upperBound {
                draw(cells[index], row, shown, weights, on: &canvas, viewport)
                index += 1
            }
        }
    }

    private func draw(
        _ cell: EdgeInk.Cell,
        _ row: Int,
        _ shown: [Bool],
        _ weights: [Weight],
        on canvas: inout Canvas,
        _ viewport: PlanViewport
    ) {
        let strokes = picture.ink.strokes[cell.strokes].filter { shown[$0.link] }
        guard let top = strokes.max(by: { order($0, weights) < order($1, weights) }) else { return }
        // What shares an end with the uppermost is one line with it; what only crosses passes below.
        var line = [top]
        for stroke in strokes where stroke.link != top.link && line.contains(where: { isOne($0, stroke) }) {
            line.append(stroke)
        }
        let sides = line.reduce(0) { $0 | $1.sides }
        let weight = weights[top.link]
        var glyph = EdgeGlyph.stroke(sides, weight.strokes, look.glyphs)
        if let joining = line.first(where: { $0.joins != 0 }), hasCompany(joining, cell, row, shown) {
            glyph = EdgeGlyph.join(joining.joins, look.glyphs)
        }
        if let pointing = line.first(where: { $0.points != 0 }), line.allSatisfy({ $0.sides == 5 }) {
            glyph = EdgeGlyph.head(pointing.points == 1 ? .bottom : .top, look.glyphs)
        }
        for head in line where head.isHead {
            let side = layout.routes[head.link].enters
            if side == .top, picture.form.hasArrowsOnBorder { continue }
            glyph = EdgeGlyph.head(side, look.glyphs)
        }
        canvas.putGlyph(
            glyph,
            column: cell.column + viewport.shift.column,
            row: row + viewport.shift.row,
            style: style(top.link, weight)
        )
    }

    /// Whether another edge is in sight where one runs into it.
    private func hasCompany(_ stroke: EdgeInk.Stroke, _ cell: EdgeInk.Cell, _ row: Int, _ shown: [Bool])
        -> Bool
    {
        let cells = picture.ink.rows[row]
        let column = cell.column + (stroke.joins == 2 ? 1 : -1)
        let index = cells.firstIndex(atLeast: column)
        guard cells.indices.contains(index), cells[index].column == column else { return false }
        return picture.ink.strokes[cells[index].strokes].contains { other in
            other.link != stroke.link && shown[other.link] && isOne(other, stroke)
        }
    }

    /// The more important above; of equals, what goes up and down, as gaps in rows are hardly seen.
    private func order(_ stroke: EdgeInk.Stroke, _ weights: [Weight]) -> (Int, Int, Int) {
        (weights[stroke.link].rawValue, stroke.sides & 10 == 0 ? 1 : 0, -stroke.link)
    }

    private func isOne(_ first: EdgeInk.Stroke, _ second: EdgeInk.Stroke) -> Bool {
        let links = (
            shape.links[picture.subject.links[first.link]], shape.links[picture.subject.links[second.link]]
        )
        return links.0.from == links.1.from || links.0.to == links.1.to
    }

    /// Where edges leave boxes at the bottom, and arrow heads on borders.
    private func drawPorts(_ shown: [Bool], on canvas: inout Canvas, _ viewport: PlanViewport) {
        guard picture.form.rows > 1 else { return }
        let weights = picture.subject.links.indices.map { weight($0) }
        let order = picture.subject.links.indices.filter { shown[$0] }
            .sorted { (weights[$0], $0) < (weights[$1], $1) }
        for place in order {
            let route = layout.routes[place]
            let link = shape.links[picture.subject.links[place]]
            if route.leaves == .bottom, let first = route.points.first {
                let stage = marks.nodes[link.from].stage
                let cell = viewport.moved(Point(column: first.column, row: first.row - 1))
                let glyph = EdgeGlyph.port(stage.box, look.glyphs)
                canvas.putGlyph(glyph, column: cell.column, row: cell.row, style: stage.border(look))
            }
            if route.enters == .top, picture.form.hasArrowsOnBorder, let last = route.points.last {
                let cell = viewport.moved(Point(column: last.column, row: last.row + 1))
                let glyph = EdgeGlyph.head(.top, look.glyphs)
                canvas.putGlyph(
                    glyph,
                    column: cell.column,
                    row: cell.row,
                    style: style(place, weights[place])
                )
            }
        }
    }

    private func drawLabel(
        _ index: Int,
        _ route: LayeredLayout.Route,
        on canvas: inout Canvas,
        _ viewport: PlanViewport
    ) {
        guard let label = route.label else { return }
        let link = shape.links[index]
        let mark = marks.links[index]
        let count = marks.count(link, index, look)
        let words = link.isMain && !isWhole ? "" : link.words
        let sign = mark.rejections > 0 ? "\(RunMark.failed.sign(look.glyphs)) " : ""
        let room = label.columns - (count.isEmpty ? 0 : SafeText.columns(of: count) + 1)
        var text = count
        if !words.isEmpty, room >= 3 {
            let whole = SafeText.columns(of: sign + words) <= room ? sign + words : words
            text = SafeText.clip(whole, to: room, mark: look.glyphs.ellipsis)
            if !count.isEmpty { text += " " + count }
        }
        guard !text.isEmpty, SafeText.columns(of: text) <= label.columns else { return }
        let role: ThemeRole =
            marks.isSketch
            ? .text
            : mark.passes == 0 ? .border : mark.rejections > 0 ? .bad : route.isBack ? .warning : .dim
        let place = viewport.moved(label.place)
        if label.isInLine {
            canvas.draw(
                " \(text) ",
                column: place.column - 1,
                row: place.row,
                style: look[role],
                maxColumns: label.columns + 2
            )
        } else {
            canvas.draw(text, column: place.column, row: place.row, style: look[role])
        }
    }

    // MARK: Nodes

    private func drawNode(_ place: Int, on canvas: inout Canvas, in box: Rect) {
        let node = marks.nodes[place]
        let border = node.stage.border(look)
        canvas.fill(box)
        let inner: Rect
        if picture.form.rows == 1 {
            let bar = node.stage.bar(look)
            canvas.putGlyph(bar, column: box.column, row: box.row, style: border)
            canvas.putGlyph(bar, column: box.endColumn - 1, row: box.row, style: border)
            inner = box.inset(columns: 1)
        } else {
            inner = canvas.box(box, node.stage.box, style: border, glyphs: look.glyphs)
        }
        let isSelected = place == selected
        if isSelected { canvas.fill(inner, style: look[.selection]) }
        let base = isSelected ? look[.selection] : .plain
        let sign = picture.form.rows > 1 && node.stage == .future ? .init(" ") : node.stage.sign(look)
        look.draw(
            StyledLine([
                .init(" "), sign, .init(" "), .init(shape.nodes[place].name.firstLine, node.stage.text(look)),
            ]),
            on: &canvas,
            in: inner.part(columns: picture.nameColumns + 3, rows: 1),
            base: base
        )
        let room = inner.columns - picture.nameColumns - 4
        guard picture.form == .detailed else {
            let stat = marks.stat(place, columns: room, look)
            return drawRight(stat, look[.dim], on: &canvas, in: inner.line(0), base)
        }
        drawRight(marks.count(place, look), look[.dim], on: &canvas, in: inner.line(0), base)
        let spent = [marks.retries(place, look), marks.time(place)].filter { !$0.isEmpty }
            .joined(separator: " ")
        drawRight(spent, look[.dim], on: &canvas, in: inner.line(1), base)
        let calls = node.calls.uniqued.map(\.firstLine).joined(separator: ", ")
        look.draw(
            StyledLine(calls, look[.code]),
            on: &canvas,
            in: inner.part(column: 3, row: 1, columns: inner.columns - 5 - spent.count, rows: 1),
            base: base
        )
    }

    private func drawRight(
        _ text: String,
        _ style: Style,
        on canvas: inout Canvas,
        in rect: Rect,
        _ base: Style
    ) {
        let width = min(SafeText.columns(of: text), rect.columns - 1)
        guard width > 0 else { return }
        let place = rect.part(column: rect.columns - 1 - width, columns: width)
        look.draw(StyledLine(text, style), on: &canvas, in: place, base: base)
    }
}

extension [EdgeInk.Cell] {
    /// The first cell at a column or after it.
    fileprivate func firstIndex(atLeast column: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].column < column { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
