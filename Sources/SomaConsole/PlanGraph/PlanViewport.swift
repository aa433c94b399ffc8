import SomaTerminal

/// Which part of a picture is in sight.
struct PlanViewport: Hashable {
    /// Where it is on the screen.
    let rect: Rect
    /// The picture's size.
    let content: Size
    /// The picture's cell at the corner of the rectangle; negative where the picture is smaller and stands further in.
    let origin: Point

    /// How far a picture that has room stands in at most.
    static let insetMax = 4

    /// - Parameters:
    ///   - rect: Where on the screen.
    ///   - content: The picture's size.
    ///   - focus: What is to be in sight.
    ///   - wanted: The cell that a person brought to the corner; `nil` follows the focus.
    init(_ rect: Rect, content: Size, focus: Rect?, wanted: Point?) {
        self.rect = rect
        self.content = content
        let focus = focus ?? Rect(column: 0, row: 0, columns: 1, rows: 1)
        origin = Point(
            column: Self.start(
                content.columns,
                rect.columns,
                focus.column + focus.columns / 2,
                wanted?.column,
                isCentered: false
            ),
            row: Self.start(
                content.rows,
                rect.rows,
                focus.row + focus.rows / 2,
                wanted?.row,
                isCentered: true
            )
        )
    }

    /// Where one side begins: in the middle of the picture's focus by quarters of a page, so that it rests while the
    /// focus moves a little.
    private static func start(_ content: Int, _ room: Int, _ focus: Int, _ wanted: Int?, isCentered: Bool)
        -> Int
    {
        guard content > room else { return isCentered ? 0 : -min(insetMax, (room - content) / 2) }
        let step = max(1, room / 4)
        let start = wanted ?? (focus - room / 2 + step / 2) / step * step
        return min(max(0, start), content - room)
    }

    /// The nearest cell that can be brought to the corner.
    func clamped(_ origin: Point) -> Point {
        Point(
            column: min(max(0, origin.column), max(0, content.columns - rect.columns)),
            row: min(max(0, origin.row), max(0, content.rows - rect.rows))
        )
    }

    /// From the picture's cells to the screen's.
    var shift: Point { Point(column: rect.column - origin.column, row: rect.row - origin.row) }
    /// The picture's rows in sight.
    var contentRows: Range<Int> { origin.row..<(origin.row + max(0, rect.rows)) }
    /// The picture's columns in sight.
    var contentColumns: Range<Int> { origin.column..<(origin.column + max(0, rect.columns)) }

    func moved(_ box: Rect) -> Rect { box.moved(columns: shift.column, rows: shift.row) }

    func moved(_ point: Point) -> Point {
        Point(column: point.column + shift.column, row: point.row + shift.row)
    }

    /// How many boxes lie wholly out of sight beyond each side.
    func hidden(_ boxes: [Rect]) -> (left: Int, right: Int, above: Int, below: Int) {
        var hidden = (left: 0, right: 0, above: 0, below: 0)
        for box in boxes {
            if box.endRow <= contentRows.lowerBound {
                hidden.above += 1
            } else if box.row >= contentRows.upperBound {
                hidden.below += 1
            } else if box.endColumn <= contentColumns.lowerBound {
                hidden.left += 1
            } else if box.column >= contentColumns.upperBound {
                hidden.right += 1
            }
        }
        return hidden
    }

    /// Says at the edges how many boxes are out of sight.
    func drawMarks(_ boxes: [Rect], on canvas: inout Canvas, _ look: Look) {
        let hidden = hidden(boxes)
        let glyphs = look.glyphs
        func draw(_ text: String, _ column: Int, _ row: Int) {
            let width = SafeText.columns(of: text)
            let place = Rect(
                column: min(max(rect.column, column), rect.endColumn - width),
                row: row,
                columns: width,
                rows: 1
            )
            look.draw(StyledLine(text, look[.info]), on: &canvas, in: place.intersection(rect))
        }
        let middle = rect.row + rect.rows / 2
        if hidden.left > 0 { draw("\(glyphs.pick("◂", "<")) \(hidden.left) more", rect.column, middle) }
        if hidden.right > 0 {
            let text = "\(hidden.right) more \(glyphs.pick("▸", ">"))"
            draw(text, rect.endColumn - SafeText.columns(of: text), middle)
        }
        if hidden.above > 0 {
            draw("\(glyphs.pick("▴", "^")) \(hidden.above) more", rect.endColumn, rect.row)
        }
        if hidden.below > 0 {
            draw("\(glyphs.pick("▾", "v")) \(hidden.below) more", rect.endColumn, rect.endRow - 1)
        }
    }
}
