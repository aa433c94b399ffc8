import SomaCore
import SomaTerminal

/// The hierarchy of runs with budgets, what they cost alone and together, and what decides when they end.
enum AgentsView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.agentsView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.agentsView.typed.trouble }
    static let hints = ["app.help", "agents.open", "agents.plan", "agents.fold", "agents.narrow", "app.back"]

    static func arrange(_ state: inout AppState) { state.arrangeAgents() }

    static func selectedRun(_ state: AppState) -> RunID? { state.agentsView.selected ?? state.view.run }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let rows = state.agentsView.rows
        if !state.agentsView.filter.isEmpty { return (rows.runs, state.fleet.runs.count) }
        guard let run = state.view.run.flatMap({ state.fleet.place(known: $0) }) else {
            return (state.fleet.runs.count, state.fleet.runs.count)
        }
        let runs = state.agentsView.tree(of: run, state.index)?.sums[Int32(run)]?.runs ?? rows.count
        return (runs, runs)
    }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        state.agentsRowsInSight.map { row in row.place.flatMap { state.fleet.runs[$0].goal } }
            + state.agentsView.rows.unasked
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        if mouse.wheelRows != 0 { return state.update(agents: .moved(.rows(mouse.wheelRows))) }
        guard mouse.action == .press else { return [] }
        let row = Table(columns: columns).row(
            at: mouse.point,
            in: AgentsLayout(rect).table,
            state: state.agentsView.list,
            count: state.agentsView.rows.count
        )
        guard let row else { return [] }
        if state.agentsView.list.selected == row, let run = state.agentsView.selected {
            state.show(.run(run))
            return []
        }
        return state.update(agents: .selected(row))
    }

    // MARK: The table

    private static let columns = [
        TableColumn("AGENT", min: 36, max: 120, weight: 1, priority: 10),
        TableColumn("", width: 1, priority: 9),
        TableColumn("BUDGET", width: 19, priority: 8),
        TableColumn("SELF", width: 6, priority: 3, alignment: .right),
        TableColumn("TREE", width: 6, priority: 7, alignment: .right),
        TableColumn("TOKENS", width: 6, priority: 4, alignment: .right),
        TableColumn("TIME", width: 6, priority: 6, alignment: .right),
        TableColumn("WORK", width: 6, priority: 2, alignment: .right),
        TableColumn("", min: 10, max: 10, weight: 0, priority: 1),
    ]

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.fleet.runs.isEmpty else { return HomeView.drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = AgentsLayout(rect)
        let table = layout.table.part(column: 1)
        let rows = state.agentsView.rows
        var widget = Table(columns: columns)
        widget.isFocused = state.isActive
        let width = widget.widths(in: table).first ?? 0
        widget.draw(
            on: &canvas,
            in: table,
            state: state.agentsView.list,
            count: rows.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { index in
            guard let row = rows.row(index, state.fleet) else { return Table.Row([]) }
            return cells(row, columns: width, state, look)
        }
        if rows.isEmpty {
            let text =
                state.agentsView.filter.isEmpty
                ? "Nothing is known of this run. esc goes back." : "No run matches. esc shows all again."
            look.draw(StyledLine(text, look[.dim]), on: &canvas, in: table.part(column: 2, row: 2))
        }
        drawDetail(state, on: &canvas, in: layout.detail.inset(columns: 1), look)
    }

    private static func cells(_ row: FleetRow, columns: Int, _ state: AppState, _ look: Look) -> Table.Row {
        guard let place = row.place else { return Table.Row([]) }
        let run = state.fleet.runs[place]
        let facts = state.index.facts[place]
        let tree = state.agentsView.tree(of: place, state.index)
        let sum = tree?.sums[Int32(place)] ?? AgentTree.Sum()
        let isCritical = tree?.critical.contains(Int32(place)) ?? false
        let isOver = run.status.isTerminal
        let dim = look[.dim]
        func money(_ usage: Usage) -> String {
            usage.microdollars > 0 ? Amounts.money(usage.microdollars) : look.none
        }
        let lasted = (isOver ? run.statusSince : max(run.lastAt, state.moment)) - run.startedAt
        let critical = look.glyphs == .unicode ? "◀" : "<"
        return Table.Row([
            name(row, run, columns: columns, state, look),
            StyledLine(isCritical ? critical : "", look[isOver ? .dim : .accent]),
            BudgetBar(run, at: state.moment)?.line(columns: 12, look) ?? StyledLine("  no limit", dim),
            StyledLine(money(facts.own), dim),
            StyledLine(money(sum.usage), isOver ? dim : .plain),
            StyledLine(sum.usage.tokens > 0 ? Amounts.short(sum.usage.tokens) : look.none, dim),
            StyledLine(run.isWaitedFor ? Amounts.wait(lasted) : Amounts.time(lasted), isOver ? dim : .plain),
            StyledLine(Amounts.time(sum.worked(at: state.moment)), dim),
            StyledLine(isCritical ? "critical" : "", dim),
        ])
    }

    /// Branches, mark, id, role and goal.
    private static func name(
        _ row: FleetRow,
        _ run: RunState,
        columns: Int,
        _ state: AppState,
        _ look: Look
    ) -> StyledLine {
        let standing = state.standing(of: run)
        let isLoud = standing.mark == .needsPerson || standing.mark == .inDoubt
        let text = run.status.isTerminal ? look[.dim] : .plain
        var line = StyledLine([.init(BranchText.of(row.branches, columns: columns, look), look[.border])])
        line.spans.append(look.sign(standing.mark, role: run.status == .cancelled ? .dim : nil))
        line.append(" ")
        if row.fold == .closed, let place = row.place {
            let hidden = (state.agentsView.tree(of: place, state.index)?.sums[Int32(place)]?.runs ?? 1) - 1
            line.append("\(look.into)\(Amounts.short(hidden)) ", look[.accent])
        }
        line.append(run.id.short, run.status.isTerminal ? look[.dim] : look[.code])
        line.append(" " + run.role.firstLine, isLoud ? look[standing.mark.role] : look[.dim])
        line.append("  ")
        if let goal = run.goal {
            line.spans.append(look.words(state.words[goal], style: text))
        } else {
            line.append(look.none, look[.dim])
        }
        return line
    }

    // MARK: The selected run

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty, let id = state.agentsView.selected, let place = state.fleet.place(known: id)
        else { return }
        let run = state.fleet.runs[place]
        let top = rect.rows >= 3 ? 1 : 0
        look.draw(RunLine.standing(run, state, look), on: &canvas, in: rect.part(column: 1, row: top))
        guard rect.rows >= 5 else { return }
        look.draw(budget(run, state, look), on: &canvas, in: rect.part(column: 3, row: top + 1))
        look.draw(together(place, state, look), on: &canvas, in: rect.part(column: 3, row: top + 2))
        look.draw(RunLine.keys(state, look), on: &canvas, in: rect.part(column: 1, row: top + 3))
    }

    /// Each limit with what is spent and set aside of it.
    private static func budget(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        let budget = run.budget
        var line = StyledLine("budget", look[.dim])
        func add(_ spent: String, _ aside: String?, _ limit: String) {
            line.append(look.dot, look[.border])
            line.append("\(spent) of \(limit)")
            if let aside { line.append(" + \(aside) set aside", look[.dim]) }
        }
        if let limit = budget.limits.tokens {
            let aside = budget.reserved.tokens
            add(
                Amounts.short(budget.spent.tokens),
                aside > 0 ? Amounts.short(aside) : nil,
                "\(Amounts.short(limit)) tokens"
            )
        }
        if let limit = budget.limits.microdollars {
            let aside = budget.reserved.microdollars
            add(
                Amounts.money(budget.spent.microdollars),
                aside > 0 ? Amounts.money(aside) : nil,
                Amounts.money(limit)
            )
        }
        if let limit = budget.limits.steps {
            add(Amounts.grouped(budget.spent.steps), nil, "\(Amounts.grouped(limit)) steps")
        }
        if let limit = budget.limits.seconds {
            add(
                Amounts.time(run.worked(at: state.moment)),
                nil,
                "\(Amounts.time(.seconds(min(limit, 1 << 40)))) of work"
            )
        }
        if line.spans.count == 1 { line.append(look.dot + "no limits", look[.dim]) }
        return line
    }

    /// What the run and those below it come to, and the way from it down the critical path.
    private static func together(_ place: Int, _ state: AppState, _ look: Look) -> StyledLine {
        guard let tree = state.agentsView.tree(of: place, state.index), let sum = tree.sums[Int32(place)]
        else {
            return StyledLine([])
        }
        guard sum.runs > 1 else { return StyledLine("delegated nothing", look[.dim]) }
        var line = StyledLine("\(Amounts.grouped(sum.runs)) runs", look[.dim])
        line.append(look.dot + "\(Amounts.grouped(sum.alive)) not ended", look[.dim])
        line.append(look.dot + Amounts.short(sum.usage.tokens) + " tokens", look[.dim])
        line.append(look.dot + Amounts.money(sum.usage.microdollars), look[.dim])
        line.append(look.dot + Amounts.time(sum.worked(at: state.moment)) + " of work", look[.dim])
        var chain: [String] = []
        var next: Int? = place
        while let here = next, tree.critical.contains(Int32(here)), chain.count < 8 {
            chain.append(state.fleet.runs[here].id.short)
            next = state.index.children(of: here).filter { tree.critical.contains($0) }
                .max { state.fleet.runs[Int($0)].startedAt < state.fleet.runs[Int($1)].startedAt }
                .map { Int($0) }
        }
        guard chain.count > 1 else { return line }
        line.append(look.dot + "critical ", look[.dim])
        line.append(chain.joined(separator: " \(look.into) "), look[.accent])
        return line
    }
}

/// The branches in front of a run: of deep trees the last levels, with how many there are above.
enum BranchText {
    /// The branches in front of a run in a column of a width; at most half of it, and at least two levels.
    static func of(_ branches: [Bool], columns: Int, _ look: Look) -> String {
        let most = max(2, columns / 4)
        guard branches.count > most else { return Tree.branches(branches, glyphs: look.glyphs) }
        let shown = max(1, most - 2)
        return "+\(branches.count - shown) "
            + Tree.branches(Array(branches.suffix(shown)), glyphs: look.glyphs)
    }
}
