import SomaCore
import SomaTerminal

/// What a transition says, on one line.
enum EventLine {
    /// The sign in front; most transitions have none.
    static func mark(_ event: Transition) -> RunMark? {
        switch event.kind {
        case .runFailed: .failed
        case .runCompleted: .done
        case .runCancelled: .cancelled
        case .effectInDoubt: .inDoubt
        case .effectFinished: event.body["ok"]?.bool == false ? .failed : nil
        case .verifyJudged: event.body["accepted"]?.bool == true ? .done : .failed
        case .interruptOpened: .needsPerson
        case .unknown: .unknown
        default: nil
        }
    }

    /// The text: the kind's own facts, then the first words that it refers to.
    static func text(_ event: Transition, _ state: AppState, _ look: Look, _ cell: EventCell) -> StyledLine {
        var line = StyledLine([])
        func add(_ span: StyledLine.Span, _ names: [String]) {
            guard !span.text.isEmpty else { return }
            if !line.spans.isEmpty { line.append("  ", cell.quiet ?? span.style) }
            line.spans += cell.spans(span, names)
        }
        for fact in facts(event, look) {
            guard let text = fact.text else { continue }
            add(.init(text, fact.role == .text ? .plain : look[fact.role]), [fact.name, "text"])
        }
        if let reference = event.content.first {
            var words = look.words(state.words[reference.id])
            let isArguments = reference.name == "arguments" && state.words[reference.id]?.text != nil
            if isArguments { words.text = ArgumentLine.text(words.text) }
            add(words, ["words"])
        }
        return line
    }

    /// The words that the line needs.
    static func words(_ event: Transition) -> ContentID? { event.content.first?.id }

    /// A fact, with the field or the member of the body that it is.
    private struct Fact {
        var text: String?
        var role: ThemeRole
        var name: String

        init(_ text: String?, _ role: ThemeRole, _ name: String) {
            (self.text, self.role, self.name) = (text, role, name)
        }
    }

    private static func facts(_ event: Transition, _ look: Look) -> [Fact] {
        let body = event.body
        func text(_ name: String) -> String? { body[name]?.plainText.firstLine }
        func fact(_ name: String, _ role: ThemeRole = .text) -> Fact { Fact(text(name), role, name) }
        switch event.kind {
        case .runStarted: return [fact("graph", .dim)]
        case .runForked:
            let from = "from \(RunID(text("from") ?? "?").short) at \(text("at") ?? "?")"
            return [Fact(from, .text, "from")]
        case .runResumed:
            return [Fact(text("after").map { "after \($0)" }, .text, "after"), fact("by", .dim)]
        case .runPaused: return [fact("reason"), fact("by", .dim)]
        case .runCompleted: return [fact("outcome", .dim)]
        case .runFailed: return [fact("code", .bad)]
        case .runCancelled: return [fact("reason"), fact("by", .dim)]
        case .nodeEntered: return [Fact(text("via").map { "by \($0)" }, .dim, "via")]
        case .nodeLeft:
            let next = body["next"]?.array?.compactMap { $0["node"]?.string?.firstLine } ?? []
            return [
                fact("outcome"),
                Fact(next.isEmpty ? nil : "\(look.arrow) \(next.joined(separator: ", "))", .dim, "next"),
            ]
        case .planRevised:
            let steps = body["steps"]?.array?.count ?? 0
            return [
                Fact("revision \(text("revision") ?? "?")", .text, "revision"),
                Fact("\(steps) steps", .dim, "steps"),
            ]
        case .factObserved: return [fact("name", .dim)]
        case .verifyJudged:
            return [Fact(body["accepted"]?.bool == true ? "accepted" : "rejected", .text, "accepted")]
        case .effectRequested: return [fact("name", .code), fact("class", .dim)]
        case .effectStarted: return [Fact(text("effect").map { "effect \($0)" }, .dim, "effect")]
        case .effectFinished:
            let took = body["us"]?.int.map { Amounts.span(Int64($0)) }
            let isBad = body["ok"]?.bool == false
            return [fact("status", isBad ? .bad : .text), Fact(took, .dim, "took")]
        case .effectInDoubt: return [fact("reason", .statusInDoubt)]
        case .effectSettled:
            return [
                Fact(body["happened"]?.bool == true ? "it happened" : "it didn't happen", .text, "happened"),
                fact("by", .dim),
            ]
        case .interruptOpened: return [fact("question")]
        case .interruptClosed: return [fact("answer"), Fact(text("by").map { "by \($0)" }, .dim, "by")]
        case .childSpawned:
            return [fact("role"), Fact(text("child").map { RunID($0).short }, .code, "child")]
        case .childFinished:
            return [fact("status"), Fact(text("child").map { RunID($0).short }, .code, "child")]
        case .budgetCharged:
            let tokens = body["tokens"]?.int.map { "\(Amounts.short($0)) tokens" }
            let cost = body["microdollars"]?.int.map { Amounts.money($0) }
            return [Fact(tokens, .dim, "tokens"), Fact(cost, .dim, "cost")]
        case .budgetChanged, .unknown:
            return body.members.prefix(6).map {
                Fact("\($0.key.firstLine)=\($0.value.plainText.firstLine)", .dim, $0.key)
            }
        }
    }
}
