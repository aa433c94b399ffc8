import SomaCore
import SomaTerminal

/// The columns of the table of runs: which there are, which are in sight, and what stands in them.
enum FleetColumns {
    /// The columns that stay where the others are scrolled away.
    private static let pinned: [FleetSort] = [.state, .run]
    private static let scrolling: [FleetSort] = [
        .role, .goal, .node, .step, .time, .tokens, .cost, .activity,
    ]

    /// How many columns can be scrolled away: all but the last that is no pinned one.
    static var scrollMax: Int { scrolling.count - 1 }

    /// How wide a table must be for words beside the marks.
    private static let wordsMin = 30

    /// What is drawn in a table of a width.
    struct Shown {
        /// What each column shows.
        var sorts: [FleetSort]
        /// The table of these columns.
        var table: Table
        /// Whether columns are out of sight on the right.
        var hidesMore: Bool
    }

    static func shown(_ view: FleetState, in rect: Rect) -> Shown {
        let scrolled = min(max(0, view.list.left), scrollMax)
        let sorts: [FleetSort] =
            rect.columns < wordsMin && scrolled == 0
            ? [.state, .goal, .run] : pinned + scrolling.dropFirst(scrolled)
        var columns = sorts.map(column)
        if rect.columns < wordsMin { columns[0] = TableColumn(" ", width: 1, priority: 20) }
        if scrolled > 0 {
            // What was scrolled to comes first, whatever matters most elsewhere.
            for index in columns.indices.dropFirst(pinned.count) { columns[index].priority = 8 - index }
            columns[0].priority = 20
            columns[1].priority = 19
        }
        var table = Table(columns: columns)
        if let place = sorts.firstIndex(of: view.sort) {
            table.sort = (place, view.isReversed == view.sort.isDescending)
        }
        let hidden = table.widths(in: rect).contains(0)
        return Shown(sorts: sorts, table: table, hidesMore: hidden && scrolled < scrollMax)
    }

    private static func column(_ sort: FleetSort) -> TableColumn {
        let title = sort.heading ?? ""
        return switch sort {
        case .needs, .state: TableColumn("STATE", width: 8, priority: 10)
        case .run: TableColumn(title, width: 6, priority: 8)
        case .role: TableColumn(title, min: 10, max: 12, weight: 0, priority: 2)
        case .goal: TableColumn(title, min: 14, max: 72, weight: 5, priority: 9)
        case .node: TableColumn(title, min: 10, max: 14, weight: 0, priority: 5)
        case .step: TableColumn(title, width: 5, priority: 4, alignment: .right)
        case .time: TableColumn(title, width: 6, priority: 7, alignment: .right)
        case .tokens: TableColumn(title, width: 6, priority: 3, alignment: .right)
        case .cost: TableColumn(title, width: 6, priority: 1, alignment: .right)
        case .activity: TableColumn(title, min: 10, max: 64, weight: 2, priority: 6)
        }
    }

    // MARK: Rows

    /// The row of a run.
    static func row(_ row: FleetRow, _ shown: Shown, _ state: AppState, _ look: Look) -> Table.Row {
        guard let place = row.place, state.fleet.runs.indices.contains(place) else {
            return heading(row, shown, state, look)
        }
        let cells = RunCells(row, state.fleet.runs[place], state, look)
        let widths = shown.table.columns
        return Table.Row(shown.sorts.indices.map { cells[shown.sorts[$0], widths[$0].most] })
    }

    /// The heading of a group: its name, how many runs there are, and what they come to.
    private static func heading(_ row: FleetRow, _ shown: Shown, _ state: AppState, _ look: Look)
        -> Table.Row
    {
        guard let key = row.group else { return Table.Row([]) }
        let sum = state.fleetView.rows.sum(of: key)
        return Table.Row(
            shown.sorts.map { sort in
                switch sort {
                case .tokens:
                    StyledLine(sum.spent.tokens > 0 ? Amounts.short(sum.spent.tokens) : look.none, look[.dim])
                case .cost:
                    StyledLine(
                        sum.spent.microdollars > 0 ? Amounts.money(sum.spent.microdollars) : look.none,
                        look[.dim]
                    )
                default: StyledLine([])
                }
            }
        )
    }

