/// Which characters widgets draw with: the full set, or ASCII for poor terminals.
public enum GlyphSet: Sendable, Hashable, CaseIterable {
    /// Box drawing, blocks, braille and arrows.
    case unicode
    /// Printable ASCII only.
    case ascii

    /// Picks the glyph for this set.
    public func pick(_ unicode: Character, _ ascii: Character) -> Character {
        self == .unicode ? unicode : ascii
    }

    /// The mark at the end of a cut text: `…` or `~`.
    public var ellipsis: Character { pick("…", "~") }

    /// The ASCII character that stands in for a glyph where only ASCII can be shown; `?` for what has none.
    public static func asciiStandIn(for glyph: Character) -> Character {
        if let ascii = glyph.asciiValue, ascii >= 0x20, ascii < 0x7F { return glyph }
        guard let first = glyph.unicodeScalars.first else { return "?" }
        switch first.value {
        case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x2800, 0x3000: return " "
        case 0x2400...0x241F, 0x2421: return "^"
        case 0x2010...0x2015, 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509, 0x254C, 0x254D, 0x2574, 0x2576:
            return "-"
        case 0x2550: return "="
        case 0x2502, 0x2503, 0x2506, 0x2507, 0x250A, 0x250B, 0x254E, 0x254F, 0x2551, 0x2575, 0x2577:
            return "|"
        case 0x250C...0x254B, 0x2552...0x2570: return "+"
        case 0x2571: return "/"
        case 0x2572: return "\\"
        case 0x2581, 0x2582: return "_"
        case 0x2583, 0x2584: return "-"
        case 0x2585, 0x2586: return "="
        case 0x2587...0x258B: return "#"
        case 0x258C...0x258F, 0x2590, 0x2595: return "|"
        case 0x2591: return "."
        case 0x2592: return ":"
        case 0x2593: return "#"
        case 0x2594: return "-"
        case 0x25B2, 0x25B4, 0x2191: return "^"
        case 0x25BC, 0x25BE, 0x2193: return "v"
        case 0x25B6, 0x25B8, 0x2192, 0x203A, 0x25BA: return ">"
        case 0x25C0, 0x25C2, 0x2190, 0x2039, 0x25C4: return "<"
        case 0x25CF, 0x25C6, 0x2022: return "*"
        case 0x25CB, 0x25C7, 0x25CC, 0x25CD: return "o"
        case 0x2713, 0x2714: return "."
        case 0x2717, 0x2718, 0xD7: return "x"
        case 0x2298: return "-"
        case 0x00B7, 0x22C5: return "."
        case 0x2026: return "~"
        case 0x2018, 0x2019: return "'"
        case 0x201C, 0x201D: return "\""
        case 0x2801...0x28FF: return "*"
        default: return "?"
        }
    }
}
