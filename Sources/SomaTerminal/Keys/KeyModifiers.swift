/// Keys held down with another key or a mouse button.
public struct KeyModifiers: OptionSet, Sendable, Hashable {
    /// The set as bits, in the order of xterm's encoding.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Shift.
    public static let shift = KeyModifiers(rawValue: 1)
    /// Alt, also called Meta.
    public static let alt = KeyModifiers(rawValue: 2)
    /// Control.
    public static let control = KeyModifiers(rawValue: 4)
}
