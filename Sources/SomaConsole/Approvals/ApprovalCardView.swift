import SomaCore
import SomaTerminal

/// All that is known of the selected need: who asks and for how long, the exact call, why, at what risk, what each
/// answer does, and the keys.
enum ApprovalCardView {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard let entry = state.approvalsView.selectedEntry, !rect.isEmpty else { return }
        let card = state.approvalsView.card
        drawHead(entry, state, on: &canvas, in: rect.line(0), look)
        let parts = card.parts(in: rect)
        let top = state.approvalsView.cardTop
        var row = 1
        for line in card.arguments.dropFirst(top).prefix(parts.arguments) {
            look.draw(line.styled(look.theme), on: &canvas, in: rect.line(row).inset(columns: 1))
            row += 1
        }
        if parts.arguments < parts.count, row < rect.rows {
            let below = parts.count - parts.arguments - top
            let above = top > 0 ? "\(top) above" : ""
            let more = [above, below > 0 ? "\(below) more lines" : ""].filter { !$0.isEmpty }
            let text = more.joined(separator: ", ") + "  ctrl+d ctrl+u scroll"
            look.draw(StyledLine(text, look[.dim]), on: &canvas, in: rect.line(row).inset(columns: 1))
            row += 1
        }
        // A line of air where there is room for it.
        if rect.rows - 1 - row > parts.facts { row += 1 }
        for line in card.facts.prefix(max(0, min(parts.facts, rect.rows - 1 - row))) {
            look.draw(line.styled(look.theme), on: &canvas, in: rect.line(row).inset(columns: 1))
            row += 1
        }
        guard rect.rows > 1 else { return }
        let last = min(rect.rows - 1, row + (rect.rows - 1 > row ? 1 : 0))
        if let closing = entry.closing {
            let text = NeedWords.closed(closing, state.clock)
            return look.draw(StyledLine(text, look[.dim]), on: &canvas, in: rect.line(last).inset(columns: 1))
        }
        look.draw(keys(state, look), on: &canvas, in: rect.line(last).inset(columns: 1))
    }

    private static func drawHead(
        _ entry: Inbox.Entry,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let need = entry.need
        let open = state.approvalsView.rows.filter { $0.closing == nil }
        let place = open.firstIndex { $0.id == entry.id }.map { "\($0 + 1) of \(open.count)" } ?? ""
        let role = state.fleet[entry.id.run]?.role.firstLine ?? ""
        let isOpen = entry.closing == nil
        let wait = isOpen ? self.wait(entry, state, look, columns: rect.columns) : StyledLine([])
        var line = StyledLine([look.sign(isOpen ? need.mark : .done, role: isOpen ? nil : .dim)])
        if !place.isEmpty { line.append(" \(place)", look[.dim]) }
        line.append("  \(role) ")
        line.append(entry.id.run.short, look[.code])
        line.append(" " + NeedWords.wants(need), look[isOpen ? .title : .dim])
        let room = max(0, rect.columns - wait.columns - (wait.columns > 0 ? 2 : 0))
        look.draw(line, on: &canvas, in: rect.part(columns: room))
        look.draw(wait, on: &canvas, in: rect.part(column: rect.columns - wait.columns))
    }

    /// How long it waits, what it blocks, and what the waiting costs; as much of it as there is room for.
    private static func wait(_ entry: Inbox.Entry, _ state: AppState, _ look: Look, columns: Int)
        -> StyledLine
    {
        let age = Amounts.wait(state.moment - entry.need.since)
        var parts = ["waits \(age)"]
        if entry.rank.blocked > 0 { parts.append("blocks \(entry.rank.blocked)") }
        if columns >= 100 {
            let clocks = entry.rank.clocks
            parts.append(
                clocks == 0
                    ? "costs nothing while it waits"
                    : "the time of \(clocks) above it \(clocks == 1 ? "runs" : "run") on"
            )
        }
        guard columns >= 48 else { return StyledLine(age, look[.dim]) }
        return StyledLine(parts.joined(separator: look.dot), look[.dim])
    }

    /// The keys that answer, then the others that act on the run.
    private static func keys(_ state: AppState, _ look: Look) -> StyledLine {
        guard !state.connection.isLost else {
            return StyledLine("the daemon is away: nothing can be answered now", look[.dim])
        }
        var line = StyledLine([])
        let table = KeyMap.table(for: state)
        let names = [
            "steer.approve", "steer.reject", "steer.edit", "steer.settle", "approvals.open", "steer.cancel",
        ]
        for name in names {
            guard let binding = table.bindings.first(where: { $0.name == name }), binding.isEnabled,
                let key = binding.keys.first
            else { continue }
            line.append(key.description, look[.key])
            line.append(" " + binding.title + "   ", look[.dim])
        }
        return line
    }
}
