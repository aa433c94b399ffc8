/// An edge of a graph: corners joined by horizontal and vertical strokes, with an arrow head at the end.
public struct Edge: Sendable, Hashable {
    /// The corners from start to end; neighbours share a row or a column.
    public var points: [Point]
    /// The strokes.
    public var kind: BoxStyle
    /// Whether the last cell is an arrow head.
    public var hasArrow: Bool

    /// Makes an edge along corners; a stretch that is neither horizontal nor vertical is bent once.
    public init(points: [Point], kind: BoxStyle = .rounded, hasArrow: Bool = true) {
        self.points = points
        self.kind = kind
        self.hasArrow = hasArrow
    }

    /// Routes an edge from the right side of one box to the left side of another, bending halfway between.
    public static func between(_ start: Rect, _ end: Rect, kind: BoxStyle = .rounded) -> Edge {
        let from = Point(column: start.endColumn, row: start.row + start.rows / 2)
        let to = Point(column: end.column - 1, row: end.row + end.rows / 2)
        if from.row == to.row { return Edge(points: [from, to], kind: kind) }
        let middle = from.column + max(0, to.column - from.column) / 2
        return Edge(
            points: [from, Point(column: middle, row: from.row), Point(column: middle, row: to.row), to],
            kind: kind
        )
    }

    /// Routes an edge from the bottom of one box to the top of another, bending halfway between.
    public static func down(_ start: Rect, _ end: Rect, kind: BoxStyle = .rounded) -> Edge {
        let from = Point(column: start.column + start.columns / 2, row: start.endRow)
        let to = Point(column: end.column + end.columns / 2, row: end.row - 1)
        if from.column == to.column { return Edge(points: [from, to], kind: kind) }
        let middle = from.row + max(0, to.row - from.row) / 2
        return Edge(
            points: [
                from, Point(column: from.column, row: middle), Point(column: to.column, row: middle), to,
            ],
            kind: kind
        )
    }

    /// The cells that the edge passes, in order, each once.
    var cells: [Point] {
        guard var place = points.first else { return [] }
        var result = [place]
        for target in points.dropFirst() {
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

extension Canvas {
    /// Draws an edge inside the clip; crossings with other thin strokes become junctions.
    public mutating func draw(_ edge: Edge, style: Style = .plain, glyphs: GlyphSet = .unicode) {
        let path = edge.cells
        for (index, place) in path.enumerated() where clip.contains(place) {
            let before = index > 0 ? path[index - 1] : nil
            let after = index + 1 < path.count ? path[index + 1] : nil
            let glyph: Character
            if after == nil, edge.hasArrow {
                glyph = Canvas.arrow(from: before ?? place, to: place, glyphs)
            } else {
                let sides = Canvas.sides(place, before, after)
                glyph = joined(Canvas.stroke(sides, edge.kind, glyphs), sides, at: place, glyphs)
            }
            putGlyph(glyph, column: place.column, row: place.row, style: style)
        }
    }

    /// Up, right, down and left as bits 1, 2, 4 and 8.
    private static func sides(_ place: Point, _ before: Point?, _ after: Point?) -> Int {
        var result = 0
        for other in [before, after].compactMap({ $0 }) {
            if other.row < place.row { result |= 1 }
            if other.column > place.column { result |= 2 }
            if other.row > place.row { result |= 4 }
            if other.column < place.column { result |= 8 }
        }
        return result
    }

    private static func stroke(_ sides: Int, _ kind: BoxStyle, _ glyphs: GlyphSet) -> Character {
        let strokes = kind.strokes(glyphs)
        return switch sides {
        case 2 | 4: strokes.corners[0]
        case 4 | 8: strokes.corners[1]
        case 1 | 2: strokes.corners[2]
        case 1 | 8: strokes.corners[3]
        case 1, 4, 1 | 4: strokes.vertical
        default: strokes.horizontal
        }
    }

    /// The junction of a new stroke with the thin stroke that is already there; the new stroke over anything else.
    private func joined(_ glyph: Character, _ sides: Int, at place: Point, _ glyphs: GlyphSet) -> Character {
        let known: [Character: Int] = [
            "─": 10, "│": 5, "╭": 6, "╮": 12, "╰": 3, "╯": 9, "┌": 6, "┐": 12, "└": 3, "┘": 9,
            "├": 7, "┤": 13, "┬": 14, "┴": 11, "┼": 15,
        ]
        guard glyphs == .unicode, known[glyph] != nil, let old = self[place]?.text.first,
            let there = known[old]
        else {
            return glyph
        }
        let junctions: [Int: Character] = [7: "├", 13: "┤", 14: "┬", 11: "┴", 15: "┼"]
        return junctions[there | sides] ?? glyph
    }

    private static func arrow(from: Point, to: Point, _ glyphs: GlyphSet) -> Character {
        if to.column > from.column { return glyphs.pick("▶", ">") }
        if to.column < from.column { return glyphs.pick("◀", "<") }
        return to.row < from.row ? glyphs.pick("▲", "^") : glyphs.pick("▼", "v")
    }
}
