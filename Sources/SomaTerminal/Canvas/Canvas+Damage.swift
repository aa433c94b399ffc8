/// A stretch of cells of one row that differ from what was shown before.
public struct DamageRun: Sendable, Hashable {
    /// The row.
    public let row: Int
    /// The columns, never empty; they never cut a wide cluster in two.
    public let columns: Range<Int>

    /// Makes a run.
    public init(row: Int, columns: Range<Int>) {
        self.row = row
        self.columns = columns
    }
}

extension Canvas {
    /// Lists what differs from another canvas, row by row; everything when the sizes differ.
    public func damage(from old: Canvas) -> [DamageRun] {
        guard size == old.size else {
            return (0..<(size.columns == 0 ? 0 : size.rows)).map {
                DamageRun(row: $0, columns: 0..<size.columns)
            }
        }
        var runs: [DamageRun] = []
        let width = size.columns
        cells.withUnsafeBufferPointer { new in
            old.cells.withUnsafeBufferPointer { before in
                for row in 0..<size.rows {
                    let base = row * width
                    var column = 0
                    while column < width {
                        guard !same(new[base + column], before[base + column], old) else {
                            column += 1
                            continue
                        }
                        var start = column
                        while column < width, !same(new[base + column], before[base + column], old) {
                            column += 1
                        }
                        var end = column
                        while start > 0,
                            new[base + start].isContinuation || before[base + start].isContinuation
                        {
                            start -= 1
                        }
                        while end < width, new[base + end].isContinuation || before[base + end].isContinuation
                        {
                            end += 1
                        }
                        column = end
                        if let last = runs.last, last.row == row, last.columns.upperBound >= start {
                            runs[runs.count - 1] = DamageRun(row: row, columns: last.columns.lowerBound..<end)
                        } else {
                            runs.append(DamageRun(row: row, columns: start..<end))
                        }
                    }
                }
            }
        }
        return runs
    }

    /// Copies a run of another canvas of the same size into this one.
    public mutating func apply(_ run: DamageRun, from other: Canvas) {
        guard size == other.size, run.row >= 0, run.row < size.rows else { return }
        for column in run.columns.clamped(to: 0..<size.columns) {
            let index = run.row * size.columns + column
            let cell = other.cells[index]
            if cell.isCluster, let cluster = other.clusters[cell.clusterIndex].first {
                cells[index] = PackedCell(code: code(of: cluster), style: cell.style)
            } else {
                cells[index] = cell
            }
        }
    }

    private func same(_ new: PackedCell, _ old: PackedCell, _ other: Canvas) -> Bool {
        guard new.style == old.style else { return false }
        if !new.isCluster || !old.isCluster { return new.code == old.code }
        return clusters[new.clusterIndex] == other.clusters[old.clusterIndex]
    }
}
