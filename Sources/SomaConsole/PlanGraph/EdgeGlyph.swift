import SomaTerminal

/// The characters that edges are drawn with.
enum EdgeGlyph {
    /// A stroke towards sides: up, right, down and left as bits 1, 2, 4 and 8.
    static func stroke(_ sides: Int, _ kind: BoxStyle, _ glyphs: GlyphSet) -> Character {
        let set: [Character]
        switch (kind, glyphs) {
        case (.dashed, .ascii): set = asciiDashed
        case (.heavy, .ascii): set = asciiHeavy
        case (_, .ascii): set = ascii
        case (.dashed, _): set = dashed
        case (.heavy, _): set = heavy
        default: set = thin
        }
        return set[sides & 15]
    }

    // In the order of the bits: none, up, right, up and right, down, …
    private static let thin: [Character] = Array(" │─╰││╭├─╯─┴╮┤┬┼")
    private static let heavy: [Character] = Array(" ┃━┗┃┃┏┣━┛━┻┓┫┳╋")
    private static let dashed: [Character] = Array(" ┊┄╰┊┊╭├┄╯┄┴╮┤┬┼")
    private static let ascii: [Character] = Array(" |-+||++-+-+++++")
    private static let asciiDashed: [Character] = Array(" :..::.:.....:.:")
    private static let asciiHeavy: [Character] = Array(" #=#####=#=#####")

    /// The head of an edge that enters a box at a side.
    static func head(_ side: LayeredLayout.Side, _ glyphs: GlyphSet) -> Character {
        switch side {
        case .top: glyphs.pick("▼", "v")
        case .bottom: glyphs.pick("▲", "^")
        case .left: glyphs.pick("▶", ">")
        case .right: glyphs.pick("◀", "<")
        }
    }

    /// Where an edge runs into another one, to the right or to the left.
    static func join(_ side: Int, _ glyphs: GlyphSet) -> Character {
        side == 2 ? glyphs.pick("▸", ">") : glyphs.pick("◂", "<")
    }

    /// Where an edge leaves the lower border of a box.
    static func port(_ box: BoxStyle, _ glyphs: GlyphSet) -> Character {
        switch box {
        case .double: glyphs.pick("╤", "#")
        case .heavy: glyphs.pick("┯", "+")
        default: glyphs.pick("┬", "+")
        }
    }
}
