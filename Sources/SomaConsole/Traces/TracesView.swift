import SomaCore
import SomaTerminal
import SomaTraces

/// The traces that a search found, or the services that Jaeger knows.
enum TracesView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.tracesView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.tracesView.trouble }
    static let hints = [
        "app.help", "traces.open", "app.filter", "traces.services", "traces.order", "traces.again",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeTraces() }
    static func selectedRun(_ state: AppState) -> RunID? { nil }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let view = state.tracesView
        if view.part == .services { return (view.services.count, state.traces.services?.count ?? 0) }
        return view.hasFound ? (view.rows.count, view.found.count) : nil
    }

    static func noun(_ count: Int) -> String { "found" }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(traces: .moved(.rows(mouse.wheelRows))) }
        let view = state.tracesView
        guard mouse.action == .press,
            let place = Table(columns: columns).row(
                at: mouse.point,
                in: rect.part(row: 1).part(column: 1),
                state: view.list,
                count: view.part == .services ? view.services.count : view.rows.count
            )
        else { return [] }
        if view.list.selected == place { return state.update(traces: .opened) }
        return state.update(traces: .selected(place))
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        drawHead(state, on: &canvas, in: rect.part(rows: 1).inset(columns: 1), look)
        let body = rect.part(row: 1).part(column: 1)
        let view = state.tracesView
        let isEmpty = view.part == .services ? view.services.isEmpty : view.rows.isEmpty
        guard !isEmpty else { return TraceWords.draw(emptyWords(state), on: &canvas, in: body, look) }
        switch view.part {
        case .found: drawFound(state, on: &canvas, in: body, look)
        case .services: drawServices(state, on: &canvas, in: body, look)
        }
    }

    private static func emptyWords(_ state: AppState) -> [String] {
        let (view, facts) = (state.tracesView, state.traces)
        guard facts.address != nil else { return TraceWords.unnamed }
        if let trouble = view.trouble, view.search == nil { return [trouble.message] }
        if let number = view.search?.number, let reason = facts.failed[number] {
            return [reason, "", "r asks again."]
        }
        if let lost = facts.lost, !view.hasFound || facts.services == nil {
            return [
                lost.reason, "", "It is asked again by itself.",
                "A run's own log is drawn without it: W on any run.",
            ]
        }
        guard let services = facts.services else { return ["loading"] }
        if view.part == .services {
            return services.isEmpty
                ? ["Jaeger knows no service yet."] : ["No service matches. esc shows all again."]
        }
        guard view.search != nil else {
            return services.isEmpty
                ? ["Jaeger knows no service yet: nothing has sent it spans."]
                : [
                    "Jaeger is asked about one service at a time.", "", "  /service:NAME   names it",
                    "  g               lists the \(services.count) that there are",
                ]
        }
        if state.isSearchingTraces { return ["searching"] }
        if !view.found.isEmpty {
            return ["Nothing matches of \(view.found.count) that were found. esc shows all again."]
        }
        return [
            "Nothing was found.", "",
            "  since:1d   looks further back; without it Jaeger decides how far",
            "  esc        takes the filter away",
        ]
    }

    private static let columns = [
        TableColumn(" ", width: 1, priority: 9),
        TableColumn("TRACE", width: 7, priority: 6),
        TableColumn("SERVICE", min: 8, max: 24, weight: 2, priority: 7),
        TableColumn("OPERATION", min: 14, max: 60, weight: 4, priority: 10),
        TableColumn("BEGAN", width: 8, priority: 3),
        TableColumn("AGE", width: 6, priority: 5, alignment: .right),
        TableColumn("SPANS", width: 7, priority: 4, alignment: .right),
        TableColumn("ERRORS", width: 6, priority: 7, alignment: .right),
        TableColumn("TOOK", width: 7, priority: 8, alignment: .right),
        TableColumn("", min: 0, max: 30, weight: 2, priority: 1),
    ]

    private static func drawFound(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let view = state.tracesView
        let longest = max(1, view.rows.lazy.map(\.duration).max() ?? 1)
        var table = Table(columns: columns)
        table.isFocused = state.isActive
        let bar = table.widths(in: rect).last ?? 0
        table.draw(
            on: &canvas,
            in: rect,
            state: view.list,
            count: view.rows.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            let trace = view.rows[place]
            let sign = trace.failures > 0 ? String(look.glyphs.pick("✗", "x")) : ""
            let others = trace.services > 1 ? " +\(trace.services - 1)" : ""
            let age = max(.zero, state.now - trace.start)
            return Table.Row([
                StyledLine(sign, look[.bad]), StyledLine(String("\(trace.id)".prefix(7)), look[.code]),
                StyledLine([.init(trace.service.firstLine), .init(others, look[.dim])]),
                StyledLine(trace.operation.firstLine),
                StyledLine(
                    trace.start.microseconds > 0 ? state.clock.time(trace.start) : look.none,
                    look[.dim]
                ),
                StyledLine(trace.start.microseconds > 0 ? Amounts.wait(age) : look.none, look[.dim]),
                StyledLine(Amounts.grouped(trace.spans), look[.dim]),
                StyledLine(
                    trace.failures > 0 ? Amounts.grouped(trace.failures) : look.none,
                    look[trace.failures > 0 ? .bad : .dim]
                ),
                StyledLine(TraceWords.time(trace.duration, look)),
                StyledLine(
                    TimeBar.text(Double(trace.duration) / Double(longest), columns: bar, look),
                    look[.chart1]
                ),
            ])
        }
    }

    private static func drawServices(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look)
    {
        var table = Table(columns: [TableColumn("SERVICE", min: 16, weight: 1, priority: 10)])
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: state.tracesView.list,
            count: state.tracesView.services.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            Table.Row([StyledLine(state.tracesView.services[place].firstLine)])
        }
    }

    /// What is asked, of whom, and that what is shown is old.
    private static func drawHead(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let (view, facts) = (state.tracesView, state.traces)
        guard let address = facts.address, !rect.isEmpty else { return }
        var words = [address.firstLine]
        if view.part == .services {
            words.append("services")
        } else if let search = view.search {
            words.append(search.service.firstLine)
            words.append(view.order.words)
        }
        // Where there is nothing else to show the reason stands in its place.
        let isSaid = view.part == .services ? view.services.isEmpty : view.rows.isEmpty
        let refusal = view.part == .found ? view.search.flatMap { facts.failed[$0.number] } : nil
        var right =
            TraceWords.loss(state, isSaid: isSaid, look)
            ?? StyledLine(state.isSearchingTraces ? "searching" : "", look[.dim])
        // What is listed is what an earlier search found.
        if let refusal, !isSaid { right = StyledLine(refusal.firstLine, look[.bad]) }
        look.draw(right, on: &canvas, in: rect.part(column: max(0, rect.columns - right.columns)))
        let left = StyledLine(words.joined(separator: look.dot), look[.dim])
        look.draw(left, on: &canvas, in: rect.part(columns: max(0, rect.columns - right.columns - 2)))
    }
}

