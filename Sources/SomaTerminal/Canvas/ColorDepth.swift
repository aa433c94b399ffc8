/// How many colours a terminal shows.
public enum ColorDepth: Int, Sendable, Hashable, CaseIterable, Comparable {
    /// No colour at all; attributes only.
    case mono = 0
    /// The eight basic colours.
    case basic = 8
    /// The basic and the bright colours.
    case bright = 16
    /// xterm's palette of 256.
    case palette = 256
    /// 24 bits.
    case truecolor = 16_777_216

    /// Fewer colours come first.
    public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }
}
