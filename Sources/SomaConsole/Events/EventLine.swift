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
    static func text(_ event: Transition, _ state: AppState, _ look: Look) -> StyledLine {
        var line = StyledLine([])
        func add(_ text: String?, _ role: ThemeRole = .text) {
            guard let text, !text.isEmpty else { return }
            line.append((line.spans.isEmpty ? "" : "  ") + text, role == .text ? .plain : look[role])
        }
        for (text, role) in facts(event, look) { add(text, role) }
        if let reference = event.content.first {
            let words = look.words(state.words[reference.id])
            let isArguments = reference.name == "arguments" && state.words[reference.id]?.text != nil
            line.spans.append(
                .init(
                    (line.spans.isEmpty ? "" : "  ")
                        + (isArguments ? ArgumentLine.text(words.text) : words.text),
                    words.style
                )
            )
        }
        return line
    }

    /// The words that the line needs.
    static func words(_ event: Transition) -> ContentID? { event.content.first?.id }

    private static func facts(_ event: Transition, _ look: Look) -> [(String?, ThemeRole)] {
        let body = event.body
        func text(_ name: String) -> String? { body[name]?.plainText.firstLine }
        switch event.kind {
        case .runStarted: return [(text("graph"), .dim)]
        case .runForked: return [("from \(RunID(text("from") ?? "?").short) at \(text("at") ?? "?")", .text)]
        case .runResumed: return [(text("after").map { "after \($0)" }, .text), (text("by"), .dim)]
        case .runPaused: return [(text("reason"), .text), (text("by"), .dim)]
        case .runCompleted: return [(text("outcome"), .dim)]
        case .runFailed: return [(text("code"), .bad)]
        case .runCancelled: return [(text("reason"), .text), (text("by"), .dim)]
        case .nodeEntered: return [(text("via").map { "by \($0)" }, .dim)]
        case .nodeLeft:
            let next = body["next"]?.array?.compactMap { $0["node"]?.string?.firstLine } ?? []
            return [
                (text("outcome"), .text),
                (next.isEmpty ? nil : "\(look.arrow) \(next.joined(separator: ", "))", .dim),
            ]
        case .planRevised:
            let steps = body["steps"]?.array?.count ?? 0
            return [("revision \(text("revision") ?? "?")", .text), ("\(steps) steps", .dim)]
        case .factObserved: return [(text("name"), .dim)]
        case .verifyJudged: return [(body["accepted"]?.bool == true ? "accepted" : "rejected", .text)]
        case .effectRequested: return [(text("name"), .code), (text("class"), .dim)]
        case .effectStarted: return [(text("effect").map { "effect \($0)" }, .dim)]
        case .effectFinished:
            let took = body["us"]?.int.map { Amounts.span(Int64($0)) }
            let isBad = body["ok"]?.bool == false
            return [(text("status"), isBad ? .bad : .text), (took, .dim)]
        case .effectInDoubt: return [(text("reason"), .statusInDoubt)]
        case .effectSettled:
            return [
                (body["happened"]?.bool == true ? "it happened" : "it didn't happen", .text),
                (text("by"), .dim),
            ]
        case .interruptOpened: return [(text("question"), .text)]
        case .interruptClosed: return [(text("answer"), .text), (text("by").map { "by \($0)" }, .dim)]
        case .childSpawned: return [(text("role"), .text), (text("child").map { RunID($0).short }, .code)]
        case .childFinished: return [(text("status"), .text), (text("child").map { RunID($0).short }, .code)]
        case .budgetCharged:
            let tokens = body["tokens"]?.int.map { "\(Amounts.short($0)) tokens" }
            return [(tokens, .dim), (body["microdollars"]?.int.map { Amounts.money($0) }, .dim)]
        case .budgetChanged, .unknown:
            return body.members.prefix(6).map {
                ("\($0.key.firstLine)=\($0.value.plainText.firstLine)", .dim)
            }
        }
    }
}
