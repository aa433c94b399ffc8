extension Canvas {
    /// Draws a text on one row and returns the columns it took, drawn or clipped.
    /// - Parameters:
    ///   - text: Anything; hidden and control characters become visible.
    ///   - column: Where it starts; may lie left of the clip.
    ///   - row: The row; outside of the clip nothing is drawn.
    ///   - style: Colours and attributes; the cells' own background stays where the style leaves the default.
    ///   - maxColumns: Where to cut; a cut text ends with `ellipsis`.
    ///   - ellipsis: The mark of a cut text.
    @discardableResult
    public mutating func draw(
        _ text: some StringProtocol,
        column: Int,
        row: Int,
        style: Style = .plain,
        maxColumns: Int = .max,
        ellipsis: Character = "…"
    ) -> Int {
        guard maxColumns > 0 else { return 0 }
        if text.utf8.count <= maxColumns, SafeText.isPlain(text) {
            drawPlain(text, column: column, row: row, style: style)
            return text.utf8.count
        }
        let limit = maxColumns == .max || SafeText.fits(text, in: maxColumns) ? Int.max : maxColumns - 1
        var used = 0
        var cut = false
        SafeText.forEachPiece(in: text) { piece in
            guard used + piece.columns <= limit else {
                cut = true
                return false
            }
            put(piece, column: column + used, row: row, style: merged(style, column: column + used, row: row))
            used += piece.columns
            // What lies right of the clip can't be seen, but its width still counts for a bounded text.
            return maxColumns != .max || column + used < clip.endColumn
        }
        if cut {
            let piece = SafeText.Piece(text: ellipsis, columns: 1)
            put(piece, column: column + used, row: row, style: merged(style, column: column + used, row: row))
            used += 1
        }
        return used
    }

    /// Draws a line of differently styled spans; returns the columns it took.
    @discardableResult
    public mutating func draw(
        _ line: StyledLine,
        column: Int,
        row: Int,
        base: Style = .plain,
        maxColumns: Int = .max,
        ellipsis: Character = "…"
    ) -> Int {
        let overfull = maxColumns != .max && !line.fits(in: maxColumns)
        var used = 0
        for span in line.spans {
            let room = maxColumns == .max ? Int.max : maxColumns - used
            guard room > 0 else { break }
            let last = overfull && !SafeText.fits(span.text, in: room - 1)
            let text = last ? SafeText.clip(span.text + " ", to: room, mark: ellipsis) : span.text
            let columns = draw(text, column: column + used, row: row, style: span.style.over(base))
            if let address = span.address, !last {
                link(address, over: Rect(column: column + used, row: row, columns: columns, rows: 1))
            }
            used += columns
            // Before a wide character a column may be left, in which the next part would be cut once more.
            if last { break }
        }
        return used
    }

    /// Fills the part of a rectangle inside the clip with one character.
    public mutating func fill(_ rect: Rect, with glyph: Character = " ", style: Style = .plain) {
        let inside = rect.intersection(clip)
        for row in inside.row..<inside.endRow {
            for column in inside.column..<inside.endColumn {
                putGlyph(glyph, column: column, row: row, style: style)
            }
        }
    }

    /// Changes the style of cells and leaves their text; the new style wins where it says something.
    public mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let inside = rect.intersection(clip)
        for row in inside.row..<inside.endRow {
            for column in inside.column..<inside.endColumn {
                let index = row * size.columns + column
                cells[index].style = change(cells[index].style)
            }
        }
    }

    /// Puts one glyph of width one into a cell inside the clip.
    public mutating func putGlyph(_ glyph: Character, column: Int, row: Int, style: Style = .plain) {
        guard clip.contains(Point(column: column, row: row)) else { return }
        let style = merged(style, column: column, row: row)
        if let ascii = glyph.asciiValue, ascii >= 0x20, ascii < 0x7F {
            setASCII(ascii, column: column, row: row, style: style)
            return
        }
        if let code = Canvas.stroke(glyph) {
            set(PackedCell(code: code, style: style), column: column, row: row)
            return
        }
        SafeText.forEachPiece(in: String(glyph)) { piece in
            if piece.columns == 1 { put(piece, column: column, row: row, style: style) }
            return false
        }
    }

    /// The scalar of a glyph of lines, blocks or braille dots, which are one column wide and need no measuring.
    private static func stroke(_ glyph: Character) -> UInt32? {
        let scalars = glyph.unicodeScalars
        guard let first = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex else {
            return nil
        }
        switch first.value {
        case 0x2500...0x259F, 0x2800...0x28FF: return first.value
        default: return nil
        }
    }

    /// Copies a canvas into a rectangle of this one, cut to the clip.
    public mutating func blit(_ other: Canvas, column: Int, row: Int) {
        for (index, cell) in other.cells.enumerated() where !cell.isContinuation {
            let wide = index + 1 < other.cells.count && other.cells[index + 1].isContinuation
            guard let text = other.text(of: cell).first else { continue }
            put(
                SafeText.Piece(text: text, columns: wide ? 2 : 1),
                column: column + index % other.size.columns,
                row: row + index / other.size.columns,
                style: cell.style
            )
        }
    }

    private mutating func drawPlain(_ text: some StringProtocol, column: Int, row: Int, style: Style) {
        guard row >= clip.row, row < clip.endRow else { return }
        var place = column
        for byte in text.utf8 {
            if place >= clip.endColumn { return }
            if place >= clip.column {
                setASCII(byte, column: place, row: row, style: merged(style, column: place, row: row))
            }
            place += 1
        }
    }

    /// A default background lets the cell's own background through, so that text can be drawn over a filled row.
    private func merged(_ style: Style, column: Int, row: Int) -> Style {
        guard style.background.isDefault, clip.contains(Point(column: column, row: row)) else { return style }
        return style.on(cells[row * size.columns + column].style.background)
    }
}
