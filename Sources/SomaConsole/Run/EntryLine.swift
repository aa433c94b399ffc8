import SomaCore
import SomaTerminal

/// An event on one line: when, where, how it went, what it was, how it came out.
enum EntryLine {
    static func draw(
        _ entry: TimelineEntry,
        _ quiet: Int,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let isNarrow = rect.columns < 60
        let search = state.runView.search.isEmpty ? nil : TextSearch(state.runView.search)
        var column = rect.column
        if !isNarrow {
            column += canvas.draw(
                state.clock.time(entry.at) + "  ",
                column: column,
                row: rect.row,
                style: look[.dim]
            )
        }
        look.draw(
            marked(StyledLine(entry.label.firstLine, look[labelRole(entry)]), search, look),
            on: &canvas,
            in: Rect(column: column, row: rect.row, columns: 10, rows: 1)
        )
        column += 11
        if let mark = entry.mark {
            look.draw(
                StyledLine([look.sign(mark, role: mark == .done ? .dim : nil)]),
                on: &canvas,
                in: Rect(column: column, row: rect.row, columns: 1, rows: 1)
            )
        }
        column += 2
        let note = line(entry.note, state, look)
        let rect = isNarrow ? rect : drawQuiet(quiet, on: &canvas, in: rect, look)
        let noteColumns = isNarrow ? 0 : min(note.columns, rect.columns / 3)
        let room = rect.endColumn - column - (noteColumns > 0 ? noteColumns + 2 : 0)
        look.draw(
            marked(line(entry.parts, state, look), search, look),
            on: &canvas,
            in: Rect(column: column, row: rect.row, columns: room, rows: 1)
        )
        look.draw(
            marked(note, search, look),
            on: &canvas,
            in: Rect(column: rect.endColumn - noteColumns, row: rect.row, columns: noteColumns, rows: 1)
        )
    }

    /// How many quiet transitions come after, at the right edge; the part that is left of it.
    private static func drawQuiet(_ quiet: Int, on canvas: inout Canvas, in rect: Rect, _ look: Look) -> Rect
    {
        let columns = 6
        if quiet > 0 {
            let text = "+" + Amounts.short(quiet)
            let column = rect.endColumn - text.count
            canvas.draw(text, column: column, row: rect.row, style: look[.border], maxColumns: columns)
        }
        return rect.part(columns: rect.columns - columns)
    }

    private static func labelRole(_ entry: TimelineEntry) -> ThemeRole {
        switch entry.label {
        case _ where entry.isQuiet: .dim
        case "You": .accent
        case "Start", "End": .title
        default: .text
        }
    }

    private static func line(_ parts: [TimelinePart], _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        for part in parts {
            let span = span(part, state, look)
            guard !span.text.isEmpty else { continue }
            if !line.spans.isEmpty { line.append(" ") }
            line.spans.append(span)
        }
        return line
    }

    private static func span(_ part: TimelinePart, _ state: AppState, _ look: Look) -> StyledLine.Span {
        switch part {
        case .text(let text, let role): return .init(text.firstLine, look[role])
        case .dim(let text): return .init(text.firstLine, look[.dim])
        case .arrow: return .init(look.arrow, look[.dim])
        case .words(nil): return .init("")
        case .words(.some(let id)), .report(let id), .arguments(let id), .reason(let id), .evidence(let id):
            guard state.words[id]?.text != nil else { return look.words(state.words[id]) }
            return .init(EntryText.text(part, state.words))
        case .edits(_, let to):
            guard let text = EntryText.edits(part, state.words) else { return look.words(state.words[to]) }
            return .init(text, look[.warning])
        }
    }

    /// The line with the places of a search set off.
    private static func marked(_ line: StyledLine, _ search: TextSearch?, _ look: Look) -> StyledLine {
        guard let search else { return line }
        let hits = search.ranges(in: line.text)
        guard !hits.isEmpty else { return line }
        var result = StyledLine([])
        var offset = 0
        for span in line.spans {
            for character in span.text {
                let isHit = hits.contains { $0.contains(offset) }
                let style = isHit ? look[.match] : span.style
                if let last = result.spans.last, last.style == style {
                    result.spans[result.spans.count - 1].text.append(character)
                } else {
                    result.append(String(character), style)
                }
                offset += 1
            }
        }
        return result
    }
}

extension EntryText {
    /// What a person changed, where the part tells that and its words are at hand.
    static func edits(_ part: TimelinePart, _ words: WordsCache) -> String? {
        guard case .edits(let from, let to) = part else { return nil }
        return edits(from, to, words)
    }
}
