import SomaCore
import SomaTerminal
import SomaTraces

/// The spans of a trace on one time axis, each inside what it is a part of.
///
/// It looks like a run's own waterfall and means the same: solid is what was waited for, hatched what went on beside it,
/// a thin line is around what is below, and thick where a span worked by itself. The line beside the names goes along
/// the critical path.
enum TraceView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.traceView.filter }
    static let hints = [
        "app.help", "trace.detail", "trace.fold", "trace.critical", "trace.next-error", "app.filter",
        "trace.fit", "trace.run", "trace.moment",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeTrace() }

    static func selectedRun(_ state: AppState) -> RunID? {
        let origin = state.traceView.selected.flatMap { state.traceView.waterfall?.origin(of: $0) }
        return origin.map(\.run).flatMap { state.fleet[$0] == nil ? nil : $0 } ?? state.view.run
    }

    static func selectedTransition(_ state: AppState) -> Int? {
        guard let span = state.traceView.selected,
            let origin = state.traceView.waterfall?.origin(of: span), origin.run == state.view.run
        else { return nil }
        return origin.seq
    }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        guard let waterfall = state.traceView.waterfall else { return nil }
        let total = waterfall.trace.spans.count
        return (state.traceView.rows.matches?.count ?? total, total)
    }

    static func noun(_ count: Int) -> String { count == 1 ? "span" : "spans" }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let layout = TraceLayout(rect, hasDetail: state.traceView.hasDetail)
        if layout.detail.contains(mouse.point), mouse.wheelRows != 0 {
            return state.update(trace: .detailScrolled(mouse.wheelRows))
        }
        if mouse.wheelRows != 0 { return state.update(trace: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press || mouse.action == .drag, layout.rows.contains(mouse.point) else {
            return []
        }
        let (list, count) = (state.traceView.list, state.traceView.rows.shown.count)
        if mouse.point.column == layout.rows.endColumn - 1 {
            let top = Scrollbar(count: count, visible: layout.visible, top: list.top)
                .top(forTrackRow: mouse.point.row - layout.rows.row, track: layout.visible)
            return state.update(trace: .selected(top))
        }
        let place = list.top + mouse.point.row - layout.rows.row
        guard mouse.action == .press, place < count else { return [] }
        return state.update(trace: list.selected == place ? .foldToggled : .selected(place))
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let view = state.traceView
        let layout = TraceLayout(rect, hasDetail: view.hasDetail)
        guard let waterfall = view.waterfall, !waterfall.trace.spans.isEmpty else {
            return TraceWords.draw(emptyWords(state), on: &canvas, in: rect.part(column: 1), look)
        }
        drawHead(state, waterfall, on: &canvas, in: layout.head, look)
        look.draw(
            view.index.shares.line(columns: layout.shares.columns, look),
            on: &canvas,
            in: layout.shares
        )
        let origin = waterfall.start / 1_000
        let (start, end) = (view.window?.start ?? 0, view.window?.end ?? view.whole)
        let columns = layout.columns(layout.rows)
        let axis = TimeAxis(
            from: Timestamp(microseconds: origin + start),
            to: Timestamp(microseconds: origin + end),
            columns: max(1, columns.bar.columns),
            gaps: view.showsSpacing
                ? []
                : view.index.quiet.filter { $0.upperBound > origin + start && $0.lowerBound < origin + end }
        )
        if !layout.axis.isEmpty {
            let first = start == 0 ? "0" : TraceWords.plain(WaterfallView.tick(start), look)
            axis.draw(from: first, on: &canvas, in: layout.columns(layout.axis).bar, look)
        }
        drawRows(state, waterfall, axis, on: &canvas, layout, look)
        drawDetail(state, on: &canvas, in: layout.detail, look)
    }

    private static func emptyWords(_ state: AppState) -> [String] {
        switch state.traceView.subject ?? .run(RunID("")) {
        case .run(let run):
            guard state.fleet[run] != nil else { return ["This run isn't there at this place."] }
            return [state.journals[run]?.isLoaded == true ? "nothing happened yet" : "loading"]
        case .trace:
            guard state.traces.address != nil else { return TraceWords.unnamed }
            if let number = state.traceView.request, let reason = state.traces.failed[number] {
                return [reason, "", "r asks again."]
            }
            guard state.traceView.waterfall == nil else {
                return ["The trace has no spans.", "", "r asks again."]
            }
            guard let lost = state.traces.lost else { return ["loading"] }
            return [lost.reason, "", "It is asked again by itself."]
        }
    }

    /// What trace it is, how large, how long and how well; where it is from, and what of it is in sight.
    private static func drawHead(
        _ state: AppState,
        _ waterfall: TraceWaterfall,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let view = state.traceView
        let trace = waterfall.trace
        let count = trace.spans.count
        var left = StyledLine([
            .init("trace ", look[.dim]), .init(String(trace.name.firstLine.prefix(7)), look[.title]),
        ])
        func say(_ text: String, _ role: ThemeRole = .dim) { left.append(look.dot + text, look[role]) }
        say(TraceWords.time(waterfall.duration, look), .text)
        say("\(Amounts.grouped(count)) \(count == 1 ? "span" : "spans")")
        if view.index.services > 1 { say("\(view.index.services) services") }
        let failures = view.index.failures.count
        if failures > 0 { say("\(look.glyphs.pick("✗", "x")) \(Amounts.grouped(failures))", .bad) }
        let odd = view.index.oddities
        if odd > 0 { say("\(look.glyphs.pick("≈", "~")) \(Amounts.grouped(odd)) odd", .warning) }
        var right = StyledLine([])
        func tell(_ text: String, _ role: ThemeRole = .dim) {
            if !right.spans.isEmpty { right.append(look.dot, look[.dim]) }
            right.append(text, look[role])
        }
        if view.shape.isCriticalOnly { tell("critical path only", .accent) }
        if let window = view.window {
            tell("\(SpanWords.time(window.length * 1_000)) of it in sight", .accent)
        }
        // What is in sight came before.
        let refusal = view.request.flatMap { state.traces.failed[$0] }
        let trouble =
            refusal.map { StyledLine($0.firstLine, look[.bad]) } ?? TraceWords.loss(state, look)
        if case .run? = view.subject {
            tell("from the run's log")
        } else if let trouble {
            right.spans += (right.spans.isEmpty ? [] : [.init(look.dot, look[.dim])]) + trouble.spans
        } else {
            tell("from Jaeger")
        }
        let free = rect.columns - left.columns - 2
        if right.columns <= free {
            look.draw(right, on: &canvas, in: rect.part(column: rect.columns - right.columns))
        } else if let trouble, free >= 12 {
            look.draw(trouble, on: &canvas, in: rect.part(column: left.columns + 2))
        }
        look.draw(left, on: &canvas, in: rect)
    }

    private static func drawRows(
        _ state: AppState,
        _ waterfall: TraceWaterfall,
        _ axis: TimeAxis,
        on canvas: inout Canvas,
        _ layout: TraceLayout,
        _ look: Look
    ) {
        let view = state.traceView
        let rows = view.rows.shown
        let cursor = state.cursorTime
        guard !rows.isEmpty else {
            let words =
                view.shape.filter.isEmpty
                ? "Nothing was waited for." : "No span matches. esc shows all again."
            return look.draw(StyledLine(words, look[.dim]), on: &canvas, in: layout.rows)
        }
        let inSight = view.list.top..<max(view.list.top, min(rows.count, view.list.top + layout.visible))
        for (line, place) in inSight.enumerated() {
            let rect = layout.rows.line(line).part(columns: layout.rows.columns - 1)
            let span = Int(rows[place])
            let bar = SpanRow(span, state, waterfall, isSelected: place == view.list.selected, cursor: cursor)
            bar.draw(view, waterfall, axis, on: &canvas, layout.columns(rect), look)
            if bar.isSelected { RunView.highlight(rect, on: &canvas, state, look) }
        }
        if let cursor {
            let bars = layout.columns(layout.rows.part(columns: layout.rows.columns - 1)).bar
            axis.drawCursor(at: cursor.microseconds, on: &canvas, in: bars, look)
        }
        Scrollbar(count: rows.count, visible: layout.visible, top: view.list.top).draw(
            on: &canvas,
            in: layout.rows.part(column: layout.rows.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard rect.rows > 1, rect.columns > 4, state.traceView.hasDetail else { return }
        canvas.rule(
            row: rect.row,
            columns: (rect.column + 1)..<max(rect.column + 1, rect.endColumn - 1),
            style: look[.border],
            glyphs: look.glyphs
        )
        let body = rect.part(row: 1).inset(columns: 1)
        let (lines, top) = (state.traceView.detail.lines, state.traceView.detailTop)
        var row = 0
        for line in lines.dropFirst(top) where row < body.rows {
            for part in line.rows(columns: body.columns - 1) where row < body.rows {
                look.draw(
                    part.styled(look.theme),
                    on: &canvas,
                    in: body.line(row).part(columns: body.columns - 1)
                )
                row += 1
            }
        }
        Scrollbar(count: lines.count, visible: body.rows, top: top).draw(
            on: &canvas,
            in: body.part(column: body.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }
}

/// Where the parts of a waterfall of spans are.
struct TraceLayout: Sendable, Hashable {
    /// What it is, in a line.
    let head: Rect
    /// What was waited for, in a line.
    let shares: Rect
    let axis: Rect
    /// The spans, with the scrollbar.
    let rows: Rect
    /// The selected span in full.
    let detail: Rect

    init(_ rect: Rect, hasDetail: Bool) {
        let isWide = rect.columns >= 150
        var body = rect
        if hasDetail {
            if isWide {
                let left = rect.columns * 60 / 100
                body = rect.part(columns: left)
                detail = rect.part(column: left + 1)
            } else {
                let rows = rect.rows < 10 ? rect.rows : rect.rows / 2
                body = rect.part(rows: rect.rows - rows)
                detail = rect.part(row: rect.rows - rows)
            }
        } else {
            detail = rect.part(rows: 0)
        }
        let headRows = body.rows >= 4 ? 1 : 0
        let shareRows = body.rows >= 10 ? 1 : 0
        let axisRows = body.rows >= 6 ? 1 : 0
        let inner = body.part(column: 1)
        head = inner.part(columns: inner.columns - 1, rows: headRows)
        shares = inner.part(row: headRows, columns: inner.columns - 1, rows: shareRows)
        axis = inner.part(row: headRows + shareRows, columns: inner.columns - 1, rows: axisRows)
        rows = inner.part(row: headRows + shareRows + axisRows)
    }

    /// How many spans are in sight.
    var visible: Int { rows.rows }

    /// How a row without the scrollbar shares its columns.
    func columns(_ line: Rect) -> WaterfallColumns {
        let line = line.columns == rows.columns ? line.part(columns: line.columns - 1) : line
        return WaterfallColumns(line, names: 34, most: 64)
    }
}
