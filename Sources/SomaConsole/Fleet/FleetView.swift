import SomaCore
import SomaTerminal

/// The table of runs, and a line or two about the selected one.
enum FleetView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.fleetView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.fleetView.typed.trouble }
    static let hints = ["app.help", "fleet.open", "fleet.plan", "app.filter", "app.command"]

    static func arrange(_ state: inout AppState) { state.arrangeFleet() }

    static func selectedRun(_ state: AppState) -> RunID? { state.fleetView.selected }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        (state.fleetView.rows.count, state.fleet.runs.count)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        var ids: [ContentID?] = []
        for row in state.fleetRowsInSight {
            guard let run = state.fleet[row.id] else { continue }
            ids.append(run.goal)
            if run.status.isTerminal { ids.append(run.outcome) }
        }
        if !state.fleetView.filter.isEmpty {
            ids += state.fleet.runs.prefix(WordsCache.textsMax / 2).map(\.goal)
        }
        return ids
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let count = state.fleetView.rows.count
        if mouse.wheelRows != 0 {
            state.update(fleet: .moved(.rows(mouse.wheelRows)))
        } else if mouse.action == .press {
            let table = FleetLayout(rect).table
            let row = Table(columns: columns).row(
                at: mouse.point,
                in: table,
                state: state.fleetView.list,
                count: count
            )
            guard let row else { return [] }
            if state.fleetView.list.selected == row {
                state.update(fleet: .opened)
            } else {
                state.update(fleet: .selected(row))
            }
        }
        return []
    }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return HomeView.drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = FleetLayout(rect)
        let rect = layout.table.part(column: 1)
        let rows = state.fleetView.rows
        var table = Table(columns: rect.columns < 30 ? narrow : columns)
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: state.fleetView.list,
            count: rows.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { index in
            let row = row(rows[index], state, look)
            guard rect.columns < 30 else { return row }
            // No room for the state's word: its sign stays.
            return Table.Row([StyledLine(Array(row.cells[0].spans.prefix(1))), row.cells[3], row.cells[1]])
        }
        if rows.isEmpty {
            let text = "No run matches. esc shows all again."
            look.draw(StyledLine(text, look[.dim]), on: &canvas, in: rect.part(column: 2, row: 2))
        }
        drawDetail(state, on: &canvas, in: layout.detail.inset(columns: 1), look)
    }

    private static let narrow = [
        TableColumn(" ", width: 1, priority: 3), TableColumn("GOAL", min: 6, max: 40, weight: 1, priority: 2),
        TableColumn("RUN", width: 6, priority: 1),
    ]

    private static let columns = [
        TableColumn("STATE", width: 8, priority: 10),
        TableColumn("RUN", width: 6, priority: 8),
        TableColumn("ROLE", min: 10, max: 12, weight: 0, priority: 2),
        TableColumn("GOAL", min: 14, max: 72, weight: 5, priority: 9),
        TableColumn("NODE", min: 10, max: 14, weight: 0, priority: 5),
        TableColumn("STEP", width: 5, priority: 4, alignment: .right),
        TableColumn("TIME", width: 6, priority: 7, alignment: .right),
        TableColumn("TOKENS", width: 6, priority: 3, alignment: .right),
        TableColumn("COST", width: 6, priority: 1, alignment: .right),
        TableColumn("ACTIVITY", min: 10, max: 64, weight: 2, priority: 6),
    ]

    private static func row(_ row: FleetIndex.Row, _ state: AppState, _ look: Look) -> Table.Row {
        guard let run = state.fleet[row.id] else { return Table.Row([]) }
        let standing = state.standing(of: run)
        let isOld =
            run.status == .cancelled
            || run.status == .completed && state.moment - run.statusSince >= .seconds(60)
        let text = isOld ? look[.dim] : .plain
        let mark = isOld ? ThemeRole.dim : standing.mark.role
        let isLoud = standing.mark == .needsPerson || standing.mark == .inDoubt
        var goal = StyledLine(Tree.branches(row.branches, glyphs: look.glyphs), look[.border])
        if !row.branches.isEmpty { goal.append(" ") }
        goal.spans.append(goalWords(run, state, look, text))
        let spent = run.budget.spent
        return Table.Row(
            [
                StyledLine([
                    look.sign(standing.mark, role: mark),
                    .init(" " + standing.word, isLoud ? look[mark] : text),
                ]),
                StyledLine(run.id.short, isOld ? text : look[.code]),
                StyledLine(run.role.firstLine, text),
                goal,
                StyledLine(node(run), run.status.isTerminal ? look[.dim] : text),
                StyledLine(steps(run, look), text),
                StyledLine(time(run, state), text),
                StyledLine(spent.tokens > 0 ? Amounts.short(spent.tokens) : look.none, look[.dim]),
                StyledLine(
                    spent.microdollars > 0 ? Amounts.money(spent.microdollars) : look.none,
                    look[.dim]
                ),
                last(run, state, look),
            ]
        )
    }

    private static func goalWords(_ run: RunState, _ state: AppState, _ look: Look, _ style: Style)
        -> StyledLine.Span
    {
        guard let goal = run.goal else { return .init(look.none, look[.dim]) }
        return look.words(state.words[goal], style: style)
    }

    private static func node(_ run: RunState) -> String {
        if run.status.isTerminal { return "end" }
        guard let node = run.activations.last?.node ?? run.entries.first?.node else { return "" }
        return run.activations.count > 1 ? "\(node.firstLine) +\(run.activations.count - 1)" : node.firstLine
    }

    private static func steps(_ run: RunState, _ look: Look) -> String {
        let steps = run.plan.steps
        guard !steps.isEmpty else { return look.none }
        let active = steps.contains { $0.state == .active } ? 1 : 0
        return "\(min(run.plan.finished + active, steps.count))/\(steps.count)"
    }

    /// How long a person is waited for, or how long the run has gone on or took.
    private static func time(_ run: RunState, _ state: AppState) -> String {
        if let waiting = run.waiting, waiting.reason.needsPerson || waiting.reason == .pause {
            return Amounts.wait(state.moment - waiting.since)
        }
        let end = run.status.isTerminal ? run.statusSince : max(run.lastAt, state.moment)
        return Amounts.time(end - run.startedAt)
    }

    /// The activity, or for an ended run the reason in words.
    private static func last(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        guard run.status.isTerminal else {
            let values = state.activity[run.id]?.values ?? []
            let text = Sparkline.text(values, columns: 10, glyphs: look.glyphs)
            return StyledLine(text, look[run.waiting == nil ? .accent : .dim])
        }
        let style = look[run.status == .failed ? .bad : .dim]
        if let outcome = run.outcome {
            let words = look.words(state.words[outcome], style: style)
            // A report's first line is a heading: its words say what it is.
            return StyledLine([.init(String(words.text.drop { $0 == "#" || $0 == " " }), words.style)])
        }
        return StyledLine(run.statusReason.firstLine, style)
    }

    // MARK: The selected run

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty, let run = state.fleetView.selected.flatMap({ state.fleet[$0] }) else { return }
        let top = rect.rows >= 3 ? 1 : 0
        look.draw(RunLine.standing(run, state, look), on: &canvas, in: rect.part(column: 1, row: top))
        guard rect.rows >= 4 else { return }
        look.draw(RunLine.work(run, state, look), on: &canvas, in: rect.part(column: 3, row: top + 1))
        look.draw(RunLine.keys(state, look), on: &canvas, in: rect.part(column: 1, row: top + 2))
    }
}
