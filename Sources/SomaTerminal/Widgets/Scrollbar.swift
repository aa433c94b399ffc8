/// A scrollbar that shows which part of something long is in sight.
public struct Scrollbar: Sendable, Hashable {
    /// Rows in all.
    public var count: Int
    /// Rows in sight.
    public var visible: Int
    /// The first row in sight.
    public var top: Int

    /// Makes a scrollbar.
    public init(count: Int, visible: Int, top: Int) {
        self.count = count
        self.visible = visible
        self.top = top
    }

    /// Where the thumb is on a track of this many rows; nil when all is in sight.
    public func thumb(track: Int) -> Range<Int>? {
        guard count > visible, visible > 0, track > 0 else { return nil }
        let length = max(1, track * visible / count)
        let most = count - visible
        let start = (track - length) * min(max(0, top), most) / most
        return start..<(start + length)
    }

    /// The first row to show when the thumb is dragged to a row of the track.
    public func top(forTrackRow row: Int, track: Int) -> Int {
        guard count > visible, track > 1 else { return 0 }
        return min(max(0, row), track - 1) * (count - visible) / (track - 1)
    }

    /// The first row to show when the bar is pressed or dragged at a cell; nil where the bar isn't.
    ///
    /// A press above or below the thumb goes there; a drag that leaves the bar sideways still counts as on it when
    /// `isDragging`.
    public func top(at point: Point, in rect: Rect, isDragging: Bool = false) -> Int? {
        guard let thumb = thumb(track: rect.rows) else { return nil }
        guard isDragging || rect.contains(point) else { return nil }
        let row = point.row - rect.row
        if !isDragging, thumb.contains(row) { return top }
        return top(forTrackRow: row - (thumb.count - 1) / 2, track: rect.rows - (thumb.count - 1))
    }

    /// Draws the bar down a rectangle one column wide; nothing when all is in sight.
    public func draw(on canvas: inout Canvas, in rect: Rect, theme: Theme, glyphs: GlyphSet = .unicode) {
        guard rect.columns > 0, let thumb = thumb(track: rect.rows) else { return }
        for row in 0..<rect.rows {
            let isThumb = thumb.contains(row)
            canvas.putGlyph(
                isThumb ? glyphs.pick("┃", "#") : glyphs.pick("│", "|"),
                column: rect.column,
                row: rect.row + row,
                style: theme[isThumb ? .scrollbarThumb : .scrollbar]
            )
        }
    }
}
