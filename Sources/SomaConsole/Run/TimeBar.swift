import SomaTerminal

/// A stretch of time as every waterfall draws it on its axis.
struct TimeBar: Sendable {
    /// What a part of it is made of.
    enum Ink: Sendable, Hashable {
        /// It was waited for.
        case solid
        /// It went on beside something longer.
        case hatched
        /// It is around what is drawn below.
        case line
        /// Nothing went on in it, and nobody waited for that.
        case heavyLine
    }

    /// Where it is on the axis, in columns.
    let place: ClosedRange<Double>
    /// Whether its ends are marked.
    let isFramed: Bool
    /// Whether it goes on.
    let isOpen: Bool

    init(_ place: ClosedRange<Double>, isFramed: Bool, isOpen: Bool) {
        self.place = place
        self.isFramed = isFramed
        self.isOpen = isOpen
    }

    /// The columns that it takes, at least one.
    var columns: Range<Int> {
        let first = Int(place.lowerBound)
        return first..<max(first + 1, Int(place.upperBound.rounded(.up)))
    }

    /// Draws it in one ink, with its ends and where the axis is cut.
    func draw(
        _ ink: Ink,
        _ axis: TimeAxis,
        _ style: Style,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        draw(ink, over: place, style, on: &canvas, in: rect, look)
        drawEnds(axis, style, on: &canvas, in: rect, look)
    }

    /// Draws a part of it.
    func draw(
        _ ink: Ink,
        over part: ClosedRange<Double>,
        _ style: Style,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let first = Int(part.lowerBound)
        let end = max(first + 1, Int(part.upperBound.rounded(.up)))
        for column in first..<max(first, min(end, rect.columns)) {
            let glyph = Self.glyph(ink, column, until: part.upperBound, look)
            canvas.putGlyph(glyph, column: rect.column + column, row: rect.row, style: style)
        }
    }

    /// Marks the ends of a framed bar, and what is cut out of the axis within it.
    func drawEnds(_ axis: TimeAxis, _ style: Style, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        func put(_ glyph: Character, _ column: Int) {
            guard column < rect.columns else { return }
            canvas.putGlyph(glyph, column: rect.column + column, row: rect.row, style: style)
        }
        let (first, end) = (columns.lowerBound, columns.upperBound)
        if isFramed, end - first > 1 {
            put(look.glyphs.pick("├", "|"), first)
            put(look.glyphs.pick(isOpen ? "╴" : "┤", isOpen ? "-" : "|"), end - 1)
        }
        for cut in axis.cutRanges {
            for column in cut where column > first && column < end - 1 {
                put(look.glyphs.pick("┄", "~"), column)
            }
        }
    }

    private static func glyph(_ ink: Ink, _ column: Int, until end: Double, _ look: Look) -> Character {
        switch ink {
        case .line: return look.glyphs.pick("─", "-")
        case .heavyLine: return look.glyphs.pick("━", "-")
        case .hatched: return look.glyphs.pick("▒", ":")
        case .solid:
            guard look.glyphs != .ascii else { return "=" }
            let part = min(1, end - Double(column))
            return eighths[max(0, min(7, Int((part * 8).rounded(.up)) - 1))]
        }
    }

    /// A solid bar as text: a share of so many columns, at least a part of one.
    static func text(_ share: Double, columns: Int, _ look: Look) -> String {
        let end = min(max(0.125, share * Double(columns)), Double(max(0, columns)))
        guard columns > 0, end > 0 else { return "" }
        return String((0..<Int(end.rounded(.up))).map { glyph(.solid, $0, until: end, look) })
    }

    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
}

/// How a waterfall's row shares its columns.
struct WaterfallColumns: Sendable, Hashable {
    var name: Rect
    /// The column of the line along the critical path.
    var path: Int
    var bar: Rect
    /// How long it took, at the right.
    var note: Rect

    /// Shares a row.
    /// - Parameters:
    ///   - share: How much names get, in percent.
    ///   - most: The most columns that names get.
    init(_ line: Rect, names share: Int = 26, most: Int = 40) {
        let noteColumns = line.columns >= 72 ? 13 : line.columns >= 36 ? 7 : 0
        let nameColumns = min(max(14, line.columns * share / 100), most)
        name = line.part(columns: nameColumns - 1)
        path = line.column + nameColumns - 1
        bar = line.part(column: nameColumns + 1, columns: line.columns - nameColumns - noteColumns - 2)
        note = line.part(column: line.columns - noteColumns, columns: noteColumns)
    }
}
