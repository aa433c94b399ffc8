package import SomaTerminal

/// What a view draws with: a theme and a set of glyphs.
package struct Look: Sendable {
    package var theme: Theme
    package var glyphs: GlyphSet

    package init(theme: Theme, glyphs: GlyphSet) {
        self.theme = theme
        self.glyphs = glyphs
    }

    subscript(_ role: ThemeRole) -> Style { theme[role] }

    /// Between things on one line: ` · `.
    var dot: String { " \(glyphs.pick("·", "-")) " }
    /// What stands for nothing.
    var none: String { String(glyphs.pick("–", "-")) }
    /// A step deeper.
    var into: String { String(glyphs.pick("▸", ">")) }
    /// Towards.
    var arrow: String { glyphs == .unicode ? "→" : "->" }
    /// How often.
    func times(_ count: Int) -> String { "\(glyphs.pick("×", "x"))\(count)" }

    /// A mark in its colour.
    func sign(_ mark: RunMark, role: ThemeRole? = nil) -> StyledLine.Span {
        .init(String(mark.sign(glyphs)), self[role ?? mark.role])
    }

    /// Words, or a dim placeholder where there are none yet.
    func words(_ state: WordsState?, style: Style = .plain) -> StyledLine.Span {
        switch state {
        case .text(let text, _): .init(text.firstLine, style)
        case let state: .init(state?.placeholder ?? "loading", self[.dim].adding(.italic))
        }
    }

    /// Draws a line cut to a rectangle's first row.
    func draw(_ line: StyledLine, on canvas: inout Canvas, in rect: Rect, base: Style = .plain) {
        guard !rect.isEmpty else { return }
        canvas.clipped(to: rect) { canvas in
            _ = canvas.draw(
                line,
                column: rect.column,
                row: rect.row,
                base: base,
                maxColumns: rect.columns,
                ellipsis: glyphs.ellipsis
            )
        }
    }
}

extension String {
    /// The text up to its first line break, without spaces in front; at most `SafeTextLimits` long.
    var firstLine: String {
        // Most names and words are short and plain: nothing has to be looked for.
        let isPlain =
            utf8.count <= TextLimits.lineCharactersMax && utf8.first != 0x20
            && utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        if isPlain { return self }
        let line = drop { $0.isWhitespace }.prefix(TextLimits.lineCharactersMax).prefix { !$0.isNewline }
        return String(line)
    }
}

/// How much of a text one line looks at.
enum TextLimits {
    static let lineCharactersMax = 1_000
}
