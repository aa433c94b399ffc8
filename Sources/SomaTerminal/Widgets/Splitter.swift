/// The line between two parts of a rectangle, which the mouse or keys can move.
public struct Splitter: Sendable, Hashable {
    /// How the two parts lie.
    public enum Axis: Sendable, Hashable {
        /// Side by side; the line is vertical.
        case columns
        /// One above the other; the line is horizontal.
        case rows
    }

    /// How the two parts lie.
    public var axis: Axis
    /// The first part's share of the space, from 0 to 1.
    public var share: Double
    /// The fewest cells of each part, where there is room for both.
    public var least: Int

    /// Makes a splitter.
    public init(_ axis: Axis, share: Double = 0.5, least: Int = 10) {
        self.axis = axis
        self.share = share
        self.least = least
    }

    /// The two parts and the line between them; where there is no room for a line, the first part is all.
    public func parts(of rect: Rect) -> (first: Rect, line: Rect, second: Rect) {
        let total = length(of: rect)
        guard total >= 3 else {
            let none = Rect(column: rect.endColumn, row: rect.endRow, columns: 0, rows: 0)
            return (rect, none, none)
        }
        let first = clamped(Int((share.isFinite ? share : 0.5) * Double(total - 1)), total)
        switch axis {
        case .columns:
            return (
                rect.part(columns: first), rect.part(column: first, columns: 1), rect.part(column: first + 1)
            )
        case .rows:
            return (rect.part(rows: first), rect.part(row: first, rows: 1), rect.part(row: first + 1))
        }
    }

    /// Whether the line is under a cell.
    public func isLine(at point: Point, in rect: Rect) -> Bool { parts(of: rect).line.contains(point) }

    /// Moves the line under a cell, or as near as the parts' least lengths let it.
    public mutating func drag(to point: Point, in rect: Rect) {
        move(to: axis == .columns ? point.column - rect.column : point.row - rect.row, in: rect)
    }

    /// Moves the line by cells.
    public mutating func move(by cells: Int, in rect: Rect) {
        let first = parts(of: rect).first
        move(to: (axis == .columns ? first.columns : first.rows) + cells, in: rect)
    }

    /// Draws the line.
    public func draw(on canvas: inout Canvas, in rect: Rect, style: Style, glyphs: GlyphSet = .unicode) {
        let line = parts(of: rect).line
        guard !line.isEmpty else { return }
        canvas.clipped(to: rect) { canvas in
            switch axis {
            case .columns:
                canvas.rule(column: line.column, rows: line.row..<line.endRow, style: style, glyphs: glyphs)
            case .rows:
                canvas.rule(
                    row: line.row,
                    columns: line.column..<line.endColumn,
                    style: style,
                    glyphs: glyphs
                )
            }
        }
    }

    private func length(of rect: Rect) -> Int { axis == .columns ? rect.columns : rect.rows }

    private mutating func move(to first: Int, in rect: Rect) {
        let total = length(of: rect)
        guard total >= 3 else { return }
        // Half a cell more, so that the same share gives the same cell again.
        share = (Double(clamped(first, total)) + 0.5) / Double(total - 1)
    }

    private func clamped(_ first: Int, _ total: Int) -> Int {
        let most = (total - 1) / 2
        let edge = min(max(1, least), most)
        return min(max(first, edge), total - 1 - edge)
    }
}
