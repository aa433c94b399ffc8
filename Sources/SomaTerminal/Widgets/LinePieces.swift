/// A line of any length as pieces that are short enough to be broken to a width, each by itself, from either end.
///
/// A row ends where a piece does, so that no row depends on more than its own piece.
struct LinePieces {
    /// The longest piece in bytes.
    static let bytesMax = 4_096
    /// Most bytes that one column of text is expected to take: those of an emoji of a family of four.
    static let columnBytesMax = 25

    private let line: StyledLine
    private let bytes: Int

    init(_ line: StyledLine) {
        self.line = line
        bytes = line.bytes
    }

    /// How many pieces there are; at least one.
    var count: Int { max(1, (bytes + Self.bytesMax - 1) / Self.bytesMax) }

    /// A piece.
    subscript(number: Int) -> StyledLine {
        part(from: number * Self.bytesMax, to: (number + 1) * Self.bytesMax)
    }

    /// The line's first bytes, unbroken.
    func front(_ bytes: Int) -> StyledLine { part(from: 0, to: bytes) }

    /// At least so many of the first or the last rows, where there are as many.
    /// - Parameter brokenBytes: Grows by the bytes of the pieces that were broken.
    func rows(_ wanted: Int, columns: Int, fromEnd: Bool, _ brokenBytes: inout Int) -> [StyledLine] {
        guard columns > 0 else { return [] }
        var rows: [StyledLine] = []
        var taken = 0
        while taken < count, rows.count < wanted {
            let piece = self[fromEnd ? count - 1 - taken : taken]
            brokenBytes += piece.bytes
            let broken = TextWrap.wrap(piece, columns: columns)
            rows = fromEnd ? broken + rows : rows + broken
            taken += 1
        }
        return rows
    }

    /// From one byte to another, each moved back to where a scalar begins; tabs are widened.
    private func part(from start: Int, to end: Int) -> StyledLine {
        var result = StyledLine([])
        var offset = 0
        for span in line.spans {
            let length = span.text.utf8.count
            if offset < end, offset + length > start {
                let text = Self.cut(span.text, from: max(0, start - offset), to: min(length, end - offset))
                result.append(
                    text.utf8.contains(9) ? SafeText.lines(text).joined(separator: " ") : text,
                    span.style
                )
            }
            offset += length
        }
        return result
    }

    private static func cut(_ text: String, from start: Int, to end: Int) -> String {
        if start == 0, end == text.utf8.count { return text }
        func place(_ offset: Int) -> String.Index {
            var index = text.utf8.index(text.startIndex, offsetBy: offset)
            while index > text.startIndex, index < text.endIndex, text.utf8[index] & 0xC0 == 0x80 {
                index = text.utf8.index(before: index)
            }
            return index
        }
        return String(text[place(start)..<place(end)])
    }
}

extension StyledLine {
    /// The size of its text in bytes.
    var bytes: Int { spans.reduce(0) { $0 + $1.text.utf8.count } }
}
