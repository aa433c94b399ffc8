/// Cells that open an address, for terminals that know OSC 8.
public struct Link: Sendable, Hashable {
    /// The address, of which the cells show all or a part.
    public let address: String
    /// The cells, inside the canvas.
    public let rect: Rect
}
