import SomaCore
import SomaTerminal

/// What waits for a person, across all runs: a list in the order in which it should be answered, and all that is
/// known of the selected entry.
enum ApprovalsView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.approvalsView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.approvalsView.typed.trouble }
    static let hints = [
        "app.help", "approvals.open", "steer.approve", "steer.reject", "steer.edit", "app.needs",
        "app.filter",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeApprovals() }

    static func selectedRun(_ state: AppState) -> RunID? { state.approvalsView.selected?.run }

    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let open = state.approvalsView.rows.count { $0.closing == nil }
        return (open, state.inbox.openCount)
    }

    static func noun(_ count: Int) -> String { count == 1 ? "question" : "questions" }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        var ids: [ContentID?] = []
        for entry in inSight(state) {
            ids.append(entry.need.arguments)
            if case .budget = entry.need.id.matter { ids.append(state.fleet[entry.id.run]?.goal) }
        }
        if let entry = state.approvalsView.selectedEntry, let run = state.fleet[entry.id.run] {
            ids += ApprovalCard.words(of: entry.need, run, state)
        }
        return ids
    }

    private static func inSight(_ state: AppState) -> ArraySlice<Inbox.Entry> {
        let rows = state.approvalsView.rows
        let top = min(state.approvalsView.list.top, rows.count)
        let visible = ApprovalsLayout(FrameLayout(state).body).rows
        return rows[top..<min(rows.count, top + visible)]
    }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let layout = ApprovalsLayout(rect)
        if mouse.wheelRows != 0 {
            let isCard = layout.card.contains(mouse.point)
            let message: ApprovalsMessage =
                isCard ? .scrolled(mouse.wheelRows > 0 ? 1 : -1) : .moved(.rows(mouse.wheelRows))
            return state.update(approvals: message)
        }
        guard mouse.action == .press else { return [] }
        let row = Table(columns: columns).row(
            at: mouse.point,
            in: layout.list.part(column: 1),
            state: state.approvalsView.list,
            count: state.approvalsView.rows.count
        )
        return row.map { state.update(approvals: .selected($0)) } ?? []
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !state.approvalsView.rows.isEmpty else { return drawEmpty(state, on: &canvas, in: rect, look) }
        let layout = ApprovalsLayout(rect)
        drawList(state, on: &canvas, in: layout.list.part(column: 1), look)
        if !layout.rule.isEmpty {
            let columns = layout.rule.column + 1..<max(layout.rule.column + 1, layout.rule.endColumn - 1)
            canvas.rule(row: layout.rule.row, columns: columns, style: look[.border], glyphs: look.glyphs)
        }
        if !layout.divider.isEmpty {
            canvas.rule(
                column: layout.divider.column,
                rows: layout.divider.row..<layout.divider.endRow,
                style: look[.border],
                glyphs: look.glyphs
            )
        }
        ApprovalCardView.draw(state, on: &canvas, in: layout.card, look)
    }

    private static func drawEmpty(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let inner = rect.inset(columns: rect.columns >= 60 ? 3 : 1).part(row: rect.rows > 4 ? 1 : 0)
        guard state.approvalsView.filter.isEmpty || state.inbox.openCount == 0 else {
            let text = "No question matches. esc shows all again."
            return look.draw(StyledLine(text, look[.dim]), on: &canvas, in: inner)
        }
        let lines = [
            StyledLine([look.sign(.done), .init(" Nobody needs you.")]), StyledLine(""),
            StyledLine("Calls to approve, questions, doubts and used-up budgets of all runs", look[.dim]),
            StyledLine("come here, the most urgent first. ! brings you here from anywhere.", look[.dim]),
        ]
        for (row, line) in lines.enumerated().prefix(inner.rows) {
            look.draw(line, on: &canvas, in: inner.line(row))
        }
    }

    private static let columns = [
        TableColumn(" ", width: 1, priority: 10), TableColumn("RUN", width: 6, priority: 8),
        TableColumn("ROLE", min: 10, max: 12, weight: 0, priority: 4),
        TableColumn("WANTS", min: 12, max: 120, weight: 1, priority: 9),
        TableColumn("BLOCKS", width: 6, priority: 5, alignment: .right),
        TableColumn("WAITS", width: 5, priority: 7, alignment: .right),
    ]

    private static func drawList(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let rows = state.approvalsView.rows
        var table = Table(columns: columns)
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: state.approvalsView.list,
            count: rows.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { row(rows[$0], state, look) }
    }

    private static func row(_ entry: Inbox.Entry, _ state: AppState, _ look: Look) -> Table.Row {
        let need = entry.need
        let role = state.fleet[entry.id.run]?.role.firstLine ?? ""
        if let closing = entry.closing {
            let text = NeedWords.closed(closing, state.clock)
            return Table.Row([
                look.sign(.done, role: .dim).line, StyledLine(entry.id.run.short, look[.dim]),
                StyledLine(role, look[.dim]), StyledLine(text, look[.dim]), StyledLine(""), StyledLine(""),
            ])
        }
        let blocked = entry.rank.blocked
        return Table.Row([
            look.sign(need.mark).line, StyledLine(entry.id.run.short, look[.code]), StyledLine(role),
            wants(need, state, look), StyledLine(blocked > 0 ? "\(blocked)" : look.none, look[.dim]),
            StyledLine(Amounts.wait(state.moment - need.since)),
        ])
    }

    private static func wants(_ need: Need, _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        switch need.id.matter {
        case .approval: line.append(need.name.firstLine + " ", look[.code])
        case .doubt: line.append("did \(need.name.firstLine) happen? ", look[.statusInDoubt])
        case .words: break
        case .budget:
            line.append("more \(NeedWords.limit(need)): ", look[.statusNeedsPerson])
            line.spans.append(look.words(state.fleet[need.id.run]?.goal.flatMap { state.words[$0] }))
        }
        if let arguments = need.arguments {
            let words = look.words(state.words[arguments])
            let text = state.words[arguments]?.text.map { ArgumentLine.text($0) } ?? words.text
            line.append(text, words.style)
        }
        return line
    }
}

extension Need {
    /// How it looks.
    var mark: RunMark {
        if case .doubt = id.matter { return .inDoubt }
        return .needsPerson
    }
}

extension StyledLine.Span {
    fileprivate var line: StyledLine { StyledLine([self]) }
}
