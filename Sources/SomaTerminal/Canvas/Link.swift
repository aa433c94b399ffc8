/// Cells that open an address, for terminals that know OSC 8.
public struct Link: Sendable, Hashable {
    /// The address; printable ASCII without spaces.
    public let address: String
    /// The cells, inside the canvas.
    public let rect: Rect

    /// Longest address in bytes.
    public static let addressBytesMax = 2_000

    /// Whether an address can be handed to a terminal: a known scheme and nothing but printable ASCII.
    static func isSafe(_ address: String) -> Bool {
        address.utf8.count <= addressBytesMax
            && address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3B }
            && ["https://", "http://", "file://"].contains { address.hasPrefix($0) }
    }
}
