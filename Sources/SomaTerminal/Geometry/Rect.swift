/// A rectangle of cells; its size is never negative, its corner may lie anywhere.
public struct Rect: Sendable, Hashable {
    /// The leftmost column.
    public var column: Int
    /// The topmost row.
    public var row: Int
    /// Cells across.
    public let columns: Int
    /// Cells down.
    public let rows: Int

    /// Makes a rectangle; negative sizes count as zero.
    public init(column: Int, row: Int, columns: Int, rows: Int) {
        self.column = column
        self.row = row
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    /// Makes the rectangle of a whole canvas.
    public init(_ size: Size) {
        self.init(column: 0, row: 0, columns: size.columns, rows: size.rows)
    }

    /// The first column to the right of the rectangle.
    public var endColumn: Int { column + columns }
    /// The first row below the rectangle.
    public var endRow: Int { row + rows }
    /// The size alone.
    public var size: Size { Size(columns: columns, rows: rows) }
    /// Whether it holds no cell.
    public var isEmpty: Bool { columns == 0 || rows == 0 }

    /// Whether a cell lies inside.
    public func contains(_ point: Point) -> Bool {
        point.column >= column && point.column < endColumn && point.row >= row && point.row < endRow
    }

    /// The cells that both rectangles hold.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(column, other.column)
        let top = max(row, other.row)
        return Rect(
            column: left,
            row: top,
            columns: min(endColumn, other.endColumn) - left,
            rows: min(endRow, other.endRow) - top
        )
    }

    /// The rectangle made smaller on each side.
    public func inset(columns across: Int = 0, rows down: Int = 0) -> Rect {
        Rect(column: column + across, row: row + down, columns: columns - 2 * across, rows: rows - 2 * down)
    }

    /// A part of the rectangle counted from its own corner, cut where it leaves it.
    public func part(
        column left: Int = 0,
        row top: Int = 0,
        columns width: Int? = nil,
        rows height: Int? = nil
    ) -> Rect {
        Rect(
            column: column + left,
            row: row + top,
            columns: width ?? columns - left,
            rows: height ?? rows - top
        ).intersection(self)
    }

    /// One row of the rectangle, counted from its top; empty when there is no such row.
    public func line(_ index: Int) -> Rect { part(row: index, rows: 1) }

    /// A rectangle of the given size in the middle of this one, cut to fit.
    public func centered(_ inner: Size) -> Rect {
        let width = min(inner.columns, columns)
        let height = min(inner.rows, rows)
        return Rect(
            column: column + (columns - width) / 2,
            row: row + (rows - height) / 2,
            columns: width,
            rows: height
        )
    }
}
