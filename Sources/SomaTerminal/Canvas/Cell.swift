/// One cell of a canvas as a reader sees it.
public struct Cell: Sendable, Hashable {
    /// The cluster in the cell; empty in the right half of a wide one.
    public let text: String
    /// Colours and attributes.
    public let style: Style

    /// Makes a cell.
    public init(text: String, style: Style) {
        self.text = text
        self.style = style
    }
}

/// A cell as it is stored: no references, so that rows compare and copy as memory.
struct PackedCell: Sendable, Equatable {
    /// A scalar; 0 for the right half of a wide cluster; with the top bit set an index into the canvas's clusters.
    var code: UInt32
    var style: Style

    static let clusterBit: UInt32 = 1 << 31

    var isContinuation: Bool { code == 0 }
    var isCluster: Bool { code & PackedCell.clusterBit != 0 }
    var clusterIndex: Int { Int(code & ~PackedCell.clusterBit) }
}
