import SomaCore
import SomaTerminal

/// What stands beside the graph: the steps with their criteria, what is going on now, the children, and the last
/// thing that went wrong.
enum PlanPanels {
    static func draw(_ run: RunState, _ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look)
    {
        let sections: [(title: String, lines: [StyledLine], least: Int)] = [
            ("NOW", now(run, state, look), 2),
            ("CHILDREN", children(run, state, look), 2),
            ("LAST", last(state, look), 1),
        ].filter { !$0.1.isEmpty }
        let below = sections.reduce(0) { $0 + min($1.lines.count, 5) + 2 }
        let stepRows = max(min(6, rect.rows), rect.rows - below)
        var row = drawSteps(run, state, on: &canvas, in: rect.part(rows: stepRows), look)
        for section in sections where row + 2 < rect.rows {
            row += 1
            look.draw(StyledLine(section.title, look[.heading]), on: &canvas, in: rect.line(row))
            row += 1
            for line in section.lines.prefix(section.title == "CHILDREN" ? 8 : 5) where row < rect.rows {
                look.draw(line, on: &canvas, in: rect.line(row))
                row += 1
            }
        }
    }

    private static func drawSteps(
        _ run: RunState,
        _ state: AppState,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) -> Int {
        let steps = run.plan.steps
        let hasCriteria = rect.columns >= 56
        let split = hasCriteria ? rect.columns * 3 / 5 : rect.columns
        look.draw(
            StyledLine(
                run.plan.revision > 1 ? "STEPS, revision \(run.plan.revision)" : "STEPS",
                look[.heading]
            ),
            on: &canvas,
            in: rect.part(columns: split, rows: 1)
        )
        guard !steps.isEmpty else {
            look.draw(StyledLine("no plan yet", look[.dim]), on: &canvas, in: rect.line(1))
            return 2
        }
        if hasCriteria {
            look.draw(
                StyledLine("CRITERION", look[.heading]),
                on: &canvas,
                in: rect.part(column: split + 1, rows: 1)
            )
        }
        let words = run.plan.words.flatMap { state.words[$0] }
        let texts = words?.text.map { PlanWords.steps($0) } ?? []
        let room = rect.rows - 1
        let active = steps.firstIndex { $0.state == .active } ?? run.plan.finished
        let start = min(max(0, active - room / 2), max(0, steps.count - room))
        var line = 0
        for index in start..<steps.count where line < room {
            defer { line += 1 }
            let step = steps[index]
            let text = texts.indices.contains(index) ? texts[index] : nil
            let isAhead = step.state == .pending || step.state == .skipped
            let title = text?.title ?? (words?.placeholder ?? step.name.firstLine)
            var left = StyledLine([
                sign(step.state, look), .init(" \(index + 1) ", look[.dim]),
                .init(title, isAhead ? look[.dim] : .plain),
            ])
            if step.tries > 1 { left.append(" " + look.times(step.tries), look[.warning]) }
            look.draw(left, on: &canvas, in: rect.part(row: line + 1, columns: split, rows: 1))
            guard let criterion = text?.criterion, !criterion.isEmpty else { continue }
            if hasCriteria {
                let place = rect.part(column: split + 1, row: line + 1, rows: 1)
                look.draw(StyledLine(criterion, look[.dim]), on: &canvas, in: place)
            } else if step.state == .active, line + 1 < room {
                // Without a column of their own only the criterion that matters now is said.
                line += 1
                let words = StyledLine("    until \(criterion)", look[.dim])
                look.draw(words, on: &canvas, in: rect.line(line + 1))
            }
        }
        return 1 + line
    }

    private static func sign(_ step: Plan.StepState, _ look: Look) -> StyledLine.Span {
        switch step {
        case .pending: .init(String(look.glyphs.pick("·", "_")), look[.dim])
        case .active: look.sign(.running)
        case .done: look.sign(.done)
        case .failed: look.sign(.failed)
        case .skipped: look.sign(.cancelled)
        }
    }

    /// The node under way, what it does, and what was observed last.
    static func now(_ run: RunState, _ state: AppState, _ look: Look) -> [StyledLine] {
        guard !run.status.isTerminal else { return [] }
        var lines: [StyledLine] = []
        for activation in run.activations {
            lines.append(
                StyledLine([
                    .init(activation.node.firstLine, look[.accent]),
                    .init(look.dot + "since \(state.clock.time(activation.enteredAt))", look[.dim]),
                ])
            )
            for request in activation.requests.suffix(3) {
                var line = StyledLine([.init(request.name.firstLine + " ", look[.code])])
                if let arguments = request.arguments {
                    let words = look.words(state.words[arguments])
                    line.append(ArgumentLine.text(words.text), words.style)
                }
                lines.append(line)
            }
        }
        if let fact = state.planView.lastFact {
            lines.append(StyledLine([.init("fact  ", look[.dim]), look.words(state.words[fact])]))
        }
        return lines
    }

    private static func children(_ run: RunState, _ state: AppState, _ look: Look) -> [StyledLine] {
        state.fleet.children(of: run.id).filter { $0.startedAt <= run.lastAt }.map { child in
            let standing = state.standing(of: child)
            let end = child.status.isTerminal ? child.statusSince : max(child.lastAt, state.moment)
            var line = StyledLine([
                look.sign(standing.mark), .init(" \(child.id.short) ", look[.code]),
            ])
            if let goal = child.goal { line.spans.append(look.words(state.words[goal])) }
            line.append("  \(standing.word) \(Amounts.time(end - child.startedAt))", look[.dim])
            return line
        }
    }

    private static func last(_ state: AppState, _ look: Look) -> [StyledLine] {
        guard let trouble = state.planView.lastTrouble else { return [] }
        var line = StyledLine([look.sign(.failed), .init(" ")])
        let what: String
        switch trouble.kind {
        case .verifyJudged:
            what = trouble.body["step"]?.int.map { "rejected step \($0 + 1)" } ?? "rejected the whole"
        case .effectFinished: what = "call failed: \(trouble.body["status"]?.string?.firstLine ?? "error")"
        case .effectInDoubt: what = "in doubt"
        default: what = "failed: \(trouble.body["code"]?.string?.firstLine ?? "")"
        }
        line.append(what, look[.bad])
        line.append(" at \(state.clock.time(trouble.at))", look[.dim])
        guard
            let words = trouble.content("evidence") ?? trouble.content("result") ?? trouble.content("message")
        else { return [line] }
        let said = look.words(state.words[words])
        let text = state.words[words]?.text.map(Evidence.line) ?? said.text
        return [line, StyledLine([.init("  "), .init(text, said.style)])]
    }
}
