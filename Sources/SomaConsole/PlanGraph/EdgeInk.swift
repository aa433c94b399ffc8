import SomaTerminal

/// Which strokes of which edges meet in each cell: what is drawn where edges cross, part and join.
///
/// Edges that leave the same box, or enter the same box, are one line where they run together. Others only cross.
struct EdgeInk: Sendable {
    /// The strokes of one edge in one cell.
    struct Stroke: Sendable, Hashable {
        /// The edge.
        var link: Int
        /// Up, right, down and left as bits 1, 2, 4 and 8.
        var sides: Int
        /// Whether the edge enters its box here.
        var isHead: Bool
        /// Towards where the edge joins another one in the next cell, as one of the bits; 0 where it doesn't.
        var joins = 0
        /// Towards where the edge says that it goes, up or down as bits; 0 where it doesn't say so.
        var points = 0
    }

    /// A cell that at least one edge passes.
    struct Cell: Sendable, Hashable {
        var column: Int
        /// Its strokes, as a range of `strokes`.
        var strokes: Range<Int>
    }

    /// The cells of each row, from left to right.
    private(set) var rows: [[Cell]]
    /// The strokes of all cells.
    private(set) var strokes: [Stroke] = []

    init(_ layout: LayeredLayout, links: [LayeredLayout.Link]) {
        let (routes, size) = (layout.routes, layout.size)
        var found: [[(column: Int, stroke: Stroke)]] = Array(repeating: [], count: size.rows)
        for (link, route) in routes.enumerated() {
            let path = route.points.path
            let signs = Dictionary(route.signs.map { ($0.place, $0.isUp ? 1 : 4) }) { first, _ in first }
            for (place, cell) in path.enumerated() where found.indices.contains(cell.row) {
                var sides = 0
                if place > 0 { sides |= Self.side(cell, path[place - 1]) } else { sides |= route.leaves.bit }
                if place + 1 < path.count {
                    sides |= Self.side(cell, path[place + 1])
                } else {
                    sides |= route.enters.bit
                }
                var stroke = Stroke(link: link, sides: sides, isHead: place + 1 == path.count)
                stroke.points = signs[cell] ?? 0
                found[cell.row].append((cell.column, stroke))
            }
        }
        rows = []
        for row in found {
            var cells: [Cell] = []
            for (column, stroke) in row.sorted(by: {
                ($0.column, $0.stroke.link) < ($1.column, $1.stroke.link)
            }) {
                if let last = cells.last, last.column == column {
                    cells[cells.count - 1].strokes = last.strokes.lowerBound..<(strokes.count + 1)
                } else {
                    cells.append(Cell(column: column, strokes: strokes.count..<(strokes.count + 1)))
                }
                strokes.append(stroke)
            }
            rows.append(cells)
        }
        findJoins(links)
    }

    /// Marks where an edge runs into one that comes from elsewhere: there one must see which way it goes on.
    private mutating func findJoins(_ links: [LayeredLayout.Link]) {
        // Noted first and written after: strokes that are read and written in turn would be copied each time.
        var found: [(stroke: Int, side: Int)] = []
        for row in rows.indices {
            for (place, cell) in rows[row].enumerated() where cell.strokes.count > 1 {
                let here = strokes[cell.strokes]
                for stroke in here where stroke.sides & 10 != 0 && stroke.sides & 10 != 10 {
                    // Along the row up to here, then up or down, as another does that didn't come along the row.
                    let side = stroke.sides & 10
                    let isJoin = here.contains { other in
                        links[other.link].to == links[stroke.link].to
                            && links[other.link].from != links[stroke.link].from && other.sides & side == 0
                    }
                    let next = place + (side == 2 ? 1 : -1)
                    guard isJoin, rows[row].indices.contains(next),
                        rows[row][next].column == cell.column + (side == 2 ? 1 : -1)
                    else { continue }
                    for index in rows[row][next].strokes
                    where strokes[index].link == stroke.link && strokes[index].sides == 10 {
                        found.append((index, 10 & ~side))
                    }
                }
            }
        }
        for join in found { strokes[join.stroke].joins = join.side }
    }

    private static func side(_ cell: Point, _ other: Point) -> Int {
        if other.row < cell.row { return 1 }
        if other.column > cell.column { return 2 }
        if other.row > cell.row { return 4 }
        return other.column < cell.column ? 8 : 0
    }
}

extension LayeredLayout.Side {
    /// Towards a box at whose side an edge begins or ends: above where it leaves at the bottom, and so on.
    fileprivate var bit: Int {
        switch self {
        case .bottom: 1
        case .left: 2
        case .top: 4
        case .right: 8
        }
    }
}
