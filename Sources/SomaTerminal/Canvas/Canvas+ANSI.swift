extension Canvas {
    /// The canvas as text with SGR sequences, for printing on a terminal that isn't in full-screen mode.
    ///
    /// Each row ends with a reset and a line break. Nothing but colours and attributes is written.
    public func ansi(depth: ColorDepth) -> String {
        var result = ""
        for row in 0..<size.rows {
            let last = (0..<size.columns).last { column in
                let cell = cells[row * size.columns + column]
                return cell.code != 0x20 || cell.style.background != .default
                    || !cell.style.attributes.isEmpty
            }
            let used = last.map { $0 + 1 } ?? 0
            var styled = false
            forEachStyleRun(in: row) { columns, style in
                let shown = columns.clamped(to: 0..<used)
                guard !shown.isEmpty else { return }
                let codes = Canvas.sgr(style.converted(to: depth))
                if !codes.isEmpty {
                    result += "\u{1B}[0;" + codes + "m"
                    styled = true
                } else if styled {
                    result += "\u{1B}[0m"
                    styled = false
                }
                result += text(row: row, columns: shown)
            }
            if styled { result += "\u{1B}[0m" }
            result += "\n"
        }
        return result
    }

    /// The parameters of the SGR sequence for a style; empty for the plain one.
    static func sgr(_ style: Style) -> String {
        var codes: [String] = []
        let numbers: [(Attributes, String)] = [
            (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"), (.strike, "9"),
        ]
        for (attribute, code) in numbers where style.attributes.contains(attribute) { codes.append(code) }
        codes += color(style.foreground, base: 30)
        codes += color(style.background, base: 40)
        return codes.joined(separator: ";")
    }

    private static func color(_ color: Color, base: Int) -> [String] {
        if color.isDefault { return [] }
        if let index = color.index {
            if index < 8 { return [String(base + Int(index))] }
            if index < 16 { return [String(base + 60 + Int(index) - 8)] }
            return [String(base + 8), "5", String(index)]
        }
        guard let parts = color.components else { return [] }
        return [String(base + 8), "2", String(parts.red), String(parts.green), String(parts.blue)]
    }
}
