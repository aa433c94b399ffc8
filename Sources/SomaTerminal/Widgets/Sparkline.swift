/// A row of small bars, one a value, the newest at the right.
public enum Sparkline {
    /// The bars as text.
    /// - Parameters:
    ///   - values: Oldest first; negative and undefined ones count as zero.
    ///   - columns: How many bars; the last values are shown, missing ones are blank at the left.
    ///   - highest: The value of a full bar; nil takes the greatest shown.
    ///   - glyphs: Glyphs.
    public static func text(
        _ values: [Double],
        columns: Int,
        highest: Double? = nil,
        glyphs: GlyphSet = .unicode
    ) -> String {
        guard columns > 0 else { return "" }
        let shown = values.suffix(columns).map { $0.isFinite ? max(0, $0) : 0 }
        let top = highest.map { $0 > 0 ? $0 : 1 } ?? max(shown.max() ?? 0, .leastNormalMagnitude)
        let bars: [Character] =
            glyphs == .unicode
            ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : ["_", ".", "-", "=", "+", "*", "%", "#"]
        var result = String(repeating: " ", count: columns - shown.count)
        for value in shown {
            let level = Int((value / top * Double(bars.count - 1)).rounded(.up))
            result.append(bars[min(max(0, level), bars.count - 1)])
        }
        return result
    }
}
