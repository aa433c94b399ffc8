/// A short list to choose from, in a frame; used for menus and completions.
public struct Menu: Sendable, Hashable {
    /// A line of the menu.
    public struct Item: Sendable, Hashable {
        /// What it does.
        public var title: String
        /// The key that does it, or another remark at the right.
        public var detail: String
        /// Whether it can be chosen now.
        public var isEnabled: Bool

        /// Makes a line.
        public init(_ title: String, detail: String = "", isEnabled: Bool = true) {
            self.title = title
            self.detail = detail
            self.isEnabled = isEnabled
        }
    }

    /// The lines.
    public var items: [Item]
    /// The most lines in sight.
    public var rowsMax: Int

    /// Makes a menu.
    public init(_ items: [Item], rowsMax: Int = 10) {
        self.items = items
        self.rowsMax = rowsMax
    }

    /// The size with the frame.
    public var size: Size {
        let title = items.map { SafeText.columns(of: $0.title) }.max() ?? 0
        let detail = items.map { SafeText.columns(of: $0.detail) }.max() ?? 0
        return Size(columns: title + (detail > 0 ? detail + 2 : 0) + 4, rows: min(rowsMax, items.count) + 2)
    }

    /// Draws the menu with its corner at a place, moved so that it stays inside the bounds.
    /// - Returns: Where it was drawn.
    @discardableResult
    public func draw(
        on canvas: inout Canvas,
        at place: Point,
        within bounds: Rect,
        state: ListState,
        theme: Theme,
        glyphs: GlyphSet = .unicode
    ) -> Rect {
        let width = min(size.columns, bounds.columns)
        let height = min(size.rows, bounds.rows)
        let frame = Rect(
            column: min(max(place.column, bounds.column), bounds.endColumn - width),
            row: min(max(place.row, bounds.row), bounds.endRow - height),
            columns: width,
            rows: height
        )
        canvas.clipped(to: frame) { canvas in
            canvas.fill(frame, style: theme[.modal])
            let inside = canvas.box(frame, style: theme[.border].over(theme[.modal]), glyphs: glyphs)
            let table = Table(
                columns: [TableColumn("", min: 1), TableColumn("", width: detailWidth, alignment: .right)],
                showsHeading: false,
                showsScrollbar: items.count > inside.rows
            )
            table.draw(
                on: &canvas,
                in: inside.inset(columns: inside.columns > 2 ? 1 : 0),
                state: state,
                count: items.count,
                theme: theme,
                glyphs: glyphs
            ) { index in
                let item = items[index]
                let style = theme[item.isEnabled ? .modal : .dim].over(theme[.modal])
                return Table.Row(
                    [StyledLine(item.title), StyledLine(item.detail, theme[.dim])],
                    style: style
                )
            }
        }
        return frame
    }

    private var detailWidth: Int { max(1, items.map { SafeText.columns(of: $0.detail) }.max() ?? 1) }
}
