extension Canvas {
    /// Colours of the picture where the canvas leaves the terminal's own.
    public struct SVGColors: Sendable {
        /// The default text colour; a true colour.
        public var foreground: Color
        /// The window's colour; a true colour.
        public var background: Color

        /// Makes the pair.
        public init(foreground: Color = .rgb(0xC9, 0xD1, 0xD9), background: Color = .rgb(0x12, 0x15, 0x1C)) {
            self.foreground = foreground
            self.background = background
        }
    }

    /// The canvas as a self-contained SVG picture of a terminal window without a title bar.
    public func svg(colors: SVGColors = SVGColors()) -> String {
        let cellWidth = 8.4
        let cellHeight = 18.0
        let margin = 16.0
        let width = Double(size.columns) * cellWidth + 2 * margin
        let height = Double(size.rows) * cellHeight + 2 * margin
        var result = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(svgNumber(width)) \(svgNumber(height))" \
            font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14">
            <rect width="100%" height="100%" rx="10" fill="\(svgColor(colors.background, colors.foreground))"/>

            """
        for row in 0..<size.rows {
            let top = margin + Double(row) * cellHeight
            forEachStyleRun(in: row) { columns, style in
                let ink = svgInk(style, colors)
                let left = margin + Double(columns.lowerBound) * cellWidth
                let span = Double(columns.count) * cellWidth
                if ink.back != colors.background {
                    result +=
                        "<rect x=\"\(svgNumber(left))\" y=\"\(svgNumber(top))\" width=\"\(svgNumber(span))\""
                    result += " height=\"\(svgNumber(cellHeight))\" fill=\"\(ink.back)\"/>\n"
                }
                result += svgText(row: row, columns: columns, style: style, fill: ink.front.description) {
                    (
                        svgNumber(margin + Double($0) * cellWidth), svgNumber(top + 13.5),
                        svgNumber(Double($1) * cellWidth)
                    )
                }
            }
        }
        return result + "</svg>\n"
    }

    private func svgInk(_ style: Style, _ colors: SVGColors) -> (front: Color, back: Color) {
        var front = style.foreground.isDefault ? colors.foreground : svgRGB(style.foreground)
        var back = style.background.isDefault ? colors.background : svgRGB(style.background)
        if style.attributes.contains(.reverse) { swap(&front, &back) }
        return (front, back)
    }

    private func svgRGB(_ color: Color) -> Color {
        color.components.map { Color.rgb($0.red, $0.green, $0.blue) } ?? color
    }

    private func svgColor(_ color: Color, _ fallback: Color) -> String {
        color.isDefault ? fallback.description : svgRGB(color).description
    }

    /// One text element for each stretch without gaps, so that a font of another width can't shift columns.
    private func svgText(
        row: Int,
        columns: Range<Int>,
        style: Style,
        fill: String,
        place: (Int, Int) -> (left: String, base: String, length: String)
    ) -> String {
        var result = ""
        var start = columns.lowerBound
        while start < columns.upperBound {
            while start < columns.upperBound, cells[row * size.columns + start].code == 0x20 { start += 1 }
            guard start < columns.upperBound else { break }
            var end = start
            while end < columns.upperBound, cells[row * size.columns + end].code != 0x20 { end += 1 }
            let spot = place(start, end - start)
            var attributes = ""
            if style.attributes.contains(.bold) { attributes += " font-weight=\"bold\"" }
            if style.attributes.contains(.italic) { attributes += " font-style=\"italic\"" }
            if style.attributes.contains(.dim) { attributes += " opacity=\"0.6\"" }
            let lines = [(Attributes.underline, "underline"), (.strike, "line-through")]
            let decoration = lines.filter { style.attributes.contains($0.0) }.map(\.1).joined(separator: " ")
            if !decoration.isEmpty { attributes += " text-decoration=\"\(decoration)\"" }
            result += "<text x=\"\(spot.left)\" y=\"\(spot.base)\" textLength=\"\(spot.length)\""
            result += " lengthAdjust=\"spacingAndGlyphs\" fill=\"\(fill)\"\(attributes)>"
            result += svgEscaped(text(row: row, columns: start..<end)) + "</text>\n"
            start = end
        }
        return result
    }

    private func svgEscaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A number with at most one digit after the point.
    private func svgNumber(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }
}
