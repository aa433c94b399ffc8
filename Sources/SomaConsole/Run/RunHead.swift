import SomaCore
import SomaTerminal

/// The line above a run's views: goal, role, budget.
enum RunHead {
    static func line(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([.init(run.id.short, look[.code]), .init("  ")])
        if let goal = run.goal {
            line.spans.append(look.words(state.words[goal], style: look[.title]))
        }
        line.append("  " + run.role.firstLine, look[.dim])
        let spent = run.budget.spent
        if let share = run.budget.fractionUsed {
            line.append(look.dot + "budget ", look[.dim])
            let role: ThemeRole = share >= 0.9 ? .warning : .gauge
            line.spans +=
                Gauge.line(share, columns: 10, theme: look.theme, style: look[role], glyphs: look.glyphs)
                .spans
            line.append(" \(Int((share * 100).rounded())) %")
        }
        if spent.tokens > 0 { line.append(look.dot + "\(Amounts.short(spent.tokens)) tokens", look[.dim]) }
        if spent.microdollars > 0 { line.append(look.dot + Amounts.money(spent.microdollars), look[.dim]) }
        return line
    }
}
