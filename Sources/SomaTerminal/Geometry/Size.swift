/// The size of a terminal, canvas or area in character cells; never negative.
public struct Size: Sendable, Hashable, CustomStringConvertible {
    /// Cells across.
    public let columns: Int
    /// Cells down.
    public let rows: Int

    /// Makes a size; negative numbers count as zero.
    public init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    /// The classic terminal, 80×24.
    public static let standard = Size(columns: 80, rows: 24)

    /// The size as `80x24`, the form that file names use.
    public var description: String { "\(columns)x\(rows)" }
}
