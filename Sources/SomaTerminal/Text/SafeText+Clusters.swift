extension SafeText {
    /// Most hidden characters of one cluster that are spelled out; the rest is counted.
    static let hiddenMax = 3

    /// Neutralises one cluster that isn't a printable ASCII character; false when `body` wants no more.
    static func neutralise(_ cluster: Character, _ body: (Piece) -> Bool) -> Bool {
        let scalars = cluster.unicodeScalars
        if let first = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex {
            return neutralise(single: first, body)
        }
        if isHarmless(Array(scalars)) {
            let columns = TextWidth.columns(of: cluster)
            if columns > 0 { return body(Piece(text: cluster, columns: columns)) }
        }
        return neutralise(parts: Array(scalars), body)
    }

    private static func neutralise(single scalar: Unicode.Scalar, _ body: (Piece) -> Bool) -> Bool {
        if isHidden(scalar) { return spell(scalar, body) }
        let columns = TextWidth.columns(of: scalar)
        if columns > 0 { return body(Piece(text: Character(scalar), columns: columns)) }
        guard isMark(scalar) else { return spell(scalar, body) }
        return body(Piece(text: carried(scalar), columns: 1))
    }

    /// Shows a mark that has no letter of its own on a dotted circle.
    private static func carried(_ mark: Unicode.Scalar) -> Character {
        var text = "\u{25CC}"
        text.unicodeScalars.append(mark)
        return text.count == 1 ? Character(text) : "\u{25CC}"
    }

    /// Takes a cluster apart: keeps the base and a few marks, spells out what is hidden, counts what is cut.
    private static func neutralise(parts: [Unicode.Scalar], _ body: (Piece) -> Bool) -> Bool {
        var kept = ""
        var marks = 0
        var cut = 0
        var hidden = 0
        func flush() -> Bool {
            defer {
                kept = ""
                marks = 0
            }
            for piece in kept where !body(Piece(text: piece, columns: max(1, TextWidth.columns(of: piece)))) {
                return false
            }
            return true
        }
        for scalar in parts {
            if isHidden(scalar) || scalar.value == 0x200D || isSelector(scalar) {
                if isSelector(scalar), marks == 0, let base = kept.unicodeScalars.last, takesSelector(base) {
                    kept.unicodeScalars.append(scalar)
                    marks += 1
                    continue
                }
                hidden += 1
                if hidden > hiddenMax { continue }
                guard flush(), spell(scalar, body) else { return false }
            } else if TextWidth.columns(of: scalar) > 0 {
                guard flush() else { return false }
                kept = String(Character(scalar))
            } else if marks >= marksMax {
                cut += 1
            } else if kept.isEmpty {
                kept = isMark(scalar) ? String(carried(scalar)) : "\u{FFFD}"
                marks = 1
            } else {
                kept.unicodeScalars.append(scalar)
                marks += 1
            }
        }
        guard flush() else { return false }
        if hidden > hiddenMax, !emit("<+\(hidden - hiddenMax) hidden>", body) { return false }
        return cut == 0 || emit("<+\(cut) marks>", body)
    }

    /// Writes a scalar in its visible form.
    private static func spell(_ scalar: Unicode.Scalar, _ body: (Piece) -> Bool) -> Bool {
        let value = scalar.value
        if value < 0x20, let picture = Unicode.Scalar(0x2400 + value) {
            return body(Piece(text: Character(picture), columns: 1))
        }
        if value == 0x7F { return body(Piece(text: "\u{2421}", columns: 1)) }
        return emit("<U+" + hexadecimal(value, digits: 4) + ">", body)
    }

    static func emit(_ ascii: String, _ body: (Piece) -> Bool) -> Bool {
        for character in ascii where !body(Piece(text: character, columns: 1)) { return false }
        return true
    }

    /// Whether a cluster of several scalars may be shown as it is.
    private static func isHarmless(_ scalars: [Unicode.Scalar]) -> Bool {
        guard scalars.count <= clusterScalarsMax, let base = scalars.first, !isHidden(base) else {
            return false
        }
        if base.value == 0x1F3F4, scalars.count > 2, isTag(scalars[1]) { return isFlagOfTags(scalars) }
        var marks = 0
        for index in scalars.indices.dropFirst() {
            let scalar = scalars[index]
            switch scalar.value {
            case 0x200D, 0x200C:
                guard joins(scalars, at: index) else { return false }
            case 0xFE00...0xFE0F, 0xE0100...0xE01EF:
                guard takesSelector(scalars[index - 1]) else { return false }
            default:
                guard !isHidden(scalar) else { return false }
                if TextWidth.columns(of: scalar) == 0 { marks += 1 }
            }
        }
        return marks <= marksMax
    }

    /// A joiner is meant where emoji are joined or where Arabic and Indic scripts shape their letters.
    private static func joins(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        let base = scalars[0].value
        if (0x0600...0x0DFF).contains(base) || (0x0F00...0x109F).contains(base)
            || (0x1780...0x17FF).contains(base)
        {
            return scalars[index - 1].value != 0x200D && scalars[index - 1].value != 0x200C
        }
        guard scalars[index].value == 0x200D, index + 1 < scalars.count else { return false }
        let before = scalars[..<index].last { !isSelector($0) && !TextWidth.isModifier($0.value) }
        return before.map(isPictograph) == true && isPictograph(scalars[index + 1])
    }

    private static func isFlagOfTags(_ scalars: [Unicode.Scalar]) -> Bool {
        scalars.count <= 8 && scalars.last?.value == 0xE007F
            && scalars[1..<(scalars.count - 1)].allSatisfy {
                (0xE0030...0xE0039).contains($0.value) || (0xE0061...0xE007A).contains($0.value)
            }
    }

    private static func takesSelector(_ base: Unicode.Scalar) -> Bool {
        isPictograph(base) || "#*0123456789".unicodeScalars.contains(base) || TextWidth.columns(of: base) == 2
            || (0x2000...0x2BFF).contains(base.value) || (0x1800...0x18AF).contains(base.value)
            || (0x1000...0x109F).contains(base.value)
    }

    private static func isPictograph(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 0x7F
            && (scalar.properties.isEmoji || (0x1F000...0x1FAFF).contains(scalar.value)
                || (0x1FC00...0x1FFFD).contains(scalar.value))
    }

    private static func isSelector(_ scalar: Unicode.Scalar) -> Bool {
        (0xFE00...0xFE0F).contains(scalar.value) || (0xE0100...0xE01EF).contains(scalar.value)
    }

    private static func isTag(_ scalar: Unicode.Scalar) -> Bool { (0xE0000...0xE007F).contains(scalar.value) }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: !isSelector(scalar)
        default: false
        }
    }

    /// Whether a scalar is a control, changes direction, or takes no ink where the reader would miss it.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F,
            0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB,
            0xFDD0...0xFDEF, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE00FF, 0xE01F0...0xE0FFF:
            true
        default:
            scalar.value & 0xFFFE == 0xFFFE
        }
    }
}
