/// A bar that is filled to a share: `▕██████░░░░▏`.
public enum Gauge {
    /// The bar as a styled line.
    /// - Parameters:
    ///   - share: From 0 to 1; what lies outside counts as the nearest.
    ///   - columns: Columns with the ends; fewer than three give nothing.
    ///   - theme: Styles.
    ///   - style: The style of the filled part; nil takes the theme's.
    ///   - glyphs: Glyphs.
    public static func line(
        _ share: Double,
        columns: Int,
        theme: Theme,
        style: Style? = nil,
        glyphs: GlyphSet = .unicode
    ) -> StyledLine {
        guard columns >= 3 else { return StyledLine([]) }
        let inner = columns - 2
        let part = share.isFinite ? min(max(0, share), 1) : 0
        let fill = style ?? theme[.gauge]
        var bar = ""
        if glyphs == .ascii {
            bar = String(repeating: "#", count: Int((part * Double(inner)).rounded()))
        } else {
            let eighths = Int((part * Double(inner * 8)).rounded())
            let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
            bar = String(repeating: "█", count: eighths / 8)
            if eighths % 8 > 0 { bar.append(parts[eighths % 8 - 1]) }
        }
        let rest = String(repeating: glyphs.pick("░", "."), count: inner - bar.count)
        return StyledLine([
            .init(String(glyphs.pick("▕", "[")), theme[.gaugeEmpty]), .init(bar, fill),
            .init(rest, theme[.gaugeEmpty]), .init(String(glyphs.pick("▏", "]")), theme[.gaugeEmpty]),
        ])
    }
}
