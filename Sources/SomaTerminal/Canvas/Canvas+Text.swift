extension Canvas {
    /// The rows as text, without the spaces at their ends.
    public var textRows: [String] {
        (0..<size.rows).map { row in
            var line = ""
            for column in 0..<size.columns { line += text(of: cells[row * size.columns + column]) }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The rows as one text, each ended by a line break.
    public var text: String { textRows.map { $0 + "\n" }.joined() }

    /// The styled stretches, one a line: `row 3, columns 2–9: reverse`; rows and columns count from zero.
    public var styleRuns: [String] {
        var lines: [String] = []
        for row in 0..<size.rows {
            forEachStyleRun(in: row) { columns, style in
                guard style != .plain else { return }
                let place =
                    columns.count == 1
                    ? "column \(columns.lowerBound)"
                    : "columns \(columns.lowerBound)–\(columns.upperBound - 1)"
                lines.append("row \(row), \(place): \(style)")
            }
        }
        return lines
    }

    /// The form of golden files: the text, a line `---`, the styled stretches, and cursor and links if there are any.
    public var golden: String {
        var result = text + "---\n"
        for line in styleRuns { result += line + "\n" }
        if let cursor { result += "cursor row \(cursor.row), column \(cursor.column)\n" }
        for link in links {
            result +=
                "link row \(link.rect.row), columns \(link.rect.column)–\(link.rect.endColumn - 1): \(link.address)\n"
        }
        return result
    }

    /// Calls `body` with each stretch of equal style of a row, from left to right.
    func forEachStyleRun(in row: Int, _ body: (Range<Int>, Style) -> Void) {
        var start = 0
        while start < size.columns {
            let style = cells[row * size.columns + start].style
            var end = start + 1
            while end < size.columns, cells[row * size.columns + end].style == style { end += 1 }
            body(start..<end, style)
            start = end
        }
    }

    /// The text of a stretch of a row.
    func text(row: Int, columns: Range<Int>) -> String {
        columns.map { text(of: cells[row * size.columns + $0]) }.joined()
    }
}
