/// Colours and attributes of a cell.
public struct Style: Sendable, Hashable, CustomStringConvertible {
    /// The colour of the text.
    public var foreground: Color
    /// The colour behind it.
    public var background: Color
    /// How the text is set off.
    public var attributes: Attributes

    /// Makes a style; without arguments the terminal's own.
    public init(
        foreground: Color = .default,
        background: Color = .default,
        attributes: Attributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// The terminal's own colours without attributes.
    public static let plain = Style()

    /// This style with more attributes.
    public func adding(_ more: Attributes) -> Style {
        Style(foreground: foreground, background: background, attributes: attributes.union(more))
    }

    /// This style on another background.
    public func on(_ color: Color) -> Style {
        Style(foreground: foreground, background: color, attributes: attributes)
    }

    /// This style where it says something, the other one where it leaves the default.
    public func over(_ other: Style) -> Style {
        Style(
            foreground: foreground.isDefault ? other.foreground : foreground,
            background: background.isDefault ? other.background : background,
            attributes: attributes.union(other.attributes)
        )
    }

    /// This style with the colours that a terminal of the given depth has.
    public func converted(to depth: ColorDepth) -> Style {
        Style(
            foreground: ColorMath.convert(foreground, to: depth),
            background: ColorMath.convert(background, to: depth),
            attributes: attributes
        )
    }

    /// `plain`, or the colours and attributes as themes write them: `red on #202020 bold`.
    public var description: String {
        var words: [String] = []
        if !foreground.isDefault { words.append(foreground.description) }
        if !background.isDefault { words += ["on", background.description] }
        if !attributes.isEmpty { words.append(attributes.description) }
        return words.isEmpty ? "plain" : words.joined(separator: " ")
    }
}
