/// Breaks lines to a width, at spaces where there are any.
public enum TextWrap {
    /// Breaks one line of text; the pieces together are the neutralised text without the spaces at the breaks.
    public static func wrap(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        if SafeText.isPlain(text), text.utf8.count <= columns { return [text] }
        var lines: [String] = []
        var line = ""
        var used = 0
        var breakAt: (index: String.Index, columns: Int)?
        SafeText.forEachPiece(in: text) { piece in
            if used + piece.columns > columns {
                if piece.text == " " {
                    lines.append(line)
                    line = ""
                    used = 0
                    breakAt = nil
                    return true
                }
                if let place = breakAt {
                    lines.append(String(line[..<place.index].dropLast()))
                    line = String(line[place.index...])
                    used -= place.columns
                } else if !line.isEmpty {
                    lines.append(line)
                    line = ""
                    used = 0
                }
                breakAt = nil
            }
            line.append(piece.text)
            used += piece.columns
            if piece.text == " " { breakAt = (line.endIndex, used) }
            return true
        }
        lines.append(line)
        return lines
    }

    /// Breaks a styled line and keeps the styles.
    public static func wrap(_ line: StyledLine, columns: Int) -> [StyledLine] {
        guard columns > 0 else { return [] }
        if line.columns <= columns { return [line] }
        var result: [StyledLine] = []
        var rest = line.spans.flatMap { span in
            SafeText.line(span.text).map { (character: $0, style: span.style) }
        }[...]
        for piece in wrap(line.text, columns: columns) {
            var built = StyledLine([])
            var taken = 0
            for _ in piece {
                guard let next = rest.popFirst() else { break }
                taken += 1
                if let last = built.spans.last, last.style == next.style {
                    built.spans[built.spans.count - 1].text.append(next.character)
                } else {
                    built.append(String(next.character), next.style)
                }
            }
            if let next = rest.first, next.character == " ", taken > 0 { rest = rest.dropFirst() }
            result.append(built)
        }
        return result
    }
}
