import SomaCore
import SomaTerminal

/// The lines above a comparison: who is compared, what both came to, and where they part.
enum CompareHead {
    static func draw(
        _ left: RunID,
        _ right: RunID,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let middle = CompareLine.middle(rect)
        let first = CompareView.isNarrow(rect) ? rect : rect.part(columns: middle)
        let second = CompareView.isNarrow(rect) ? rect.part(row: 1) : rect.part(column: middle + 3)
        look.draw(name(left, other: right, state, look), on: &canvas, in: first)
        if rect.rows > 1 || !CompareView.isNarrow(rect) {
            look.draw(name(right, other: left, state, look), on: &canvas, in: second)
        }
        guard rect.rows >= 3 else {
            if rect.rows == 2, !CompareView.isNarrow(rect) {
                look.draw(divergence(state, look), on: &canvas, in: rect.part(row: 1))
            }
            return
        }
        if !CompareView.isNarrow(rect) {
            look.draw(totals(left, than: nil, state, look), on: &canvas, in: first.part(row: 1))
            look.draw(totals(right, than: left, state, look), on: &canvas, in: second.part(row: 1))
        }
        look.draw(divergence(state, look), on: &canvas, in: rect.part(row: 2))
        guard rect.rows > 3 else { return }
        canvas.rule(
            row: rect.row + 3,
            columns: rect.column..<rect.endColumn,
            style: look[.border],
            glyphs: look.glyphs
        )
    }

    private static func name(_ id: RunID, other: RunID, _ state: AppState, _ look: Look) -> StyledLine {
        guard let run = state.fleet[id] else { return StyledLine(id.short, look[.dim]) }
        var line = StyledLine([
            look.sign(state.standing(of: run).mark), .init(" "), .init(id.short, look[.code]), .init(" "),
        ])
        if let origin = run.origin {
            line.append("forked from \(origin.run.short) at \(origin.seq)  ", look[.dim])
        }
        if let goal = run.goal { line.spans.append(look.words(state.words[goal], style: look[.title])) }
        return line
    }

    private static func totals(_ id: RunID, than other: RunID?, _ state: AppState, _ look: Look) -> StyledLine
    {
        let view = state.compareView
        guard let run = state.fleet[id] else { return StyledLine([]) }
        let base = other.flatMap { state.fleet[$0] }
        var line = StyledLine([])
        func add(_ text: String, _ delta: Int, _ shown: String) {
            if !line.spans.isEmpty { line.append(look.dot, look[.border]) }
            line.append(text, look[.dim])
            guard base != nil, delta != 0 else { return }
            line.append(" \(delta > 0 ? "+" : "-")\(shown)", look[.warning])
        }
        let steps = other == nil ? view.comparison.left.count : view.comparison.right.count
        let more = steps - view.comparison.left.count
        add("\(Amounts.grouped(steps)) steps", more, Amounts.grouped(abs(more)))
        let took = run.lastAt - run.startedAt
        let longer = base.map { (took - ($0.lastAt - $0.startedAt)).microseconds } ?? 0
        add(
            Amounts.span(took.microseconds),
            longer / 1_000_000 == 0 ? 0 : Int(longer),
            Amounts.span(abs(longer))
        )
        let spent = run.budget.spent
        let tokens = spent.tokens - (base?.budget.spent.tokens ?? 0)
        add("\(Amounts.short(spent.tokens)) tokens", tokens, Amounts.short(abs(tokens)))
        let money = spent.microdollars - (base?.budget.spent.microdollars ?? 0)
        add(Amounts.money(spent.microdollars), money, Amounts.money(abs(money)))
        return line
    }

    /// Where the two part, and by what.
    private static func divergence(_ state: AppState, _ look: Look) -> StyledLine {
        let view = state.compareView
        guard view.arranged != nil else { return StyledLine([]) }
        guard let first = view.first else {
            let words = view.comparison.rows.isEmpty ? "" : "the same by \(view.level.words)"
            return StyledLine(words, look[.good])
        }
        let row = view.comparison.rows[first]
        let by = CompareDetail.names(row.difference.intersection(view.level.difference))
        return StyledLine([
            .init("they part at step \(Amounts.grouped(first + 1))", look[.warning]), .init(" by \(by)"),
            .init(look.dot, look[.border]),
            .init("\(Amounts.grouped(view.differences)) \(CompareView.noun(view.differences))", look[.dim]),
            .init(" by \(view.level.words)", look[.dim]),
        ])
    }
}