    /// The name of a group and how its runs stand, drawn over the columns in front of the amounts.
    static func groupLine(_ key: RunKey, isFolded: Bool, _ state: AppState, _ look: Look) -> StyledLine {
        let sum = state.fleetView.rows.sum(of: key)
        let none = "no \(state.fleetView.grouping.rawValue)"
        let sign = isFolded ? look.glyphs.pick("▸", ">") : look.glyphs.pick("▾", "v")
        var line = StyledLine("\(sign) ", look[.border])
        line.append(key.text.isEmpty ? none : key.text, look[.title])
        line.append("  \(AppState.count(sum.runs, "run"))", look[.dim])
        func add(_ mark: RunMark, _ count: Int, _ style: Style) {
            guard count > 0 else { return }
            line.append("   ")
            line.spans.append(look.sign(mark))
            line.append(" \(Amounts.grouped(count))", style)
        }
        add(.needsPerson, sum.needing, look[.statusNeedsPerson])
        add(.running, sum.running, .plain)
        add(.failed, sum.failed, .plain)
        return line
    }
}

/// What stands in the cells of one run, made as they are asked for.
private struct RunCells {
    private let row: FleetRow
    private let run: RunState
    private let state: AppState
    private let look: Look
    private let standing: RunStanding
    private let isOld: Bool

    init(_ row: FleetRow, _ run: RunState, _ state: AppState, _ look: Look) {
        (self.row, self.run, self.state, self.look) = (row, run, state, look)
        standing = state.standing(of: run)
        isOld =
            run.status == .cancelled
            || run.status == .completed && state.moment - run.statusSince >= .seconds(60)
    }

    private var text: Style { isOld ? look[.dim] : .plain }

    subscript(_ sort: FleetSort, most: Int) -> StyledLine {
        let spent = run.budget.spent
        switch sort {
        case .needs, .state:
            let mark = isOld ? ThemeRole.dim : standing.mark.role
            let isLoud = standing.mark == .needsPerson || standing.mark == .inDoubt
            let sign = look.sign(standing.mark, role: mark)
            guard most > 1 else { return StyledLine([sign]) }
            return StyledLine([sign, .init(" " + standing.word, isLoud ? look[mark] : text)])
        case .run: return StyledLine(run.id.short, isOld ? text : look[.code])
        case .role: return StyledLine(run.role.firstLine, text)
        case .goal: return goal
        case .node: return StyledLine(node, run.status.isTerminal ? look[.dim] : text)
        case .step: return StyledLine(steps, text)
        case .time: return StyledLine(time, text)
        case .tokens:
            return StyledLine(spent.tokens > 0 ? Amounts.short(spent.tokens) : look.none, look[.dim])
        case .cost:
            return StyledLine(
                spent.microdollars > 0 ? Amounts.money(spent.microdollars) : look.none,
                look[.dim]
            )
        case .activity: return last
        }
    }

    private var goal: StyledLine {
        var line = StyledLine([])
        if !row.branches.isEmpty {
            line.append(BranchText.of(row.branches, columns: 24, look) + " ", look[.border])
        }
        if row.fold == .closed { line.append("\(look.into) ", look[.accent]) }
        guard let goal = run.goal else {
            line.append(look.none, look[.dim])
            return line
        }
        line.spans.append(look.words(state.words[goal], style: text))
        return line
    }

    private var node: String {
        if run.status.isTerminal { return "end" }
        guard let node = run.activations.last?.node ?? run.entries.first?.node else { return "" }
        return run.activations.count > 1 ? "\(node.firstLine) +\(run.activations.count - 1)" : node.firstLine
    }

    private var steps: String {
        let steps = run.plan.steps
        guard !steps.isEmpty else { return look.none }
        let active = steps.contains { $0.state == .active } ? 1 : 0
        return "\(min(run.plan.finished + active, steps.count))/\(steps.count)"
    }

    /// How long a person is waited for, or how long the run has gone on or took.
    private var time: String {
        if let waiting = run.waiting, run.isWaitedFor {
            return Amounts.wait(state.moment - waiting.since)
        }
        let end = run.status.isTerminal ? run.statusSince : max(run.lastAt, state.moment)
        return Amounts.time(end - run.startedAt)
    }

    /// The activity, or for an ended run the reason in words.
    private var last: StyledLine {
        guard run.status.isTerminal else {
            let values = state.activity[run.id]?.values ?? []
            let text = Sparkline.text(values, columns: 10, glyphs: look.glyphs)
            return StyledLine(text, look[run.waiting == nil ? .accent : .dim])
        }
        let style = look[run.status == .failed ? .bad : .dim]
        if let outcome = run.outcome {
            return StyledLine([
                look.gist(state.words[outcome], of: run.goal.flatMap { state.words[$0] }, style: style)
            ])
        }
        return StyledLine(run.reasonWords.firstLine, style)
    }
}

extension RunState {
    /// Whether nothing goes on before a person does something: its times are told in minutes, and nothing ticks.
    var isWaitedFor: Bool { waiting.map { $0.reason.needsPerson || $0.reason == .pause } ?? false }
}
