internal import CNcurses

extension soma_cell {
    /// What the cell shows.
    var text: String {
        let all = [scalars.0, scalars.1, scalars.2, scalars.3, scalars.4]
        return String(String.UnicodeScalarView(all.prefix(Int(count)).compactMap(Unicode.Scalar.init)))
    }
}

/// Turns canvas cells into curses cells that libc measures as we do.
///
/// A curses cell holds one spacing scalar and marks, five in all, and its width is libc's. A cluster of several
/// spacing scalars whose widths add up becomes as many cells; one that libc sees differently, such as joined
/// emoji, becomes its first scalar, underlined as the mark that something is missing; a flag becomes its letters.
struct CellEncoder {
    var depth: ColorDepth
    var ascii: Bool
    /// Whether colour numbers are true colours rather than palette indexes.
    var direct: Bool
    var libcColumns: (UInt32) -> Int

    /// Encodes the cells of a run.
    func encode(_ run: DamageRun, of canvas: Canvas) -> [soma_cell] {
        var result: [soma_cell] = []
        result.reserveCapacity(run.columns.count)
        let base = run.row * canvas.size.columns
        var last: (style: Style, cell: soma_cell)?
        for column in run.columns {
            let cell = canvas.cells[base + column]
            guard !cell.isContinuation else { continue }
            let blank: soma_cell
            if let last, last.style == cell.style {
                blank = last.cell
            } else {
                blank = styled(cell.style)
                last = (cell.style, blank)
            }
            if cell.code >= 0x20, cell.code < 0x7F {
                result.append(with(blank, [cell.code]))
            } else {
                let wide = column + 1 < canvas.size.columns && canvas.cells[base + column + 1].isContinuation
                append(canvas.text(of: cell), columns: wide ? 2 : 1, blank, &result)
            }
        }
        return result
    }

    private func append(_ text: String, columns: Int, _ blank: soma_cell, _ result: inout [soma_cell]) {
        if ascii {
            let stand = GlyphSet.asciiStandIn(for: text.first ?? " ").asciiValue ?? 0x3F
            result.append(with(blank, [UInt32(stand)]))
            if columns == 2 { result.append(with(blank, [0x20])) }
            return
        }
        let scalars = text.unicodeScalars.map(\.value)
        if let groups = groups(scalars, columns: columns) {
            for group in groups { result.append(with(blank, group)) }
            return
        }
        var marked = blank
        marked.attributes |= Attributes.underline.rawValue
        if scalars.count == 2, scalars.allSatisfy(TextWidth.isRegionalIndicator) {
            for scalar in scalars { result.append(with(marked, [scalar - 0x1F1E6 + 0x41])) }
            return
        }
        let first = scalars.first ?? 0x3F
        let width = libcColumns(first)
        if width == columns || width == 1 {
            result.append(with(marked, [first]))
            if width < columns { result.append(with(marked, [0x20])) }
        } else {
            for _ in 0..<columns { result.append(with(marked, [0x3F])) }
        }
    }

    /// The cluster as curses cells whose libc widths add up to `columns`, or nil.
    private func groups(_ scalars: [UInt32], columns: Int) -> [[UInt32]]? {
        var groups: [[UInt32]] = []
        var total = 0
        for scalar in scalars {
            if scalar == 0x200D || scalar == 0xFE0F || TextWidth.isRegionalIndicator(scalar) { return nil }
            let width = libcColumns(scalar)
            guard width >= 0 else { return nil }
            if width > 0 {
                groups.append([scalar])
                total += width
            } else {
                guard let last = groups.indices.last, groups[last].count < 5 else { return nil }
                groups[last].append(scalar)
            }
        }
        return total == columns ? groups : nil
    }

    private func styled(_ style: Style) -> soma_cell {
        let shown = style.converted(to: depth)
        return soma_cell(
            scalars: (0x20, 0, 0, 0, 0),
            count: 1,
            attributes: style.attributes.rawValue,
            foreground: number(shown.foreground),
            background: number(shown.background)
        )
    }

    private func number(_ color: Color) -> Int32 {
        if color.isDefault { return -1 }
        guard direct else { return color.index.map(Int32.init) ?? -1 }
        // A direct-colour description takes 0 to 7 for the palette and everything else for a true colour.
        if let index = color.index, index < 8 { return Int32(index) }
        guard let parts = color.components else { return -1 }
        let value = Int32(parts.red) << 16 | Int32(parts.green) << 8 | Int32(parts.blue)
        return max(8, value)
    }

    private func with(_ blank: soma_cell, _ scalars: [UInt32]) -> soma_cell {
        var cell = blank
        cell.count = UInt8(scalars.count)
        cell.scalars.0 = scalars[0]
        if scalars.count > 1 { cell.scalars.1 = scalars[1] }
        if scalars.count > 2 { cell.scalars.2 = scalars[2] }
        if scalars.count > 3 { cell.scalars.3 = scalars[3] }
        if scalars.count > 4 { cell.scalars.4 = scalars[4] }
        return cell
    }
}
