private import CNcurses

/// The last cell of the screen, or the two of a wide character there, for terminals on which curses can write it only
/// by shifting what is beside it: it breaks wide characters then (`screen`, `tmux`).
///
/// Such terminals take the cell as it is, and wrap only before the next character; the cursor is put back first.
struct Corner: Hashable {
    /// What is shown; a blank where it is nothing.
    private(set) var text = " "
    private(set) var columns = 1
    private var codes = ""

    /// An empty corner.
    init() {}

    /// The corner of a canvas, with those attributes that the terminal doesn't take for something else.
    init(of canvas: Canvas, _ size: Size, _ encoder: CellEncoder, hasItalic: Bool) {
        guard let place = Corner.place(on: canvas, size) else { return }
        let row = size.rows - 1
        let cells = encoder.encode(DamageRun(row: row, columns: place), of: canvas)
        guard let first = cells.first, let cell = canvas[Point(column: place.lowerBound, row: row)] else {
            return
        }
        columns = place.count
        text = cells.map(\.text).joined()
        var style = cell.style.converted(to: encoder.depth)
        style.attributes = Attributes(rawValue: first.attributes)
            .intersection(
                hasItalic ? [.bold, .italic, .underline, .reverse] : [.bold, .underline, .reverse]
            )
        codes = Canvas.sgr(style)
    }

    /// The columns of the corner on a canvas that reaches it.
    static func place(on canvas: Canvas, _ size: Size) -> Range<Int>? {
        guard canvas.size.columns >= size.columns, canvas.size.rows >= size.rows, size.columns > 0,
            let last = canvas[Point(column: size.columns - 1, row: size.rows - 1)]
        else { return nil }
        return (last.text.isEmpty ? max(0, size.columns - 2) : size.columns - 1)..<size.columns
    }

    /// The bytes that paint it and leave cursor and rendition as they were.
    func painted(on size: Size) -> String {
        "\u{1B}7\u{1B}[\(size.rows);\(size.columns - columns + 1)H\u{1B}[0"
            + (codes.isEmpty ? "" : ";" + codes) + "m" + text + "\u{1B}8"
    }
}
