/// A cell's place: column and row from zero at the top left.
public struct Point: Sendable, Hashable {
    /// Cells from the left edge.
    public var column: Int
    /// Cells from the top edge.
    public var row: Int

    /// Makes a place, which may lie outside any canvas.
    public init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}
