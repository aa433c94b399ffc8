import SomaCore
import SomaTerminal

/// A run's timeline: a line an event, newest at the bottom, details on demand.
enum RunView: Feature {
    static let hints = ["app.help", "run.unfold", "run.follow", "run.plan", "app.back"]

    static func arrange(_ state: inout AppState) {
        state.arrangePlan()
        state.arrangeRun()
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] { state.wordsOfTimeline() }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        guard mouse.wheelRows != 0 else { return [] }
        return state.update(run: .moved(.rows(mouse.wheelRows)))
    }

    /// The lines above the timeline.
    static func headRows(_ body: Rect) -> Int { body.rows >= 12 ? 3 : body.rows >= 6 ? 1 : 0 }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let run = state.planView.shown else {
            let text = StyledLine("This run isn't there at this place.", look[.dim])
            return look.draw(text, on: &canvas, in: rect.inset(columns: 2))
        }
        let head = headRows(rect)
        if head >= 1 { look.draw(RunHead.line(run, state, look), on: &canvas, in: rect.inset(columns: 1)) }
        if head >= 2 {
            look.draw(
                PlanGraphView.second(run, state, look),
                on: &canvas,
                in: rect.part(column: 1, row: 1, columns: rect.columns - 2)
            )
        }
        let list = rect.part(column: 1, row: head, columns: rect.columns - 1)
        let view = state.runView
        if view.rows.isEmpty {
            let isLoaded = state.journals[run.id]?.isLoaded ?? false
            let text = StyledLine(isLoaded ? "nothing happened yet" : "loading", look[.dim])
            return look.draw(text, on: &canvas, in: list)
        }
        let end = min(view.rows.count, view.top + list.rows)
        for (line, row) in view.rows[min(view.top, end)..<end].enumerated() {
            draw(row, state, on: &canvas, in: list.line(line).part(columns: list.columns - 1), look)
        }
        Scrollbar(count: view.rows.count, visible: list.rows, top: view.top).draw(
            on: &canvas,
            in: list.part(column: list.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }

    private static func draw(
        _ row: TimelineRow,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        switch row {
        case .entry(let index):
            let entry = state.runView.timeline.entries[index]
            draw(entry, state, on: &canvas, in: rect, look)
            guard entry.id == state.runView.selected else { return }
            let style = look[.selection]
            canvas.restyle(rect) { below in
                Style(
                    foreground: below.foreground.isDefault ? style.foreground : below.foreground,
                    background: style.background.isDefault ? below.background : style.background,
                    attributes: below.attributes.union(style.attributes)
                )
            }
        case .detail(_, let line): draw(line, on: &canvas, in: rect, look)
        case .idle(let duration, let waited):
            let dash = String(repeating: look.glyphs.pick("┄", "-"), count: 4)
            let words = "\(dash) \(Amounts.time(duration)) \(waited ? "waited for you" : "idle") \(dash)"
            look.draw(StyledLine(words, look[.dim]), on: &canvas, in: rect)
        }
    }

    private static func draw(
        _ entry: TimelineEntry,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let isNarrow = rect.columns < 60
        var column = rect.column
        if !isNarrow {
            column += canvas.draw(
                state.clock.time(entry.at) + "  ",
                column: column,
                row: rect.row,
                style: look[.dim]
            )
        }
        let labelRole: ThemeRole =
            entry.label == "You" ? .accent : ["Start", "End"].contains(entry.label) ? .title : .text
        look.draw(
            StyledLine(entry.label.firstLine, look[labelRole]),
            on: &canvas,
            in: Rect(column: column, row: rect.row, columns: 10, rows: 1)
        )
        column += 11
        if let mark = entry.mark {
            let isCalm = mark == .done
            look.draw(
                StyledLine([look.sign(mark, role: isCalm ? .dim : nil)]),
                on: &canvas,
                in: Rect(column: column, row: rect.row, columns: 1, rows: 1)
            )
        }
        column += 2
        let note = line(entry.note, state, look)
        let noteColumns = isNarrow ? 0 : min(note.columns, rect.columns / 3)
        let room = rect.endColumn - column - (noteColumns > 0 ? noteColumns + 2 : 0)
        look.draw(
            line(entry.parts, state, look),
            on: &canvas,
            in: Rect(column: column, row: rect.row, columns: room, rows: 1)
        )
        look.draw(
            note,
            on: &canvas,
            in: Rect(column: rect.endColumn - noteColumns, row: rect.row, columns: noteColumns, rows: 1)
        )
    }

    private static func line(_ parts: [TimelinePart], _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        for part in parts {
            let span: StyledLine.Span
            switch part {
            case .text(let text, let role): span = .init(text.firstLine, look[role])
            case .dim(let text): span = .init(text.firstLine, look[.dim])
            case .arrow: span = .init(look.arrow, look[.dim])
            case .words(let id): span = id.map { look.words(state.words[$0]) } ?? .init("")
            case .arguments(let id):
                let words = look.words(state.words[id])
                span = .init(ArgumentLine.text(state.words[id]?.text ?? words.text), words.style)
            case .reason(let id):
                let words = look.words(state.words[id])
                let reason = state.words[id]?.text.flatMap { try? JSON.parse($0) }?["reason"]?.string
                span = .init(reason?.firstLine ?? words.text, words.style)
            case .evidence(let id):
                let words = look.words(state.words[id])
                span = .init(state.words[id]?.text.map(Evidence.line) ?? words.text, words.style)
            }
            guard !span.text.isEmpty else { continue }
            if !line.spans.isEmpty { line.append(" ") }
            line.spans.append(span)
        }
        return line
    }

    private static func draw(_ detail: DetailLine, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let indent = rect.columns < 60 ? 2 : 23
        let role: ThemeRole =
            switch detail.kind {
            case .title, .more, .placeholder: .dim
            case .text: .text
            case .added: .added
            case .removed: .removed
            case .good: .good
            case .bad: .bad
            }
        let shift = detail.kind == .title ? 0 : 2
        look.draw(
            StyledLine(detail.text, look[role]),
            on: &canvas,
            in: rect.part(column: indent + shift, columns: rect.columns - indent - shift)
        )
    }
}
