import SomaCore
import SomaTerminal

/// What stands beside the graph: the steps with their criteria, the selected node's visits, what is going on now, the
/// children, the last thing that went wrong, and what the run has done in numbers.
enum PlanPanels {
    private struct Section {
        var title: String
        var lines: [StyledLine]
        /// The most lines of it.
        var most: Int
    }

    static func draw(
        _ run: RunState,
        _ state: AppState,
        _ marks: PlanMarks?,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        var sections: [Section] = []
        if let node = NodeVisits(run, state, marks) {
            sections.append(Section(title: node.title, lines: node.lines(state, look), most: 10))
        }
        sections += [
            Section(title: "NOW", lines: now(run, state, look), most: 5),
            Section(title: "CHILDREN", lines: children(run, state, look), most: 8),
            Section(title: "LAST", lines: last(state, look), most: 3),
            Section(title: "CONTEXT", lines: PlanContext.lines(run, look), most: 6),
        ]
        sections.removeAll { $0.lines.isEmpty }
        let below = sections.prefix(2).reduce(0) { $0 + min($1.lines.count, $1.most) + 2 }
        // The steps have what the two most important sections leave, and never less than a third.
        let stepRows = max(min(rect.rows, max(4, rect.rows / 3)), rect.rows - below)
        var row = PlanSteps.draw(run, state, on: &canvas, in: rect.part(rows: stepRows), look)
        for section in sections where row + 2 < rect.rows {
            row += 1
            look.draw(StyledLine(section.title, look[.heading]), on: &canvas, in: rect.line(row))
            row += 1
            let room = min(section.most, rect.rows - row)
            let isCut = section.lines.count > room
            for line in section.lines.prefix(isCut ? max(1, room - 1) : room) {
                look.draw(line, on: &canvas, in: rect.line(row))
                row += 1
            }
            guard isCut, row < rect.rows else { continue }
            let rest = section.lines.count - max(1, room - 1)
            look.draw(StyledLine("  \(rest) more", look[.dim]), on: &canvas, in: rect.line(row))
            row += 1
        }
    }

    /// How many rows the steps and a line or two about what goes on would like.
    static func rowsWanted(_ run: RunState, _ state: AppState) -> Int {
        let steps = max(1, run.plan.steps.count) + 1
        return state.planView.selected == nil ? steps + (run.status.isTerminal ? 0 : 4) : steps + 6
    }

    // MARK: Now

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
                var line = StyledLine([.init("  " + request.name.firstLine + " ", look[.code])])
                if request.attempt > 1 { line.append("try \(request.attempt) ", look[.warning]) }
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

/// A node's visits: when, how long, and what came of each.
private struct NodeVisits {
    let title: String
    private let visits: [PlanTrail.Visit]
    private let isLoaded: Bool

    /// The visits of the selected node; `nil` where none is.
    init?(_ run: RunState, _ state: AppState, _ marks: PlanMarks?) {
        guard let node = state.planView.selected else { return nil }
        let count = run.visits.first { $0.node == node }?.count ?? 0
        title = "NODE \(node.firstLine)" + (count > 0 ? ", \(count) \(count == 1 ? "visit" : "visits")" : "")
        visits = state.planView.trail.visits(to: node, upTo: run.seq, count: 40)
        isLoaded = count == 0 || !visits.isEmpty
    }

    func lines(_ state: AppState, _ look: Look) -> [StyledLine] {
        guard isLoaded else { return [StyledLine("loading", look[.dim])] }
        guard !visits.isEmpty else { return [StyledLine("not visited yet", look[.dim])] }
        return visits.map { visit in
            var line = StyledLine(state.clock.time(visit.enteredAt), look[.dim])
            let end = visit.leftAt.map { Amounts.span(($0 - visit.enteredAt).microseconds) } ?? "now"
            line.append("  " + String(repeating: " ", count: max(0, 6 - end.count)) + end + "  ")
            if visit.isRejected { line.append("\(RunMark.failed.sign(look.glyphs)) ", look[.bad]) }
            if visit.leftSeq == nil {
                line.append(visit.calls.last?.firstLine ?? "", look[.code])
            } else {
                line.append(visit.outcome.firstLine, look[visit.isRejected ? .bad : .text])
                let next = visit.next.filter { $0 != Graph.end }.map(\.firstLine).joined(separator: ", ")
                if !next.isEmpty { line.append(" \(look.arrow) \(next)", look[.dim]) }
            }
            if visit.retries > 0 { line.append("  \(look.again)\(visit.retries)", look[.warning]) }
            return line
        }
    }
}

/// What a run has done so far, in numbers.
private enum PlanContext {
    static func lines(_ run: RunState, _ look: Look) -> [StyledLine] {
        let counts = run.counts
        var lines: [StyledLine] = []
        func add(_ name: String, _ parts: [(Int, String)]) {
            let said = parts.filter { $0.0 > 0 }
            guard !said.isEmpty else { return }
            let padded = name + String(repeating: " ", count: max(1, 10 - name.count))
            let text = said.map { "\(Amounts.grouped($0.0)) \($0.1)" }.joined(separator: look.dot)
            lines.append(StyledLine([.init(padded, look[.dim]), .init(text)]))
        }
        add(
            "effects",
            [
                (counts.effectsSucceeded, "ok"), (counts.effectsFailed, "failed"),
                (counts.retries, "tried again"),
            ]
        )
        add("verdicts", [(counts.accepted, "accepted"), (counts.rejected, "rejected")])
        add("plans", [(counts.replans, "made anew")])
        add("facts", [(counts.facts, "observed")])
        add("questions", [(counts.questions, "to a person")])
        add("nodes", [(run.visits.reduce(0) { $0 + $1.count }, "entered")])
        return lines
    }
}
