/// A colour of a cell: the terminal's own, one of its palette, or a true colour.
public struct Color: Sendable, Hashable, CustomStringConvertible {
    /// Kind in the top byte (0 default, 1 indexed, 2 true colour), value below, so that cells compare as words.
    let raw: UInt32

    /// The terminal's own foreground or background.
    public static let `default` = Color(raw: 0)

    /// A palette colour; 0–7 are the basic ones, 8–15 the bright ones, 16–255 the cube and the greys.
    public static func indexed(_ index: UInt8) -> Color { Color(raw: 1 << 24 | UInt32(index)) }

    /// A true colour.
    public static func rgb(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Color {
        Color(raw: 2 << 24 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue))
    }

    /// Whether this is the terminal's own colour.
    public var isDefault: Bool { raw == 0 }

    /// The palette index, or nil for other colours.
    public var index: UInt8? { raw >> 24 == 1 ? UInt8(raw & 0xFF) : nil }

    /// Red, green and blue, for true colours and for palette colours by xterm's palette; nil for the default.
    public var components: (red: UInt8, green: UInt8, blue: UInt8)? {
        if let index { return ColorMath.palette(index) }
        guard raw >> 24 == 2 else { return nil }
        return (UInt8(raw >> 16 & 0xFF), UInt8(raw >> 8 & 0xFF), UInt8(raw & 0xFF))
    }

    /// `default`, a palette colour's name or number, or `#rrggbb`.
    public var description: String {
        if isDefault { return "default" }
        if let index {
            return Int(index) < Color.names.count ? Color.names[Int(index)] : "color\(index)"
        }
        return "#" + SafeText.hexadecimal(raw & 0xFF_FFFF, digits: 6).lowercased()
    }

    /// Names of the first sixteen palette colours, in order.
    public static let names = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
        "bright-black", "bright-red", "bright-green", "bright-yellow",
        "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    /// Reads `default`, a palette name, `color0`–`color255`, `#rgb` or `#rrggbb`; nil for anything else.
    public init?(_ text: String) {
        if text == "default" {
            self = .default
        } else if let index = Color.names.firstIndex(of: text) {
            self = .indexed(UInt8(index))
        } else if text.hasPrefix("color"), let index = UInt8(text.dropFirst(5)) {
            self = .indexed(index)
        } else if text.hasPrefix("#"),
            text.utf8.dropFirst().allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        {
            var digits = text.dropFirst().map { $0 }
            if digits.count == 3 { digits = digits.flatMap { [$0, $0] } }
            guard digits.count == 6, let value = UInt32(String(digits), radix: 16) else { return nil }
            self = .init(raw: 2 << 24 | value)
        } else {
            return nil
        }
    }

    init(raw: UInt32) { self.raw = raw }
}
