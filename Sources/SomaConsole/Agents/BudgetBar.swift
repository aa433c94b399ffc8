import SomaCore
import SomaTerminal

/// A budget as a bar: what is spent, what is set aside for what is under way, what is left of the tightest limit.
struct BudgetBar: Sendable, Hashable {
    /// What is spent, from 0 to 1.
    var spent: Double
    /// What is spent or set aside, from 0 to 1.
    var used: Double
    /// The limit that is nearest: `tokens`, `cost`, `steps` or `time`.
    var limit: String

    /// The tightest limit of a run; `nil` where it has none.
    init?(_ run: RunState, at moment: Timestamp) {
        let budget = run.budget
        var parts: [BudgetBar] = []
        func add(_ name: String, _ limit: Int?, _ spent: Int, _ reserved: Int) {
            guard let limit else { return }
            func share(_ amount: Int) -> Double {
                limit <= 0 ? 1 : min(1, max(0, Double(amount) / Double(limit)))
            }
            let used = spent.addingClamped(reserved)
            parts.append(BudgetBar(spent: share(spent), used: share(used), limit: name))
        }
        add("tokens", budget.limits.tokens, budget.spent.tokens, budget.reserved.tokens)
        add("cost", budget.limits.microdollars, budget.spent.microdollars, budget.reserved.microdollars)
        add("steps", budget.limits.steps, budget.spent.steps, budget.reserved.steps)
        add("time", budget.limits.seconds, Int(clamping: run.worked(at: moment).components.seconds), 0)
        guard let tightest = parts.max(by: { $0.used < $1.used }) else { return nil }
        self = tightest
    }

    private init(spent: Double, used: Double, limit: String) {
        (self.spent, self.used, self.limit) = (spent, used, limit)
    }

    /// The share that is used, in whole percent; all of it only where nothing is left.
    var percent: Int { used >= 1 ? 100 : min(99, Int((used * 100).rounded())) }

    /// The bar and the percentage.
    /// - Parameters:
    ///   - columns: Columns of the bar with its ends; what is left of them is for the number.
    ///   - look: Styles.
    func line(columns: Int, _ look: Look) -> StyledLine {
        let inner = max(1, columns - 2)
        // Something that is there is never drawn as nothing, and something left never as all.
        func cells(_ share: Double) -> Int {
            if share <= 0 { return 0 }
            if share >= 1 { return inner }
            return min(max(1, Int((share * Double(inner)).rounded())), max(1, inner - 1))
        }
        let full = cells(spent)
        let aside = max(0, cells(used) - full)
        let style = look[used >= 1 ? .bad : used >= 0.9 ? .warning : .gauge]
        let glyphs = look.glyphs
        func text(_ glyph: Character, _ count: Int) -> String { String(repeating: glyph, count: count) }
        var line = StyledLine([
            .init(String(glyphs.pick("▕", "[")), look[.gaugeEmpty]),
            .init(text(glyphs.pick("█", "#"), full), style),
            .init(text(glyphs.pick("▒", "="), aside), style),
            .init(text(glyphs.pick("░", "."), inner - full - aside), look[.gaugeEmpty]),
            .init(String(glyphs.pick("▏", "]")), look[.gaugeEmpty]),
        ])
        let number = "\(percent) %"
        line.append(
            String(repeating: " ", count: max(1, 6 - number.count)) + number,
            used >= 0.9 ? style : look[.dim]
        )
        return line
    }
}
