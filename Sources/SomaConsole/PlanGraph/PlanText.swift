import SomaCore
import SomaTerminal

/// A plan as plain text: an indented list in words, for copying and for screen readers. No character of it is there
/// for its shape.
enum PlanText {
    /// The graph with what the run did in it, then the steps.
    static func text(_ run: RunState, _ shape: PlanShape, _ state: AppState) -> String {
        let marks = PlanMarks(
            run,
            shape,
            state.planView.trail,
            mark: state.standing(of: run).mark,
            moment: state.walked?.run == run.id ? run.lastAt : state.moment,
            isWalking: false
        )
        var lines: [String] = []
        if let goal = run.goal.flatMap({ state.words[$0]?.text }) { lines.append(goal.firstLine) }
        lines.append("\(run.role.firstLine) \(run.id.rawValue), \(state.standing(of: run).word)")
        lines += self.lines(shape, marks)
        lines += steps(run, state)
        return lines.map { SafeText.line($0) }.joined(separator: "\n") + "\n"
    }

    /// A line for each node, and one below it for each link that doesn't simply lead to the next.
    static func lines(_ shape: PlanShape, _ marks: PlanMarks?) -> [String] {
        var lines: [String] = []
        for (place, node) in shape.nodes.enumerated() {
            let indent = String(repeating: "  ", count: node.depth)
            var parts = [node.name.firstLine]
            if let marks {
                parts.append(word(marks.nodes[place].stage))
                let visits = marks.nodes[place].visits
                if visits > 0 { parts.append(visits == 1 ? "1 visit" : "\(visits) visits") }
                let time = marks.time(place)
                if !time.isEmpty { parts.append(time) }
            }
            lines.append(indent + "- " + parts.joined(separator: ", "))
            for index in shape.links(from: place) {
                let link = shape.links[index]
                guard !(link.isMain && link.to == place + 1) else { continue }
                let way = link.to == place ? "again" : link.to < place ? "back to" : "to"
                var text = link.words.isEmpty ? way : "\(link.words): \(way)"
                if link.to != place { text += " \(shape.nodes[link.to].name.firstLine)" }
                if let taken = marks?.links[index] {
                    if taken.passes > 0 { text += ", \(times(taken.passes))" }
                    if taken.rejections > 0 { text += ", rejected \(times(taken.rejections))" }
                    if taken.passes == 0 { text += ", not taken" }
                }
                lines.append(indent + "    " + text)
            }
        }
        return lines
    }

    private static func steps(_ run: RunState, _ state: AppState) -> [String] {
        guard !run.plan.steps.isEmpty else { return [] }
        let texts = run.plan.words.flatMap { state.words[$0]?.text }.map { PlanWords.steps($0) } ?? []
        return ["Steps:"]
            + run.plan.steps.enumerated().map { index, step in
                let text = texts.indices.contains(index) ? texts[index] : nil
                var line = "\(index + 1). \(step.state.rawValue): \(text?.title ?? step.name.firstLine)"
                if step.tries > 1 { line += ", tried \(times(step.tries))" }
                if let criterion = text?.criterion, !criterion.isEmpty { line += " (until \(criterion))" }
                return line
            }
    }

    private static func times(_ count: Int) -> String {
        switch count {
        case 1: "once"
        case 2: "twice"
        default: "\(count) times"
        }
    }

    private static func word(_ stage: PlanMarks.Stage) -> String {
        switch stage {
        case .future: "ahead"
        case .done: "done"
        case .plain: ""
        case .current(let mark): mark.word
        case .ended(let mark): "\(mark.word) here"
        }
    }
}

extension RunMark {
    /// The mark in words.
    fileprivate var word: String {
        switch self {
        case .running: "running"
        case .needsPerson: "waiting for you"
        case .waiting: "waiting"
        case .done: "done"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .inDoubt: "in doubt"
        case .stale: "silent"
        case .unknown: "unknown"
        }
    }
}
