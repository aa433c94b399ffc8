/// Names of views in a row with the current one set off.
public struct Tabs: Sendable, Hashable {
    /// The names.
    public var titles: [String]
    /// Which is current.
    public var selected: Int

    /// Makes a row of tabs.
    public init(_ titles: [String], selected: Int) {
        self.titles = titles
        self.selected = selected
    }

    /// Draws the row; tabs that don't fit make way so that the current one is in sight.
    /// - Returns: The places of the tabs in sight, for the mouse.
    @discardableResult
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode) -> [(
        tab: Int, rect: Rect
    )] {
        let widths = titles.map { SafeText.columns(of: $0) + 2 }
        var first = 0
        while first < selected, widths[first...min(selected, titles.count - 1)].reduce(0, +) > rect.columns {
            first += 1
        }
        var places: [(tab: Int, rect: Rect)] = []
        var column = rect.column
        canvas.clipped(to: rect.line(0)) { canvas in
            for index in titles.indices.dropFirst(first) {
                guard column < rect.endColumn else { break }
                let isCurrent = index == selected
                // The current tab differs by its brackets too, not by its style alone.
                let text = isCurrent ? "[" + titles[index] + "]" : " " + titles[index] + " "
                let style = theme[isCurrent ? .accent : .dim]
                canvas.draw(
                    text,
                    column: column,
                    row: rect.row,
                    style: isCurrent ? style.adding(.bold) : style
                )
                places.append(
                    (
                        index,
                        Rect(column: column, row: rect.row, columns: widths[index], rows: 1).intersection(
                            rect
                        )
                    )
                )
                column += widths[index]
            }
        }
        return places
    }
}
