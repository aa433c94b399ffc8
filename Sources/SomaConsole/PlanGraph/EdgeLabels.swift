import SomaTerminal

/// Finds places for edges' labels where they cover nothing: in an edge's own horizontal stretch, or beside a vertical
/// one, as near to where the edge begins as there is room.
struct EdgeLabels {
    /// The label's place of each edge that has room for one.
    private(set) var places: [LayeredLayout.Label?]
    /// The columns that the picture needs with its labels.
    private(set) var columns: Int

    private let routes: [LayeredLayout.Route]
    private let rows: Int
    /// What is in each cell: nothing, a box or a label, an edge by number plus one, or several edges.
    private var grid: [Int32]
    private let width: Int

    private static let blocked: Int32 = -1
    private static let shared: Int32 = -2
    /// How far a label may stand out to the right of the picture.
    static let overhangMax = 24
    /// The largest picture that gets labels, in cells.
    static let cellsMax = 4_000_000
    /// The fewest columns of a label that was cut: a count.
    static let columnsLeast = 3

    init(boxes: [Rect], routes: [LayeredLayout.Route], size: Size) {
        self.routes = routes
        rows = size.rows
        columns = size.columns
        width = size.columns + Self.overhangMax
        places = Array(repeating: nil, count: routes.count)
        guard width * rows <= Self.cellsMax else {
            grid = []
            return
        }
        grid = Array(repeating: 0, count: width * rows)
        for box in boxes {
            for row in box.row..<box.endRow {
                for column in box.column..<box.endColumn { grid[row * width + column] = Self.blocked }
            }
        }
        for (index, route) in routes.enumerated() {
            for cell in route.points.path {
                let place = cell.row * width + cell.column
                let own = Int32(index + 1)
                grid[place] = grid[place] == 0 || grid[place] == own ? own : Self.shared
            }
        }
    }

    mutating func place(_ links: [LayeredLayout.Link]) {
        guard !grid.isEmpty else { return }
        for (index, link) in links.enumerated() where link.labelColumns > 0 {
            let widths = [link.labelColumns, min(link.labelColumns, 8), Self.columnsLeast]
            for columns in widths where columns <= link.labelColumns {
                guard let place = find(index, columns) else { continue }
                places[index] = place
                for column in place.place.column..<(place.place.column + columns) {
                    grid[place.place.row * width + column] = Self.blocked
                }
                self.columns = max(self.columns, place.place.column + columns)
                break
            }
        }
    }

    private func find(_ index: Int, _ columns: Int) -> LayeredLayout.Label? {
        let path = routes[index].points.path
        let own = Int32(index + 1)
        var run = 0
        for (place, cell) in path.enumerated() {
            guard grid[cell.row * width + cell.column] == own else {
                run = 0
                continue
            }
            let isAcross = place > 0 && path[place - 1].row == cell.row
            run = isAcross ? run + 1 : 1
            // A line on both sides, and a blank.
            if run >= columns + 4 {
                let start = min(cell.column, path[place - run + 1].column)
                return LayeredLayout.Label(
                    place: Point(column: start + 2, row: cell.row),
                    columns: columns,
                    isInLine: true
                )
            }
            let isDown =
                place > 0 && path[place - 1].column == cell.column
                || place + 1 < path.count && path[place + 1].column == cell.column || path.count == 1
            guard isDown else { continue }
            if isFree(cell.row, (cell.column + 1)...(cell.column + 2 + columns)) {
                return LayeredLayout.Label(
                    place: Point(column: cell.column + 2, row: cell.row),
                    columns: columns
                )
            }
            if isFree(cell.row, (cell.column - 2 - columns)...(cell.column - 1)) {
                return LayeredLayout.Label(
                    place: Point(column: cell.column - 1 - columns, row: cell.row),
                    columns: columns
                )
            }
        }
        return nil
    }

    private func isFree(_ row: Int, _ columns: ClosedRange<Int>) -> Bool {
        guard columns.lowerBound >= -1, columns.upperBound < width else { return false }
        return columns.clamped(to: 0...columns.upperBound).allSatisfy { grid[row * width + $0] == 0 }
    }
}

extension [Point] {
    /// All cells along corners, in order, each once.
    var path: [Point] {
        guard var place = first else { return [] }
        var result = [place]
        for target in dropFirst() {
            while place.column != target.column {
                place.column += place.column < target.column ? 1 : -1
                result.append(place)
            }
            while place.row != target.row {
                place.row += place.row < target.row ? 1 : -1
                result.append(place)
            }
        }
        return result
    }
}
