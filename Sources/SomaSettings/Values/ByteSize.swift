/// A number of bytes, written `512`, `64KiB`, `10MB`.
public struct ByteSize: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// How many bytes; never negative.
    public let bytes: Int

    /// - Parameter bytes: Not negative.
    public init(bytes: Int) {
        precondition(bytes >= 0, "a size is not negative")
        self.bytes = bytes
    }

    /// Reads a whole number with an optional unit: B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB.
    ///
    /// Units may be in any case. Nil when the text is anything else or the number doesn't fit.
    public init?(_ text: String) {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let count = Int(digits) else { return nil }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard unit.isEmpty || !unit.contains(" ") else { return nil }
        guard let factor = Self.factors.first(where: { $0.unit.lowercased() == unit.lowercased() }) else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    private static let factors: [(unit: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000), ("B", 1), ("", 1),
    ]

    /// The shortest exact writing, which ``init(_:)`` reads back.
    public var description: String {
        let unit = Self.factors.first { bytes >= $0.bytes && bytes % $0.bytes == 0 }
        guard let unit, bytes > 0 else { return "0B" }
        return "\(bytes / unit.bytes)\(unit.unit)"
    }

    /// Orders by the number of bytes.
    public static func < (left: ByteSize, right: ByteSize) -> Bool {
        left.bytes < right.bytes
    }
}
