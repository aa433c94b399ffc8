import SomaCore
import SomaTerminal

/// The raw stream of transitions.
enum EventsView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.eventsView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.eventsView.typed.trouble }
    static let hints = [
        "app.help", "events.detail", "app.filter", "events.next", "events.follow", "events.moment",
        "events.level",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeEvents() }

    static func selectedRun(_ state: AppState) -> RunID? { selected(state)?.run ?? state.view.run }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let total = state.eventRows(of: state.view.run).range.count
        return (state.eventsView.search?.matches.count ?? total, total)
    }

    static func noun(_ count: Int) -> String { count == 1 ? "transition" : "transitions" }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        let rows = state.eventRows(of: state.view.run)
        var ids = state.eventsInSight(rows).map { state.event($0, in: rows).flatMap { EventLine.words($0) } }
        if state.eventsView.hasDetail { ids += selected(state)?.content.map(\.id) ?? [] }
        return ids
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let layout = EventsLayout(rect, hasDetail: state.eventsView.hasDetail)
        if layout.detail.contains(mouse.point), mouse.wheelRows != 0 {
            return state.update(events: .detailScrolled(mouse.wheelRows))
        }
        if mouse.wheelRows != 0 { return state.update(events: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press,
            let place = Table(columns: columns).row(
                at: mouse.point,
                in: layout.table.part(column: 1),
                state: state.eventsView.list,
                count: state.eventsView.count
            )
        else { return [] }
        if state.eventsView.list.selected == place { return state.update(events: .detailToggled) }
        return state.update(events: .selected(place))
    }

    /// The selected transition, where it is at hand.
    static func selected(_ state: AppState) -> Transition? {
        let rows = state.eventRows(of: state.view.run)
        return state.eventsView.selectedRow.flatMap { state.event($0, in: rows) }
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let view = state.eventsView
        let layout = EventsLayout(rect, hasDetail: view.hasDetail)
        let rows = state.eventRows(of: state.view.run)
        drawHead(state, rows, on: &canvas, in: layout.head.inset(columns: 1), look)
        let table = layout.table.part(column: 1)
        if view.count == 0 {
            look.draw(
                StyledLine(emptyWords(state, rows), look[.dim]),
                on: &canvas,
                in: table.part(column: 1, row: min(1, max(0, table.rows - 1)))
            )
        } else {
            var widget = Table(
                columns: table.columns < 44 ? narrow : columns,
                gap: table.columns < 60 ? 1 : 2
            )
            widget.isFocused = state.isActive
            var gaps: [(line: Int, gap: EventGap)] = []
            let top = view.list.fitted(count: view.count, visible: layout.visible).top
            let marks = view.search == nil ? nil : EventMarks(view.typed.filter, look)
            widget.draw(
                on: &canvas,
                in: table,
                state: view.list,
                count: view.count,
                theme: look.theme,
                glyphs: look.glyphs
            ) { place in
                if let gap = view.gap(at: place, in: rows) {
                    gaps.append((place - top + 1, gap))
                    return Table.Row([])
                }
                return row(at: place, rows, state, look, marks, isNarrow: table.columns < 44)
            }
            for (line, gap) in gaps {
                draw(gap, on: &canvas, in: table.part(row: line, columns: table.columns - 1, rows: 1), look)
            }
        }
        drawDetail(state, on: &canvas, in: layout.detail, look)
    }

    private static let columns = [
        TableColumn(" ", width: 1, priority: 6),
        TableColumn("TIME", width: 12, priority: 8),
        TableColumn("RUN", width: 6, priority: 7),
        TableColumn("SEQ", width: 6, priority: 3, alignment: .right),
        TableColumn("KIND", width: 16, priority: 10),
        TableColumn("NODE", min: 10, max: 14, weight: 0, priority: 4),
        TableColumn("WHAT", min: 14, weight: 8, priority: 9),
    ]

    private static let narrow = [
        TableColumn(" ", width: 1, priority: 1), TableColumn("RUN", width: 6, priority: 2),
        TableColumn("KIND", min: 8, max: 16, weight: 1, priority: 4),
        TableColumn("WHAT", min: 8, weight: 2, priority: 3),
    ]

    private static func row(
        at place: Int,
        _ rows: EventRows,
        _ state: AppState,
        _ look: Look,
        _ marks: EventMarks?,
        isNarrow: Bool
    ) -> Table.Row {
        let view = state.eventsView
        guard let row = view.row(at: place, in: rows) else { return Table.Row([]) }
        guard let event = state.event(row, in: rows) else {
            let text = rows.isRecording ? state.stream.row(row)?.text : nil
            let words = text.map { "unreadable: \($0.firstLine)" } ?? "loading"
            let what = StyledLine(words, look[text == nil ? .dim : .bad])
            return Table.Row(isNarrow ? ["", "", "", what] : ["", "", "", "", "", "", what])
        }
        let isMatch = view.search.map { $0.matches.contains(row - $0.base) } ?? true
        let isAhead = rows.isRecording && row >= state.replay?.place.transition ?? .max
        let isQuiet = event.importance == .low || isAhead || (view.showsAll && !isMatch)
        var sign = StyledLine([])
        if view.showsAll, view.search != nil {
            if isMatch { sign.append(String(look.glyphs.pick("▌", "*")), look[.match]) }
        } else if let mark = EventLine.mark(event) {
            sign.spans.append(look.sign(mark))
        }
        let cell = EventCell(
            marks: isMatch ? marks : nil,
            isSelected: place == view.list.selected,
            quiet: isQuiet ? look[.dim] : nil
        )
        let kind = cell.line(event.kind.name.firstLine, .plain, "kind")
        let run = cell.line(event.run.short, look[.code], "run", of: event.run.rawValue)
        let what = EventLine.text(event, state, look, cell)
        guard !isNarrow else { return Table.Row([sign, run, kind, what]) }
        return Table.Row([
            sign, StyledLine(time(event.at, state.clock), look[.dim]), run,
            cell.line("\(event.seq)", .plain, "seq"), kind,
            cell.line(event.node?.firstLine ?? "", .plain, "node"),
            what,
        ])
    }

    /// Hours to milliseconds.
    static func time(_ moment: Timestamp, _ clock: ClockFace) -> String {
        let rest = moment.microseconds % 1_000_000
        let digits = "\((rest < 0 ? rest + 1_000_000 : rest) / 1_000)"
        return clock.time(moment) + "." + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static func emptyWords(_ state: AppState, _ rows: EventRows) -> String {
        if let search = state.eventsView.search, !rows.range.isEmpty {
            return search.isDone ? "No transition matches. esc shows all again." : "searching"
        }
        if case .journal(let run, _) = rows, state.journals[run]?.isLoaded != true { return "loading" }
        return rows.isRecording
            ? HomeView.emptyRecording : "Nothing has happened since the console began to watch."
    }

    /// What the stream is made of, and how it is looked at.
    private static func drawHead(
        _ state: AppState,
        _ rows: EventRows,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        guard !rect.isEmpty else { return }
        var right = StyledLine([])
        func add(_ text: String, _ role: ThemeRole = .dim) {
            if !right.spans.isEmpty { right.append(look.dot, look[.dim]) }
            right.append(text, look[role])
        }
        let view = state.eventsView
        if let search = view.search, !search.isDone {
            add("searching \(Int(min(max(0, search.share), 1) * 100)) %", .info)
        }
        if view.level > .low { add(view.level == .high ? "high only" : "normal and high") }
        if view.showsAll, view.search != nil { add("all, matches marked") }
        let new =
            view.isFollowing || rows.isRecording
            ? 0 : view.shown(in: rows) - view.shown(before: view.unseenFrom, in: rows)
        if new > 0 { add("\(Amounts.grouped(new)) new below", .accent) }
        add(view.isFollowing ? (rows.isRecording ? "at the cursor" : "following") : "f follows")
        look.draw(right, on: &canvas, in: rect.part(column: max(0, rect.columns - right.columns)))
        let left = StyledLine(headWords(state, rows), look[.dim])
        look.draw(left, on: &canvas, in: rect.part(columns: max(0, rect.columns - right.columns - 2)))
    }

    private static func headWords(_ state: AppState, _ rows: EventRows) -> String {
        let count = Amounts.grouped(rows.range.count)
        switch rows {
        case .recording: return state.view.run == nil ? "\(count) recorded" : "of \(count) recorded"
        case .journal: return "\(count) in the run's log"
        case .stream(let range):
            guard let since = state.stream.since else { return "all runs, from now on" }
            let kept = range.lowerBound > 0 ? ", the last \(count) kept" : ""
            return "\(Amounts.grouped(range.upperBound)) since \(state.clock.time(since))\(kept)"
        }
    }

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard rect.rows > 1, rect.columns > 2 else { return }
        canvas.rule(
            row: rect.row,
            columns: (rect.column + 1)..<max(rect.column + 1, rect.endColumn - 1),
            style: look[.border],
            glyphs: look.glyphs
        )
        let body = rect.part(row: 1).inset(columns: 1)
        let view = state.eventsView
        let end = min(view.detail.lines.count, view.detailTop + body.rows)
        guard view.detailTop < end else { return }
        for (row, line) in view.detail.lines[view.detailTop..<end].enumerated() {
            look.draw(styled(line, look), on: &canvas, in: body.line(row).part(columns: body.columns - 1))
        }
        Scrollbar(count: view.detail.lines.count, visible: body.rows, top: view.detailTop).draw(
            on: &canvas,
            in: body.part(column: body.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }

    private static func styled(_ line: EventDetail.Line, _ look: Look) -> StyledLine {
        switch line.kind {
        case .title: return StyledLine(line.text, look[.title])
        case .placeholder: return StyledLine(line.text, look[.dim].adding(.italic))
        case .text: return StyledLine(line.text)
        case .member:
            guard let gap = line.text.firstRange(of: "  ") else { return StyledLine(line.text) }
            let name = line.text[..<gap.lowerBound]
            let pad = String(repeating: " ", count: max(1, 9 - name.count))
            return StyledLine([
                .init("  " + name + pad, look[.dim]), .init(String(line.text[gap.upperBound...])),
            ])
        case .json:
            guard let colon = line.text.firstRange(of: "\": "),
                line.text.drop(while: { $0 == " " }).first == "\""
            else { return StyledLine(line.text) }
            return StyledLine([
                .init(String(line.text[..<colon.upperBound]), look[.dim]),
                .init(String(line.text[colon.upperBound...])),
            ])
        }
    }
}
