/// A grid of styled cells that views draw on; nothing drawn leaves the current clip rectangle.
///
/// A value: two canvases of the same size can be compared for what changed (`damage(from:)`), written out as text,
/// ANSI or SVG, or handed to a `TerminalScreen`. All text is neutralised by `SafeText` on its way in.
public struct Canvas: Sendable {
    /// Cells across and down.
    public let size: Size
    /// Where drawing has effect now; always inside the canvas.
    public private(set) var clip: Rect
    /// Where the terminal's cursor is shown; nil hides it.
    public var cursor: Point?
    private var placedLinks: [Link] = []

    var cells: [PackedCell]
    /// Clusters of more than one scalar; cells refer to them by index.
    private(set) var clusters: [String] = []
    private var clusterIndexes: [String: UInt32] = [:]

    /// Most different clusters of several scalars on one canvas; further ones are drawn as their first scalar.
    public static let clustersMax = 65_536
    /// Most links on one canvas; further ones are left out.
    public static let linksMax = 1_024

    /// Makes a canvas of spaces.
    public init(size: Size, style: Style = .plain) {
        self.size = size
        clip = Rect(size)
        cells = Array(repeating: PackedCell(code: 0x20, style: style), count: size.columns * size.rows)
    }

    /// The rectangle of the whole canvas.
    public var bounds: Rect { Rect(size) }

    /// The cell at a place, or nil outside the canvas.
    public subscript(_ point: Point) -> Cell? {
        guard bounds.contains(point) else { return nil }
        let cell = cells[point.row * size.columns + point.column]
        return Cell(text: text(of: cell), style: cell.style)
    }

    /// Draws with the clip narrowed to a rectangle; coordinates stay those of the whole canvas.
    public mutating func clipped<Result>(to rect: Rect, _ body: (inout Canvas) -> Result) -> Result {
        let outer = clip
        clip = clip.intersection(rect)
        defer { clip = outer }
        return body(&self)
    }

    /// Places that open an address when the terminal knows links, in drawing order. A link hides nothing: its cells
    /// show the address or a part of it, so that where something else was drawn over it there is none.
    public var links: [Link] {
        placedLinks.isEmpty
            ? []
            : placedLinks.filter { link in
                (link.rect.row..<link.rect.endRow).allSatisfy { row in
                    link.address.contains(text(row: row, columns: link.rect.column..<link.rect.endColumn))
                }
            }
    }

    /// Makes cells a link to the address that they show; the part outside the clip is left out.
    /// - Parameters:
    ///   - address: One of the web; others, and what could mislead, are ignored (`WebAddress`).
    ///   - rect: The cells to press on.
    public mutating func link(_ address: String, over rect: Rect) {
        let inside = rect.intersection(clip)
        guard !inside.isEmpty, placedLinks.count < Canvas.linksMax, WebAddress.isSafe(address.utf8) else {
            return
        }
        placedLinks.append(Link(address: address, rect: inside))
    }

    func text(of cell: PackedCell) -> String {
        if cell.isContinuation { return "" }
        if cell.isCluster { return clusters[cell.clusterIndex] }
        return Unicode.Scalar(cell.code).map { String(Character($0)) } ?? "\u{FFFD}"
    }

    /// Puts one neutralised cluster into a cell, if all of it is inside the clip.
    ///
    /// A wide cluster that is cut by the edge of the clip becomes a space; half of a wide cluster that was there
    /// before becomes a space too, even outside of the clip, because half of it can't stay.
    mutating func put(_ piece: SafeText.Piece, column: Int, row: Int, style: Style) {
        guard row >= clip.row, row < clip.endRow else { return }
        if piece.columns == 1 {
            guard column >= clip.column, column < clip.endColumn else { return }
            set(PackedCell(code: code(of: piece.text), style: style), column: column, row: row)
            return
        }
        let fits = column >= clip.column && column + 1 < clip.endColumn
        if fits {
            set(PackedCell(code: code(of: piece.text), style: style), column: column, row: row)
            set(PackedCell(code: 0, style: style), column: column + 1, row: row, keepingLeft: true)
        } else {
            for half in column...(column + 1) where half >= clip.column && half < clip.endColumn {
                set(PackedCell(code: 0x20, style: style), column: half, row: row)
            }
        }
    }

    /// Stores a cell and repairs a wide cluster that it breaks.
    mutating func set(_ cell: PackedCell, column: Int, row: Int, keepingLeft: Bool = false) {
        let index = row * size.columns + column
        if cells[index].isContinuation, !keepingLeft, column > 0 { cells[index - 1].code = 0x20 }
        if column + 1 < size.columns, cells[index + 1].isContinuation, !cell.isContinuation {
            cells[index + 1].code = 0x20
        }
        cells[index] = cell
    }

    /// Writes a printable ASCII byte; the caller has checked the clip.
    mutating func setASCII(_ byte: UInt8, column: Int, row: Int, style: Style) {
        set(PackedCell(code: UInt32(byte), style: style), column: column, row: row)
    }

    mutating func code(of cluster: Character) -> UInt32 {
        let scalars = cluster.unicodeScalars
        let first = scalars[scalars.startIndex].value
        if scalars.index(after: scalars.startIndex) == scalars.endIndex { return first }
        let text = String(cluster)
        if let known = clusterIndexes[text] { return known }
        guard clusters.count < Canvas.clustersMax else { return first }
        let code = PackedCell.clusterBit | UInt32(clusters.count)
        clusters.append(text)
        clusterIndexes[text] = code
        return code
    }
}

extension Canvas: Equatable {
    /// Whether both show the same, cell by cell, with the same cursor and links.
    public static func == (left: Canvas, right: Canvas) -> Bool {
        left.size == right.size && left.cursor == right.cursor && left.links == right.links
            && left.damage(from: right).isEmpty
    }
}
