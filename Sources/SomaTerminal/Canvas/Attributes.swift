/// How a cell's text is set off, beside its colours.
public struct Attributes: OptionSet, Sendable, Hashable, CustomStringConvertible {
    /// The set as bits.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Heavier strokes.
    public static let bold = Attributes(rawValue: 1)
    /// Fainter colour.
    public static let dim = Attributes(rawValue: 2)
    /// Slanted letters.
    public static let italic = Attributes(rawValue: 4)
    /// A line below.
    public static let underline = Attributes(rawValue: 8)
    /// Foreground and background exchanged.
    public static let reverse = Attributes(rawValue: 16)
    /// A line through the middle.
    public static let strike = Attributes(rawValue: 32)

    /// Names in the order that dumps use.
    static let named: [(name: String, value: Attributes)] = [
        ("bold", .bold), ("dim", .dim), ("italic", .italic), ("underline", .underline), ("reverse", .reverse),
        ("strike", .strike),
    ]

    /// The names of the attributes, separated by spaces.
    public var description: String {
        Attributes.named.filter { contains($0.value) }.map(\.name).joined(separator: " ")
    }
}
