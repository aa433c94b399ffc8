import SomaTerminal

/// Dots of several colours: eight to a cell in braille, one to a cell in ASCII.
struct DotField: Sendable {
    let columns: Int
    let rows: Int
    /// Dots across and down.
    let width: Int
    let height: Int
    private let across: Int
    private let down: Int
    private let inks: Int
    private var bits: [UInt8]
    /// How many dots of each ink a cell has.
    private var counts: [UInt8]

    /// - Parameter inks: How many colours there are.
    init(columns: Int, rows: Int, inks: Int, glyphs: GlyphSet) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
        self.inks = max(1, inks)
        (across, down) = glyphs == .unicode ? (2, 4) : (1, 1)
        width = self.columns * across
        height = self.rows * down
        bits = Array(repeating: 0, count: self.columns * self.rows)
        counts = Array(repeating: 0, count: self.columns * self.rows * self.inks)
    }

    private static let masks: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

    /// Sets a dot, counted from the left and from the top; what is outside is nothing.
    mutating func set(_ x: Int, _ y: Int, ink: Int) {
        guard x >= 0, y >= 0, x < width, y < height else { return }
        let cell = y / down * columns + x / across
        let mask = across == 2 ? Self.masks[y % down * 2 + x % across] : 1
        guard bits[cell] & mask == 0 else { return }
        bits[cell] |= mask
        counts[cell * inks + min(ink, inks - 1)] += 1
    }

    /// Joins two dots; ends far outside are cut first.
    mutating func line(from: (x: Double, y: Double), to: (x: Double, y: Double), ink: Int) {
        let right = Double(width)
        guard max(from.x, to.x) >= 0, min(from.x, to.x) < right else { return }
        func cut(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double)) -> (x: Double, y: Double) {
            guard b.x != a.x else { return a }
            let x = min(max(-1, a.x), right)
            return (x, a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x)))
        }
        let (start, end) = (cut(from, to), cut(to, from))
        var (x, y) = (Int(start.x.rounded()), Int(start.y.rounded()))
        let (endX, endY) = (Int(end.x.rounded()), Int(end.y.rounded()))
        let (dx, dy) = (abs(endX - x), -abs(endY - y))
        let (stepX, stepY) = (x < endX ? 1 : -1, y < endY ? 1 : -1)
        var error = dx + dy
        while true {
            set(x, y, ink: ink)
            if x == endX, y == endY { return }
            let twice = 2 * error
            if twice >= dy {
                error += dy
                x += stepX
            }
            if twice <= dx {
                error += dx
                y += stepY
            }
        }
    }

    /// The ink that a cell has most of; `nil` where it is empty.
    func ink(_ column: Int, _ row: Int) -> Int? {
        let cell = row * columns + column
        guard bits[cell] != 0 else { return nil }
        var best = 0
        for ink in 0..<inks where counts[cell * inks + ink] > counts[cell * inks + best] { best = ink }
        return best
    }

    /// A cell's dots as a braille character.
    func braille(_ column: Int, _ row: Int) -> Character {
        Unicode.Scalar(0x2800 + UInt32(bits[row * columns + column])).map { Character($0) } ?? " "
    }
}
