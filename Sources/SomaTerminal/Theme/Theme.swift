/// A style for every role, with the colours the theme was made for.
public struct Theme: Sendable, Hashable {
    /// The name by which it is chosen.
    public let name: String
    /// A sentence about it.
    public let summary: String
    /// The text colour to assume where styles leave the terminal's own.
    public let foreground: Color
    /// The background to assume or, if `paintsBackground`, to paint.
    public let background: Color
    /// Whether the theme paints its own background instead of the terminal's.
    public let paintsBackground: Bool
    private let styles: [Style]

    /// Makes a theme; roles without a style take that of a related role.
    init(
        name: String,
        summary: String,
        foreground: Color,
        background: Color,
        paintsBackground: Bool,
        roles: [ThemeRole: Style]
    ) {
        self.name = name
        self.summary = summary
        self.foreground = foreground
        self.background = background
        self.paintsBackground = paintsBackground
        styles = ThemeRole.allCases.map { role in
            var asked: ThemeRole? = role
            var style = Style.plain
            while let current = asked {
                if let found = roles[current] {
                    style = found
                    break
                }
                asked = current.fallback
            }
            guard paintsBackground else { return style }
            return style.over(Style(foreground: foreground, background: background))
        }
    }

    /// The style of a role.
    public subscript(_ role: ThemeRole) -> Style { styles[role.position] }

    /// This theme with the colours of a terminal of the given depth; without colours the monochrome theme's styles.
    public func adapted(to depth: ColorDepth) -> Theme {
        if depth == .truecolor { return self }
        if depth == .mono {
            return Theme(
                self,
                styles: ThemeRole.allCases.map { Theme.mono[$0].converted(to: .mono) },
                paints: false
            )
        }
        return Theme(self, styles: styles.map { $0.converted(to: depth) }, paints: paintsBackground)
    }

    /// The contrast of a role's text with what is behind it, from 1 to 21.
    public func contrast(of role: ThemeRole) -> Double {
        let style = self[role]
        var front = (style.foreground.isDefault ? foreground : style.foreground).components ?? (255, 255, 255)
        var back = (style.background.isDefault ? background : style.background).components ?? (0, 0, 0)
        if style.attributes.contains(.reverse) { swap(&front, &back) }
        return ColorMath.contrast(front, back)
    }

    /// A canvas in the theme's ordinary style.
    public func canvas(_ size: Size) -> Canvas { Canvas(size: size, style: self[.text]) }

    /// The colours for pictures of screens in this theme.
    public var svgColors: Canvas.SVGColors {
        Canvas.SVGColors(foreground: foreground, background: background)
    }

    private init(_ theme: Theme, styles: [Style], paints: Bool) {
        name = theme.name
        summary = theme.summary
        foreground = theme.foreground
        background = theme.background
        paintsBackground = paints
        self.styles = styles
    }
}
