import SomaCore
import SomaTerminal

/// A run's timeline: a line an event, newest at the bottom, details on demand; or where its time went.
enum RunView: Feature {
    static let hints = [
        "app.help", "run.unfold", "run.waterfall", "run.quiet", "run.follow", "app.filter", "run.plan",
        "app.back",
    ]

    static func arrange(_ state: inout AppState) {
        state.arrangePlan()
        state.arrangeRun()
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        [state.view.run.flatMap { state.fleet[$0]?.goal }] + state.runView.wanted
    }

    static var filter: WritableKeyPath<AppState, String>? { \.runView.search }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(run: .moved(.rows(mouse.wheelRows))) }
        let list = list(in: rect)
        let rows = state.runView.form == .waterfall ? WaterfallView.bars(in: list) : list
        guard mouse.action == .press || mouse.action == .drag, rows.contains(mouse.point) else { return [] }
        if mouse.point.column == rows.endColumn - 1 {
            return state.update(run: .scrolled(toTrackRow: mouse.point.row - rows.row))
        }
        guard mouse.action == .press else { return [] }
        return state.update(run: .selected(row: mouse.point.row - rows.row))
    }

    // MARK: Places

    /// The lines above the timeline.
    static func headRows(_ body: Rect) -> Int { body.rows >= 12 ? 3 : body.rows >= 6 ? 1 : 0 }

    /// Where the rows are.
    static func list(in body: Rect) -> Rect {
        body.part(column: 1, row: headRows(body), columns: body.columns - 1)
    }

    /// How far details stand to the right of the rows' edge.
    static func detailIndent(_ columns: Int) -> Int { columns < 60 ? 3 : columns < 100 ? 12 : 25 }

    /// How many columns details have.
    static func detailColumns(in body: Rect) -> Int {
        let columns = list(in: body).columns - 1
        return columns - detailIndent(columns)
    }

    /// How much time a row stands for where gaps take their room: so much that a run has about a hundred such rows.
    static func spacing(_ length: Duration) -> Duration {
        let seconds: [Int64] = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 21_600, 86_400]
        let wanted = length.microseconds / 120_000_000
        return .seconds(seconds.first { $0 >= wanted } ?? 86_400)
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let run = state.planView.shown else {
            let text = StyledLine("This run isn't there at this place.", look[.dim])
            return look.draw(text, on: &canvas, in: rect.inset(columns: 2))
        }
        let head = headRows(rect)
        if head >= 1 { look.draw(RunHead.line(run, state, look), on: &canvas, in: rect.inset(columns: 1)) }
        if head >= 2 { drawSecond(run, state, on: &canvas, in: rect.line(1).inset(columns: 1), look) }
        let list = list(in: rect)
        let view = state.runView
        if view.rows.isEmpty {
            let isLoaded = state.journals[run.id]?.isLoaded ?? false
            let text = StyledLine(isLoaded ? "nothing happened yet" : "loading", look[.dim])
            return look.draw(text, on: &canvas, in: list)
        }
        if view.form == .waterfall { return WaterfallView.draw(state, on: &canvas, in: list, look) }
        for (line, row) in view.rows.prefix(list.rows).enumerated() {
            let part = list.line(line).part(columns: list.columns - 1)
            draw(row, state, on: &canvas, in: part, look)
            if row.place == view.cursor { highlight(part, on: &canvas, state, look) }
        }
        let entries = view.rows.reduce(0) { $0 + ($1.place.line == RowPlace.head ? 1 : 0) }
        Scrollbar(count: view.entryCount, visible: max(1, entries), top: view.topEntry).draw(
            on: &canvas,
            in: list.part(column: list.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }

    /// How the run stands, and how the timeline is looked at.
    private static func drawSecond(
        _ run: RunState,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let standing = PlanGraphView.second(run, state, look)
        look.draw(standing, on: &canvas, in: rect)
        let said = shape(state.runView, look)
        let free = rect.columns - standing.columns - 3
        guard said.columns <= free else { return }
        look.draw(said, on: &canvas, in: rect.part(column: rect.columns - said.columns))
    }

    /// What is folded and what is looked for, in words.
    private static func shape(_ view: RunViewState, _ look: Look) -> StyledLine {
        var said: [String] = []
        if view.form == .waterfall {
            if view.bars.contains(where: { !$0.weight.isOnPath }) {
                said.append("\(look.glyphs.pick("▒", ":")) beside what was waited for")
            }
            said.append(view.isFitted ? "time of what is in sight" : "time of the whole run")
        } else {
            let quiet = view.timeline.quiet(in: 0..<view.count)
            if view.showsQuiet {
                said.append("every transition")
            } else if quiet > 0 {
                said.append(
                    quiet == 1 ? "1 quiet event folded" : "\(Amounts.grouped(quiet)) quiet events folded"
                )
            }
            if view.showsSpacing, let unit = view.unit { said.append("a row is \(Amounts.time(unit))") }
            if view.isFollowing { said.append("following") }
        }
        return StyledLine(said.joined(separator: look.dot), look[.dim])
    }

    static func highlight(_ rect: Rect, on canvas: inout Canvas, _ state: AppState, _ look: Look) {
        let style = look[state.isActive ? .selection : .selectionInactive]
        canvas.restyle(rect) { below in
            Style(
                foreground: below.foreground.isDefault ? style.foreground : below.foreground,
                background: style.background.isDefault ? below.background : style.background,
                attributes: below.attributes.union(style.attributes)
            )
        }
    }

    private static func draw(
        _ row: TimelineRow,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let indent = detailIndent(rect.columns)
        let inside = rect.part(column: indent, columns: rect.columns - indent)
        switch row.content {
        case .entry(let entry, let quiet): EntryLine.draw(entry, quiet, state, on: &canvas, in: rect, look)
        case .title(let title):
            look.draw(StyledLine(title.firstLine, look[.heading]), on: &canvas, in: inside.moved(columns: -2))
        case .remark(let remark):
            look.draw(StyledLine(remark.firstLine, look[.warning]), on: &canvas, in: inside)
        case .detail(let line):
            if let fold = line.fold, row.place.sub == 0 {
                let glyph = fold == .open ? look.glyphs.pick("▾", "-") : look.glyphs.pick("▸", "+")
                canvas.putGlyph(glyph, column: inside.column - 2, row: inside.row, style: look[.dim])
            }
            look.draw(line.styled(look.theme), on: &canvas, in: inside)
        case .gap(let duration, let waited):
            let dash = String(repeating: look.glyphs.pick("┄", "-"), count: 4)
            let words = "\(dash) \(Amounts.time(duration)) \(waited ? "waited for you" : "idle") \(dash)"
            look.draw(StyledLine(words, look[.dim]), on: &canvas, in: rect)
        case .passed(let moment):
            let time = rect.columns < 60 ? "" : state.clock.time(moment) + "  "
            let mark = String(look.glyphs.pick("┊", ":"))
            look.draw(
                StyledLine([.init(time, look[.border]), .init(mark, look[.border])]),
                on: &canvas,
                in: rect
            )
        }
    }
}

extension Rect {
    /// The rectangle further right or left, its right edge where it was.
    fileprivate func moved(columns: Int) -> Rect {
        Rect(column: column + columns, row: row, columns: self.columns - columns, rows: rows)
    }
}
