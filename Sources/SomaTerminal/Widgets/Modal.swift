/// A dialog in the middle of the screen with a title, a text and choices.
public struct Modal: Sendable, Hashable {
    /// What it is about.
    public var title: String
    /// The text; wrapped.
    public var lines: [StyledLine]
    /// The answers, as key and word.
    public var choices: [(key: String, title: String)] { zip(keys, titles).map { ($0, $1) } }
    private let keys: [String]
    private let titles: [String]
    /// The most columns it takes.
    public var columnsMax: Int

    /// Makes a dialog.
    public init(
        title: String,
        lines: [StyledLine],
        choices: [(key: String, title: String)] = [],
        columnsMax: Int = 72
    ) {
        self.title = title
        self.lines = lines
        keys = choices.map(\.key)
        titles = choices.map(\.title)
        self.columnsMax = columnsMax
    }

    /// Draws the dialog over what is there.
    /// - Returns: The rectangle inside the frame above the choices, for a dialog with contents of its own.
    @discardableResult
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode)
        -> Rect
    {
        let width = min(columnsMax, rect.columns)
        let body = lines.flatMap { TextWrap.wrap($0, columns: max(1, width - 4)) }
        let height = body.count + 2 + (keys.isEmpty ? 0 : 2)
        let frame = rect.centered(Size(columns: width, rows: height))
        let style = theme[.modal]
        return canvas.clipped(to: frame) { canvas in
            canvas.fill(frame, style: style)
            canvas.box(frame, style: theme[.borderFocused].over(style), glyphs: glyphs)
            canvas.boxLabel(title, in: frame, style: theme[.title].over(style))
            let inside = frame.inset(columns: 2, rows: 1)
            let text = inside.part(rows: max(0, inside.rows - (keys.isEmpty ? 0 : 2)))
            for (row, line) in body.prefix(text.rows).enumerated() {
                canvas.draw(
                    line,
                    column: text.column,
                    row: text.row + row,
                    base: style,
                    maxColumns: text.columns
                )
            }
            var column = inside.column
            for (key, title) in choices {
                column += canvas.draw(
                    key,
                    column: column,
                    row: inside.endRow - 1,
                    style: theme[.key].over(style)
                )
                column += canvas.draw(
                    " " + title + "   ",
                    column: column,
                    row: inside.endRow - 1,
                    style: style
                )
            }
            return text
        }
    }
}
