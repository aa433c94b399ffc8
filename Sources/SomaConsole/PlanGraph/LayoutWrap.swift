import SomaTerminal

/// A tall picture of a graph cut between its layers and set in columns, as a newspaper is: each column is read from
/// top to bottom, the next one stands to its right.
///
/// An edge that is cut leaves its column at the bottom, goes up between the columns, and comes into the next one from
/// above. Where several are cut at one place they are nested, so that none crosses another: the one that is furthest
/// to the right turns first.
struct LayoutWrap {
    private(set) var boxes: [Rect]
    private(set) var routes: [LayeredLayout.Route]
    private(set) var size: Size

    /// Where the picture is cut: the rows from `above` on to before `below` hold nothing but edges on their way down,
    /// in these columns, and are left out.
    private struct Cut: Equatable {
        var above: Int
        var below: Int
        var lines: [Int]
    }

    /// A part of the picture between two cuts.
    private struct Column {
        /// Its rows in the tall picture.
        var rows: Range<Int>
        /// How far its cells move to the right.
        var shift = 0
        /// Where edges go up to the right of it.
        var gutter = 0
    }

    /// The most edges that a cut may go through; more of them would be a knot between the columns.
    private static let linesMax = 4
    /// The most columns.
    private static let columnsMax = 8
    /// What is left blank beside the edges between two columns.
    private static let blankColumns = 2

    private var cuts: [Cut] = []
    private var columns: [Column] = []
    /// The rows above all columns, where edges come in.
    private var top = 0

    /// Sets a picture in as few columns as fit into the room, or where none fit, in as many as are no wider.
    /// - Returns: `nil` where the picture fits as it is or can't be cut so that it becomes shorter.
    init?(boxes: [Rect], routes: [LayeredLayout.Route], size: Size, room: Size) {
        self.boxes = boxes
        self.routes = routes
        self.size = size
        guard size.rows > room.rows, size.columns * 2 <= room.columns else { return nil }
        let paths = routes.map { Self.extended($0) }
        let places = Self.places(boxes, paths, rows: size.rows)
        var best: LayoutWrap?
        for count in 2...Self.columnsMax {
            guard let cuts = Self.cuts(places, rows: size.rows, columns: count) else { continue }
            var wrap = self
            wrap.wrap(cuts, paths)
            guard wrap.size.columns <= room.columns else { break }
            guard wrap.size.rows < best?.size.rows ?? size.rows else { continue }
            best = wrap
            if wrap.size.rows <= room.rows { break }
        }
        guard let best else { return nil }
        self = best
    }

    // MARK: Where to cut

    /// An edge's cells with those of its boxes that it touches from above or below.
    private static func extended(_ route: LayeredLayout.Route) -> [Point] {
        var path = route.points.path
        guard let first = path.first, let last = path.last else { return [] }
        if route.leaves == .bottom { path.insert(Point(column: first.column, row: first.row - 1), at: 0) }
        if route.enters == .top { path.append(Point(column: last.column, row: last.row + 1)) }
        return path
    }

    /// Where the picture can be cut, from above.
    private static func places(_ boxes: [Rect], _ paths: [[Point]], rows: Int) -> [Cut] {
        // The columns of the edges that pass from the row before to each row, and of all cells in it.
        var lines: [Set<Int>] = Array(repeating: [], count: rows + 2)
        var cells = lines
        for path in paths {
            for (cell, next) in zip(path, path.dropFirst()) where cell.row != next.row {
                lines[max(cell.row, next.row)].insert(cell.column)
            }
            for cell in path { cells[cell.row].insert(cell.column) }
        }
        var (isInBox, hasBox) = (
            Array(repeating: false, count: rows + 1), Array(repeating: false, count: rows + 1)
        )
        for box in boxes {
            for row in box.row..<box.endRow {
                isInBox[row] = isInBox[row] || row > box.row
                hasBox[row] = true
            }
        }
        func isStraight(_ row: Int) -> Bool {
            row > 0 && row < rows && !hasBox[row] && lines[row] == lines[row + 1] && cells[row] == lines[row]
        }
        var places: [Cut] = []
        for row in 1..<max(1, rows) where !isInBox[row] && (1...linesMax).contains(lines[row].count) {
            var cut = Cut(above: row, below: row, lines: lines[row].sorted())
            while isStraight(cut.above - 1) { cut.above -= 1 }
            while isStraight(cut.below) { cut.below += 1 }
            if places.last != cut { places.append(cut) }
        }
        return places
    }

    /// Cuts into at most so many columns, as even as possible; `nil` where there are no places for it.
    private static func cuts(_ places: [Cut], rows: Int, columns: Int) -> [Cut]? {
        let least = (rows + columns - 1) / columns
        for height in least...(least + least / 2 + 4) {
            var cuts: [Cut] = []
            var start = 0
            while rows - start > height {
                // Few edges are worth some rows.
                let near = places.filter { $0.above > start + height / 2 && $0.above <= start + height }
                guard
                    let cut = near.min(by: {
                        (3 * $0.lines.count - $0.above, $0.above) < (3 * $1.lines.count - $1.above, $1.above)
                    })
                else { break }
                cuts.append(cut)
                start = cut.below
            }
            if rows - start <= height, cuts.count < columns { return cuts }
        }
        return nil
    }

