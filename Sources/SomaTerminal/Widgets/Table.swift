/// A table whose rows come from a function, asked only for what is in sight.
public struct Table: Sendable {
    /// A row as it is drawn.
    public struct Row: Sendable, Hashable {
        /// One line for each column of the table; missing ones are empty.
        public var cells: [StyledLine]
        /// The style below all cells.
        public var style: Style

        /// Makes a row.
        public init(_ cells: [StyledLine], style: Style = .plain) {
            self.cells = cells
            self.style = style
        }
    }

    /// The columns from left to right.
    public var columns: [TableColumn]
    /// Blank cells between columns.
    public var gap: Int
    /// Whether the headings are drawn.
    public var showsHeading: Bool
    /// The column that rows are sorted by, and whether upwards; shown in its heading.
    public var sort: (column: Int, ascending: Bool)?
    /// Whether the pane has the focus; decides the style of the selection.
    public var isFocused: Bool
    /// Whether a scrollbar is drawn where rows are out of sight.
    public var showsScrollbar: Bool

    /// Makes a table.
    public init(
        columns: [TableColumn],
        gap: Int = 2,
        showsHeading: Bool = true,
        sort: (column: Int, ascending: Bool)? = nil,
        isFocused: Bool = true,
        showsScrollbar: Bool = true
    ) {
        self.columns = columns
        self.gap = gap
        self.showsHeading = showsHeading
        self.sort = sort
        self.isFocused = isFocused
        self.showsScrollbar = showsScrollbar
    }

    /// Rows in sight when the table is drawn in this rectangle.
    public func visibleRows(in rect: Rect) -> Int { max(0, rect.rows - (showsHeading ? 1 : 0)) }

    /// The width of each column in a rectangle; 0 for those that have no room.
    public func widths(in rect: Rect) -> [Int] {
        Layout.lengths(
            columns.map { column in
                .fill(column.weight, min: column.least, max: column.most, priority: column.priority)
            },
            in: rect.columns - (showsScrollbar ? 1 : 0),
            gap: gap
        )
    }

    /// Draws the table.
    /// - Parameters:
    ///   - canvas: Where to draw.
    ///   - rect: The table's place; nothing is drawn outside of it.
    ///   - state: Selection and scrolling; a selection out of sight is scrolled to.
    ///   - count: How many rows there are.
    ///   - theme: Styles.
    ///   - glyphs: Glyphs.
    ///   - row: Gives the row with a number; called once for each row in sight.
    /// - Returns: The state with the scrolling that was used, to be kept for the next frame.
    @discardableResult
    public func draw(
        on canvas: inout Canvas,
        in rect: Rect,
        state: ListState,
        count: Int,
        theme: Theme,
        glyphs: GlyphSet = .unicode,
        row: (Int) -> Row
    ) -> ListState {
        let visible = visibleRows(in: rect)
        let state = state.fitted(count: count, visible: visible)
        let widths = widths(in: rect)
        canvas.clipped(to: rect) { canvas in
            if showsHeading { drawHeading(on: &canvas, rect, widths, state, theme, glyphs) }
            let first = rect.row + (showsHeading ? 1 : 0)
            for line in 0..<max(0, min(visible, count - state.top)) {
                let index = state.top + line
                drawRow(row(index), index, at: first + line, on: &canvas, rect, widths, state, theme, glyphs)
            }
            if showsScrollbar {
                Scrollbar(count: count, visible: visible, top: state.top).draw(
                    on: &canvas,
                    in: Rect(column: rect.endColumn - 1, row: first, columns: 1, rows: visible),
                    theme: theme,
                    glyphs: glyphs
                )
            }
        }
        return state
    }

    /// The row under a cell, for the mouse; nil for the heading and the empty part.
    public func row(at point: Point, in rect: Rect, state: ListState, count: Int) -> Int? {
        let index = state.top + point.row - rect.row - (showsHeading ? 1 : 0)
        guard rect.contains(point), point.row >= rect.row + (showsHeading ? 1 : 0), index < count else {
            return nil
        }
        return index
    }