/// What both trace views say.
enum TraceWords {
    static let unnamed = [
        "No Jaeger is named.", "",
        "  soma --jaeger http://localhost:16686   look at any Jaeger",
        "  export SOMA_JAEGER_URL=…               the same, for every console", "",
        "Without one, W on any run, transition or effect draws its spans from the run's own log.",
    ]

    static func draw(_ words: [String], on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var row = 1
        for line in words {
            let style = line.hasPrefix("  ") ? look[.code] : look[.dim]
            // Reasons are sentences of unknown length.
            let rows = DocumentLine(line).rows(columns: max(1, rect.columns - 2))
            for part in rows.isEmpty ? [DocumentLine("")] : rows {
                look.draw(StyledLine(part.text, style), on: &canvas, in: rect.part(column: 1, row: row))
                row += 1
            }
        }
    }

    /// That Jaeger can't be asked, and since when.
    /// - Parameter isSaid: Whether the reason is told elsewhere.
    static func loss(_ state: AppState, isSaid: Bool = false, _ look: Look) -> StyledLine? {
        guard let lost = state.traces.lost else { return nil }
        let age = max(.zero, state.now - lost.since)
        let reason = isSaid ? "" : ": \(lost.reason.firstLine)"
        return StyledLine("lost \(Amounts.time(age))\(reason)", look[.warning])
    }

    /// How long something took, with what the glyphs can write.
    static func time(_ nanoseconds: Int64, _ look: Look) -> String {
        plain(SpanWords.time(nanoseconds), look)
    }

    static func plain(_ text: String, _ look: Look) -> String {
        look.glyphs == .ascii ? text.replacing("µ", with: "u") : text
    }
}
