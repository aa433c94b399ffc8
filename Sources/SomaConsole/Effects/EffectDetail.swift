import SomaCore
import SomaTerminal

/// The lines about the selected effect: what it was asked with, what came of it, who said so, and what a resume would
/// do.
enum EffectDetail {
    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard !rect.isEmpty, let item = state.effectsView.item else { return }
        guard rect.rows >= 5 else {
            return look.draw(resume(item, state, look), on: &canvas, in: rect.part(column: 1))
        }
        var lines = [title(item, state, look)]
        lines.append(words("asked", item.arguments, state, look))
        if item.result != nil { lines.append(words("result", item.result, state, look)) }
        let facts = facts(item, look)
        if !facts.spans.isEmpty { lines.append(facts) }
        if let settled = settled(item, state, look) { lines.append(settled) }
        lines.append(resume(item, state, look))
        let room = rect.rows - 2
        for (row, line) in lines.prefix(room).enumerated() {
            look.draw(line, on: &canvas, in: rect.part(column: row == 0 ? 1 : 3, row: row + 1))
        }
        look.draw(RunLine.keys(state, look), on: &canvas, in: rect.part(column: 1, row: rect.rows - 1))
    }

    private static func title(_ item: EffectItem, _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([look.sign(item.stage.mark), .init(" ")])
        line.append(item.name.firstLine, look[.title])
        line.append(
            look.dot + (item.isModel ? "a model" : "a tool") + look.dot + item.effectClass.rawValue
                + look.dot + "key \(item.id.run.short)/\(item.id.effect)",
            look[.dim]
        )
        if !item.node.isEmpty { line.append(look.dot + "in \(item.node.firstLine)", look[.dim]) }
        let time = (item.stage.isOver ? "at " : "since ") + state.clock.time(item.since)
        line.append(look.dot + "\(item.stage.word) \(time)", look[.dim])
        return line
    }

    private static func words(_ name: String, _ id: ContentID?, _ state: AppState, _ look: Look) -> StyledLine
    {
        var line = StyledLine(name + String(repeating: " ", count: max(1, 8 - name.count)), look[.dim])
        guard let id else {
            line.append(look.none, look[.dim])
            return line
        }
        var words = look.words(state.words[id])
        if let text = state.words[id]?.text {
            words.text = Evidence(text)?.summary ?? ArgumentLine.text(text)
        }
        line.spans.append(words)
        return line
    }

    /// How it ended: the word, and what was measured.
    private static func facts(_ item: EffectItem, _ look: Look) -> StyledLine {
        guard item.stage.isOver || item.stage == .retry, !item.status.isEmpty else { return StyledLine([]) }
        var line = StyledLine("ended   ", look[.dim])
        line.append(item.status.firstLine, item.stage == .failed ? look[.bad] : .plain)
        for member in item.detail.members.prefix(6) {
            let value = member.value.string ?? member.value.text()
            line.append(look.dot, look[.border])
            line.append(member.key.firstLine + " ", look[.dim])
            line.append(value.firstLine)
        }
        return line
    }

    private static func settled(_ item: EffectItem, _ state: AppState, _ look: Look) -> StyledLine? {
        guard let settled = item.settled else { return nil }
        var line = StyledLine("settled ", look[.dim])
        line.append(settled.happened ? "it happened" : "it didn't happen")
        if !settled.by.isEmpty { line.append(", says \(settled.by.firstLine)") }
        line.append(look.dot + state.clock.time(settled.at), look[.dim])
        return line
    }

    /// What taking the run up again would do, as a sentence.
    private static func resume(_ item: EffectItem, _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine("resume  ", look[.dim])
        if state.fleet[item.id.run]?.status.isTerminal ?? false {
            line.append("nothing: the run has ended", look[.dim])
            return line
        }
        switch item.stage {
        case .doubt:
            line.append(
                "asks you: it may have happened, and is never repeated by itself",
                look[.statusInDoubt]
            )
        case .asks: line.append("waits for your answer; nothing has been done")
        case .intended: line.append("does it: nothing has been done yet")
        case .retry: line.append("tries it again")
        case .running:
            switch item.effectClass {
            case .read: line.append("repeats it: it changes nothing outside")
            case .model: line.append("repeats it, and it is charged again")
            case .idempotent: line.append("repeats it under the same key, which makes that harmless")
            case .once: line.append("asks you: whether it happened would not be known")
            }
        case .confirmed: line.append("keeps the result", look[.dim])
        case .failed, .refused, .given: line.append("keeps how it ended", look[.dim])
        }
        return line
    }
}