    /// The column whose heading is under a cell, for sorting with the mouse.
    public func heading(at point: Point, in rect: Rect, state: ListState) -> Int? {
        guard showsHeading, rect.contains(point), point.row == rect.row else { return nil }
        var column = rect.column - state.left
        for (index, width) in widths(in: rect).enumerated() where width > 0 {
            if (column..<(column + width)).contains(point.column) { return index }
            column += width + gap
        }
        return nil
    }

    /// The table's scrollbar and its place; nil where it has none.
    public func scrollbar(in rect: Rect, state: ListState, count: Int) -> (bar: Scrollbar, rect: Rect)? {
        let visible = visibleRows(in: rect)
        guard showsScrollbar, count > visible, visible > 0 else { return nil }
        let top = state.fitted(count: count, visible: visible).top
        let place = rect.part(
            column: rect.columns - 1,
            row: rect.rows - visible,
            columns: 1,
            rows: visible
        )
        return (Scrollbar(count: count, visible: visible, top: top), place)
    }

    private func drawHeading(
        on canvas: inout Canvas,
        _ rect: Rect,
        _ widths: [Int],
        _ state: ListState,
        _ theme: Theme,
        _ glyphs: GlyphSet
    ) {
        let cells = columns.map { StyledLine($0.title) }
        drawCells(cells, at: rect.row, style: theme[.heading], on: &canvas, rect, widths, state.left, glyphs)
        guard let sort, columns.indices.contains(sort.column), widths[sort.column] > 0 else { return }
        // In the gap behind the title, so that no title moves.
        let before = widths[..<sort.column].reduce(0) { $0 + ($1 > 0 ? $1 + gap : 0) }
        let width = widths[sort.column]
        let column = columns[sort.column]
        let title = min(width, SafeText.columns(of: column.title))
        canvas.putGlyph(
            sort.ascending ? glyphs.pick("▲", "^") : glyphs.pick("▼", "v"),
            column: rect.column - state.left + before + (column.alignment == .right ? width : title),
            row: rect.row,
            style: theme[.accent]
        )
    }

    private func drawRow(
        _ row: Row,
        _ index: Int,
        at line: Int,
        on canvas: inout Canvas,
        _ rect: Rect,
        _ widths: [Int],
        _ state: ListState,
        _ theme: Theme,
        _ glyphs: GlyphSet
    ) {
        drawCells(row.cells, at: line, style: row.style, on: &canvas, rect, widths, state.left, glyphs)
        let place = rect.part(row: line - rect.row, columns: rect.columns - (showsScrollbar ? 1 : 0), rows: 1)
        if state.marked.contains(index) {
            canvas.restyle(place) { theme[.marked].over($0) }
        }
        guard index == state.selected else { return }
        let style = theme[isFocused ? .selection : .selectionInactive]
        canvas.restyle(place) { below in
            Style(
                foreground: below.foreground.isDefault ? style.foreground : below.foreground,
                background: style.background.isDefault ? below.background : style.background,
                attributes: below.attributes.union(style.attributes)
            )
        }
    }

    private func drawCells(
        _ cells: [StyledLine],
        at line: Int,
        style: Style,
        on canvas: inout Canvas,
        _ rect: Rect,
        _ widths: [Int],
        _ left: Int,
        _ glyphs: GlyphSet
    ) {
        var column = rect.column - left
        for (index, width) in widths.enumerated() where width > 0 {
            defer { column += width + gap }
            guard index < cells.count else { continue }
            let text = cells[index]
            let indent = columns[index].alignment == .right ? max(0, width - text.columns) : 0
            canvas.draw(
                text,
                column: column + indent,
                row: line,
                base: style,
                maxColumns: width,
                ellipsis: glyphs.ellipsis
            )
        }
    }
}
