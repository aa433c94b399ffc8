import SomaTerminal

/// A small picture of a graph that is much larger than the view, in a corner of it: where its nodes are, which part of it
/// is in sight, and where the run is.
///
/// The part in sight is the heavy part of its frame, so that nothing in it is covered and no colour is needed.
struct PlanMap {
    /// Where it stands on the screen, its frame included.
    let rect: Rect
    private let viewport: PlanViewport
    private let boxes: [Rect]
    private let current: Int?

    /// The most columns and rows inside of its frame, and the fewest.
    private static let most = Size(columns: 24, rows: 8)
    private static let least = Size(columns: 6, rows: 3)
    /// The smallest view that has room for one.
    private static let leastView = Size(columns: 48, rows: 12)

    /// - Parameters:
    ///   - boxes: The nodes' places in the picture.
    ///   - current: The node that the run is in.
    ///   - kept: Nodes that the map must not cover.
    /// - Returns: `nil` where most of the picture is in sight, or each corner would cover a node that is kept.
    init?(_ viewport: PlanViewport, boxes: [Rect], current: Int?, kept: [Int]) {
        let (rect, content) = (viewport.rect, viewport.content)
        guard rect.columns >= Self.leastView.columns, rect.rows >= Self.leastView.rows,
            content.columns * 2 > rect.columns * 3 || content.rows * 2 > rect.rows * 3
        else { return nil }
        let most = Size(
            columns: min(Self.most.columns, rect.columns / 4),
            rows: min(Self.most.rows, rect.rows / 3)
        )
        // A dot is as wide as high, a cell twice as high as wide.
        let unit = max(
            Double(content.columns) / Double(2 * most.columns),
            Double(2 * content.rows) / Double(4 * most.rows)
        )
        let inner = Size(
            columns: max(Self.least.columns, Int((Double(content.columns) / unit / 2).rounded(.up))),
            rows: max(Self.least.rows, Int((Double(2 * content.rows) / unit / 4).rounded(.up)))
        )
        let size = Size(
            columns: min(most.columns, inner.columns) + 2,
            rows: min(most.rows, inner.rows) + 2
        )
        let shown = boxes.map { viewport.moved($0) }
        func covered(_ place: Rect) -> Int { shown.count { !$0.intersection(place).isEmpty } }
        let corner = Self.corners(of: rect, size)
            .filter { place in kept.allSatisfy { shown[$0].intersection(place).isEmpty } }
            .enumerated().min { (covered($0.element), $0.offset) < (covered($1.element), $1.offset) }
        guard let corner else { return nil }
        self.rect = corner.element
        self.viewport = viewport
        self.boxes = boxes
        self.current = current
    }

    /// The rows at the upper and lower edge say how much is out of sight and stay free.
    private static func corners(of rect: Rect, _ size: Size) -> [Rect] {
        let (left, right) = (rect.column, rect.endColumn - size.columns)
        let (above, below) = (rect.row + 1, rect.endRow - 1 - size.rows)
        return [(right, below), (left, below), (right, above), (left, above)].map {
            Rect(column: $0.0, row: $0.1, columns: size.columns, rows: size.rows)
        }
    }

    func draw(on canvas: inout Canvas, _ look: Look) {
        canvas.fill(rect)
        let inner = canvas.box(rect, .rounded, style: look[.border], glyphs: look.glyphs)
        let seen = (
            columns: span(viewport.contentColumns, of: viewport.content.columns, in: inner.columns),
            rows: span(viewport.contentRows, of: viewport.content.rows, in: inner.rows)
        )
        let (across, down) = (look.glyphs.pick("━", "="), look.glyphs.pick("┃", "#"))
        for column in seen.columns {
            for row in [rect.row, rect.endRow - 1] {
                canvas.putGlyph(across, column: inner.column + column, row: row, style: look[.info])
            }
        }
        for row in seen.rows {
            for column in [rect.column, rect.endColumn - 1] {
                canvas.putGlyph(down, column: column, row: inner.row + row, style: look[.info])
            }
        }
        let dots = dots(in: inner.size)
        for row in 0..<inner.rows {
            for column in 0..<inner.columns where dots[row * inner.columns + column] != 0 {
                let isSeen = seen.columns.contains(column) && seen.rows.contains(row)
                canvas.putGlyph(
                    Self.glyph(dots[row * inner.columns + column], look.glyphs),
                    column: inner.column + column,
                    row: inner.row + row,
                    style: look[isSeen ? .text : .dim]
                )
            }
        }
        guard let current else { return }
        let box = boxes[current]
        canvas.putGlyph(
            look.glyphs.pick("●", "@"),
            column: inner.column
                + place(2 * box.column + box.columns, of: 2 * viewport.content.columns, in: inner.columns),
            row: inner.row + place(2 * box.row + box.rows, of: 2 * viewport.content.rows, in: inner.rows),
            style: look[.accent]
        )
    }

    private func place(_ cell: Int, of whole: Int, in parts: Int) -> Int {
        min(max(0, cell * parts / max(1, whole)), parts - 1)
    }

    private func span(_ cells: Range<Int>, of whole: Int, in parts: Int) -> Range<Int> {
        let first = place(max(0, cells.lowerBound), of: whole, in: parts)
        let last = place(min(whole, cells.upperBound) - 1, of: whole, in: parts)
        return first..<max(first, last) + 1
    }

    /// The dots of each cell, a bit each: where any node is.
    private func dots(in size: Size) -> [UInt8] {
        var dots = [UInt8](repeating: 0, count: size.columns * size.rows)
        for box in boxes {
            let columns = span(
                box.column..<box.endColumn,
                of: viewport.content.columns,
                in: 2 * size.columns
            )
            let rows = span(box.row..<box.endRow, of: viewport.content.rows, in: 4 * size.rows)
            for row in rows {
                for column in columns {
                    dots[row / 4 * size.columns + column / 2] |= Self.bit(column % 2, row % 4)
                }
            }
        }
        return dots
    }

    /// The bit of a dot in a braille character.
    private static func bit(_ column: Int, _ row: Int) -> UInt8 {
        row == 3 ? column == 0 ? 0x40 : 0x80 : 1 << UInt8(row + 3 * column)
    }

    private static func glyph(_ dots: UInt8, _ glyphs: GlyphSet) -> Character {
        guard glyphs == .unicode else { return dots.nonzeroBitCount > 3 ? ":" : "." }
        return Unicode.Scalar(0x2800 + UInt32(dots)).map { Character($0) } ?? " "
    }
}
