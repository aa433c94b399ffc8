/// The strokes of a box or an edge.
public enum BoxStyle: Sendable, Hashable, CaseIterable {
    /// Thin lines with square corners.
    case single
    /// Thin lines with round corners.
    case rounded
    /// Double lines.
    case double
    /// Dashed thin lines with round corners.
    case dashed
    /// Thick lines.
    case heavy

    /// The characters of a stroke.
    struct Strokes: Sendable {
        var horizontal: Character
        var vertical: Character
        /// Top left, top right, bottom left, bottom right.
        var corners: [Character]
    }

    func strokes(_ glyphs: GlyphSet) -> Strokes {
        if glyphs == .ascii {
            return switch self {
            case .double: Strokes(horizontal: "=", vertical: "#", corners: ["#", "#", "#", "#"])
            case .dashed: Strokes(horizontal: ".", vertical: ":", corners: [".", ".", ".", "."])
            case .heavy: Strokes(horizontal: "=", vertical: "|", corners: ["+", "+", "+", "+"])
            case .single, .rounded: Strokes(horizontal: "-", vertical: "|", corners: ["+", "+", "+", "+"])
            }
        }
        return switch self {
        case .single: Strokes(horizontal: "─", vertical: "│", corners: ["┌", "┐", "└", "┘"])
        case .rounded: Strokes(horizontal: "─", vertical: "│", corners: ["╭", "╮", "╰", "╯"])
        case .double: Strokes(horizontal: "═", vertical: "║", corners: ["╔", "╗", "╚", "╝"])
        case .dashed: Strokes(horizontal: "┄", vertical: "┊", corners: ["╭", "╮", "╰", "╯"])
        case .heavy: Strokes(horizontal: "━", vertical: "┃", corners: ["┏", "┓", "┗", "┛"])
        }
    }
}
