import SomaCore
import SomaTerminal

/// Who used what: costs by role, model, tool, run, conversation, tenant, day or hour, with what they lead to.
enum CostView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.costView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.costView.typed.trouble }
    static let hints = [
        "app.help", "cost.by", "cost.open", "cost.tree", "cost.more", "app.filter", "cost.fleet",
        "cost.sort",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeCosts() }

    static func noun(_ count: Int) -> String { count == 1 ? "group" : "groups" }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        (state.costView.table.count, state.costView.table.groups)
    }

    static func selectedRun(_ state: AppState) -> RunID? {
        guard state.costAxis == .run, let text = state.costView.selected?.text else { return nil }
        return RunID(text)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        guard state.costAxis == .run else { return [] }
        let (list, table) = (state.costView.list, state.costView.table)
        let end = min(table.count, list.top + state.costRows)
        guard list.top < end else { return [] }
        return (list.top..<end).map { row in
            table.line(row)?.name.text.flatMap { state.fleet[RunID($0)]?.goal }
        }
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(cost: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press else { return [] }
        let row = Table(columns: columns(state)).row(
            at: mouse.point,
            in: Self.layout(rect).table.part(column: 1),
            state: state.costView.list,
            count: state.costView.table.count
        )
        guard let row else { return [] }
        if state.costView.list.selected == row { return state.update(cost: .opened) }
        return state.update(cost: .selected(row))
    }

    // MARK: The table

    static func layout(_ body: Rect) -> TableLayout {
        TableLayout(
            body,
            head: body.rows >= 14 ? 3 : body.rows >= 6 ? 1 : 0,
            detail: body.rows >= 24 ? 6 : body.rows >= 14 ? 4 : 0
        )
    }

    private static func columns(_ state: AppState) -> [TableColumn] {
        let axis = state.costAxis
        let isMoney = state.costView.table.measure == .money
        return [
            TableColumn(
                axis.rawValue.uppercased(),
                min: axis == .run ? 26 : 12,
                max: 60,
                weight: 4,
                priority: 20
            ),
            TableColumn(
                "RUNS",
                width: axis == .run ? 1 : 7,
                priority: axis == .run ? -1 : 12,
                alignment: .right
            ),
            TableColumn("TOKENS", width: 6, priority: 15, alignment: .right),
            TableColumn("IN", width: 7, priority: 8, alignment: .right),
            TableColumn("OUT", width: 7, priority: 7, alignment: .right),
            TableColumn("CALLS", width: 7, priority: 9, alignment: .right),
            TableColumn("COST", width: 7, priority: 19, alignment: .right),
            TableColumn("SHARE", min: 13, max: 24, weight: 2, priority: 13),
            TableColumn(
                isMoney ? "$/H" : "TOKENS/H",
                width: isMoney ? 7 : 8,
                priority: 18,
                alignment: .right
            ),
            TableColumn("TODAY", width: 7, priority: 6, alignment: .right),
            TableColumn("DAY'S END", width: 9, priority: 16, alignment: .right),
            TableColumn("AT MOST", width: 7, priority: state.costHasBudgets ? 11 : -1, alignment: .right),
        ].filter { $0.priority >= 0 }
    }

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return HomeView.drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = Self.layout(rect)
        let view = state.costView
        CostHead.draw(state, on: &canvas, in: layout.head.inset(columns: 1), look)
        let rect = layout.table.part(column: 1)
        var table = Table(columns: columns(state))
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: view.list,
            count: state.costsListed.shown,
            theme: look.theme,
            glyphs: look.glyphs
        ) { row in
            guard let line = view.table.line(row) else { return Table.Row([]) }
            return Table.Row(cells(line, state, table.widths(in: rect), look))
        }
        state.costsListed.drawRemark(view.list, on: &canvas, in: rect, look)
        if view.table.count == 0 { drawEmpty(state, on: &canvas, in: rect.part(column: 2, row: 2), look) }
        CostDetail.draw(state, on: &canvas, in: layout.detail.inset(columns: 1), look)
    }

    /// What there is to do where there is nothing to show.
    private static func drawEmpty(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        var lines = ["No run has used anything yet."]
        if !state.costView.filter.isEmpty {
            lines = ["No group matches. esc shows all again."]
        } else if !state.costParts.isEmpty {
            let words = state.costParts.map(\.words.firstLine).joined(separator: ", ")
            lines = ["Nothing is known of \(words). esc goes back."]
        } else if !state.costAxis.isOfRuns {
            lines = [
                "No run has called a model or a tool, as far as is known. v lists costs by something else."
            ]
        }
        if let remark = state.costRemark { lines.append(remark) }
        for (row, line) in lines.enumerated() {
            look.draw(StyledLine(line, look[.dim]), on: &canvas, in: rect.part(row: row))
        }
    }

    private static func cells(_ line: CostLine, _ state: AppState, _ widths: [Int], _ look: Look)
        -> [StyledLine]
    {
        let (axis, table) = (state.costAxis, state.costView.table)
        let amounts = line.amounts
        let isUnread = line.name == .unread
        let forecast = CostForecast(amounts, table.measure, hoursLeft: state.costHoursLeft)
        func amount(_ value: Int, _ isUnsure: Bool, _ write: (Int) -> String) -> StyledLine {
            if value == 0 { return StyledLine(isUnsure ? "?" : look.none, look[.dim]) }
            return StyledLine((isUnsure ? look.atLeast : "") + write(value))
        }
        let misses = amounts.unreadTokens > 0 || line.read < line.runs
        let paceMisses = amounts.recent.unsure(table.measure) > 0
        var cells = [name(line, state, look)]
        if axis != .run {
            let runs = line.read < line.runs && axis.isOfRuns
            cells.append(
                StyledLine(
                    runs
                        ? "\(Amounts.short(line.read))/\(Amounts.short(line.runs))"
                        : Amounts.short(line.runs),
                    look[.dim]
                )
            )
        }
        cells += [
            amount(amounts.tokens, false, Amounts.short),
            isUnread ? StyledLine("?", look[.dim]) : amount(amounts.input, misses, Amounts.short),
            isUnread ? StyledLine("?", look[.dim]) : amount(amounts.output, misses, Amounts.short),
            isUnread ? StyledLine("?", look[.dim]) : amount(amounts.calls, misses, Amounts.short),
            amount(amounts.microdollars, false, Amounts.money),
        ]
        let share = columns(state).firstIndex { $0.title == "SHARE" } ?? 0
        cells.append(
            CostHead.share(line, table, columns: widths.indices.contains(share) ? widths[share] : 0, look)
        )
        cells += [
            amount(forecast.hour, paceMisses, table.measure.words),
            amount(forecast.today, amounts.today.unsure(table.measure) > 0, table.measure.words),
            amount(forecast.dayEnd, forecast.isUnsure, table.measure.words),
        ]
        if state.costHasBudgets { cells.append(atMost(line, look)) }
        return cells
    }

    /// What the group comes to if its open runs use up what they may.
    private static func atMost(_ line: CostLine, _ look: Look) -> StyledLine {
        if line.open == 0 || line.within > 0 { return StyledLine(look.none, look[.dim]) }
        if line.boundless > 0 { return StyledLine("no end", look[.dim]) }
        return StyledLine(Amounts.money(line.amounts.microdollars &+ line.left))
    }

    private static func name(_ line: CostLine, _ state: AppState, _ look: Look) -> StyledLine {
        let axis = state.costAxis
        guard let text = line.name.text else { return StyledLine(axis.words(line.name), look[.dim]) }
        guard axis == .run, let run = state.fleet[RunID(text)] else { return StyledLine(text.firstLine) }
        let facts = state.fleet.place(known: run.id).map { state.index.facts[$0] }
        var words = StyledLine([])
        if let facts { words.spans.append(look.sign(facts.standing.mark)) }
        words.append(" " + run.id.short.firstLine, look[.code])
        words.append(" \(run.role.firstLine) ", look[.dim])
        if let goal = run.goal { words.spans.append(look.words(state.words[goal])) }
        return words
    }
}

extension CostTable {
    /// Whether everything is known of all runs.
    var isKnown: Bool { total.read >= total.runs }
}

extension Look {
    /// Before an amount that may be more.
    var atLeast: String { glyphs == .unicode ? "≥" : ">" }
}