    // MARK: Columns

    private mutating func wrap(_ cuts: [Cut], _ paths: [[Point]]) {
        self.cuts = cuts
        columns = zip([0] + cuts.map(\.below), cuts.map(\.above) + [size.rows]).map { Column(rows: $0..<$1) }
        // Below its turn an edge goes straight down for a row, so that its head is seen as one.
        top = (cuts.map(\.lines.count).max() ?? 0) + 1
        var extents: [ClosedRange<Int>?] = Array(repeating: nil, count: columns.count)
        func add(_ column: Int, _ row: Int) {
            guard let place = self.column(of: row) else { return }
            let known = extents[place] ?? column...column
            extents[place] = min(known.lowerBound, column)...max(known.upperBound, column)
        }
        for box in boxes {
            add(box.column, box.row)
            add(box.endColumn - 1, box.row)
        }
        for path in paths { for cell in path { add(cell.column, cell.row) } }
        var end = 0
        var height = 0
        for index in columns.indices {
            let extent = extents[index] ?? 0...0
            columns[index].shift = end - extent.lowerBound
            let lines = index < cuts.count ? cuts[index].lines.count : 0
            end += extent.count
            columns[index].gutter = end + Self.blankColumns
            if lines > 0 { end += 2 * Self.blankColumns + lines }
            height = max(height, top + columns[index].rows.count + lines)
        }
        size = Size(columns: end, rows: height)
        for index in boxes.indices {
            let place = cuts.count { $0.below <= boxes[index].row }
            let corner = moved(Point(column: boxes[index].column, row: boxes[index].row), place)
            boxes[index].column = corner.column
            boxes[index].row = corner.row
        }
        for index in routes.indices { rewrite(&routes[index], paths[index]) }
    }

    /// The column that a row of the tall picture is in; `nil` for one that is left out.
    private func column(of row: Int) -> Int? {
        let place = cuts.count { $0.below <= row }
        return columns[place].rows.contains(row) ? place : nil
    }

    private func moved(_ cell: Point, _ place: Int) -> Point {
        let column = columns[place]
        return Point(column: cell.column + column.shift, row: cell.row - column.rows.lowerBound + top)
    }

    private func rewrite(_ route: inout LayeredLayout.Route, _ path: [Point]) {
        guard !path.isEmpty else { return }
        var points: [Point] = []
        var last: Int?
        for cell in path {
            guard let place = column(of: cell.row) else { continue }
            if let last, last != place {
                let detour = detour(min(last, place), line: cell.column)
                points += last < place ? detour : detour.reversed()
                route.signs += signs(detour, isForth: last < place)
            }
            points.append(moved(cell, place))
            last = place
        }
        // Without the cells inside of boxes again.
        var cells = points.path
        if route.leaves == .bottom { cells.removeFirst() }
        if route.enters == .top { cells.removeLast() }
        route.points = cells.corners
    }

    /// The corners on the way from a column's lower end to the upper end of the next one.
    private func detour(_ index: Int, line column: Int) -> [Point] {
        let lines = cuts[index].lines
        let place = lines.firstIndex(of: column) ?? 0
        // The line furthest to the right turns first below, is the first to the left between, and the first above.
        let turn = lines.count - 1 - place
        let below = top + columns[index].rows.count + turn
        let gutter = columns[index].gutter + turn
        let above = top - 2 - place
        return [
            Point(column: column + columns[index].shift, row: below), Point(column: gutter, row: below),
            Point(column: gutter, row: above),
            Point(column: column + columns[index + 1].shift, row: above),
        ]
    }

    /// How many rows apart an edge between columns says which way it goes.
    private static let signRows = 8

    private func signs(_ detour: [Point], isForth: Bool) -> [LayeredLayout.Sign] {
        let (below, above) = (detour[1], detour[2])
        let middle = (below.row + above.row) / 2
        let rows = (above.row + 1)..<max(above.row + 1, below.row)
        return rows.filter { ($0 - middle) % Self.signRows == 0 }.map {
            LayeredLayout.Sign(place: Point(column: below.column, row: $0), isUp: isForth)
        }
    }
}

extension [Point] {
    /// The first and the last of cells in a row, and those between at which the way turns.
    fileprivate var corners: [Point] {
        guard let first, let last else { return [] }
        var corners = [first]
        for (index, cell) in enumerated().dropFirst().dropLast() {
            let (before, after) = (self[index - 1], self[index + 1])
            let isStraight = before.row == after.row || before.column == after.column
            if !isStraight { corners.append(cell) }
        }
        return corners + [last]
    }
}
