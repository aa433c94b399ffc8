import SomaCore
import SomaTerminal

/// Makes words of a log's transitions: an entry, and what later transitions made of it.
struct TimelineReading {
    let log: [Transition]

    /// The entry that a transition begins; of a quiet one, what it is.
    func entry(at place: Int) -> TimelineEntry {
        let transition = log[place]
        let body = transition.body
        switch transition.kind {
        case .runStarted: return make(transition, "Start", parts: [.words(transition.content("goal"))])
        case .runForked:
            let from = body["from"]?.string.map { RunID($0).short } ?? "?"
            var parts: [TimelinePart] = [.text("forked from \(from) at \(body["at"]?.int ?? 0)")]
            if body["edited"] != nil { parts.append(.text("with changes", .warning)) }
            return make(transition, "Start", parts: parts + [person(body)])
        case .runResumed: return resumption(transition)
        case .runPaused:
            let isPerson = body["reason"]?.string == "person"
            let who: TimelinePart = isPerson ? person(body) : .dim(body["reason"]?.string ?? "")
            return make(transition, isPerson ? "You" : "Budget", .waiting, parts: [.text("paused"), who])
        case .runCompleted: return end(transition, .done, "outcome")
        case .runFailed: return end(transition, .failed, "message")
        case .runCancelled: return end(transition, .cancelled, "message")
        case .planRevised: return plan(transition)
        case .factObserved: return fact(transition)
        case .verifyJudged: return verdict(transition)
        case .effectRequested: return request(transition)
        case .effectSettled:
            let happened = body["happened"]?.bool ?? false
            let text = happened ? "settled: it happened" : "settled: it didn't happen"
            return make(transition, "You", parts: [.text(text), person(body)])
        case .interruptOpened: return question(transition)
        case .interruptClosed: return answer(transition)
        case .childSpawned: return child(transition)
        case .budgetChanged:
            let text = body["reserve"] != nil ? "set more aside for a child" : "changed the budget"
            return make(
                transition,
                "You",
                parts: [.text(text), person(body)],
                details: [.json("budget", .object(body))]
            )
        case .nodeEntered, .nodeLeft, .effectStarted, .effectFinished, .effectInDoubt, .childFinished,
            .budgetCharged:
            return quiet(transition)
        case .unknown(let type):
            return make(
                transition,
                transition.node ?? "",
                .unknown,
                parts: [.dim(type)],
                details: [.json("body", .object(body))]
            )
        }
    }

    private func make(
        _ transition: Transition,
        _ label: String,
        _ mark: RunMark? = nil,
        parts: [TimelinePart],
        details: [TimelineDetail] = []
    ) -> TimelineEntry {
        var entry = TimelineEntry(
            id: transition.seq,
            at: transition.at,
            label: label,
            mark: mark,
            parts: parts
        )
        entry.details = details
        return entry
    }

    private func person(_ body: JSONObject) -> TimelinePart {
        .dim(body["by"]?.string.map { "by \($0)" } ?? "")
    }

    // MARK: Kinds

    private func resumption(_ transition: Transition) -> TimelineEntry {
        let body = transition.body
        let after = body["after"]?.string ?? ""
        if after == "clock" {
            let jump = Amounts.span(Int64(body["jumped"]?.int ?? 0))
            return make(
                transition,
                "Daemon",
                parts: [.text("the machine's clock was set forward by \(jump)")]
            )
        }
        let holder = TimelinePart.dim("by \(body["holder"]?.string ?? "a daemon")")
        switch after {
        case "crash":
            return make(transition, "Daemon", parts: [.text("taken up again after crash", .warning), holder])
        case "handover":
            return make(transition, "Daemon", parts: [.text("handed over, and taken up"), holder])
        default:
            let parts = [TimelinePart.text("taken up again after \(after)"), person(body)]
            return make(transition, "You", parts: parts)
        }
    }

    private func end(_ transition: Transition, _ mark: RunMark, _ words: String) -> TimelineEntry {
        var parts: [TimelinePart] = []
        if let reason = transition.body["code"]?.string ?? transition.body["reason"]?.string {
            parts.append(.text(reason, mark == .failed ? .bad : .dim))
        }
        let id = transition.content(words)
        if let id { parts.append(.report(id)) }
        if transition.kind == .runCancelled { parts.append(person(transition.body)) }
        return make(transition, "End", mark, parts: parts, details: id.map { [.report("outcome", $0)] } ?? [])
    }

    private func plan(_ transition: Transition) -> TimelineEntry {
        let steps = transition.body["steps"]?.array?.count ?? 0
        let revision = transition.body["revision"]?.int ?? 1
        var parts: [TimelinePart] = [.text(steps == 1 ? "1 step" : "\(steps) steps")]
        if revision > 1 { parts.append(.text("revision \(revision)", .warning)) }
        let details: [TimelineDetail] = transition.content("plan").map { [.plan($0)] } ?? []
        return make(transition, transition.node ?? "Plan", parts: parts, details: details)
    }

    private func fact(_ transition: Transition) -> TimelineEntry {
        let words = transition.content("fact") ?? transition.content.first?.id
        var entry = make(
            transition,
            transition.node ?? "Observe",
            parts: [.words(words)],
            details: words.map { [.words("fact", $0)] } ?? []
        )
        if let value = transition.body["value"] {
            if words == nil {
                entry.parts = [.text(transition.body["name"]?.string ?? "fact"), .dim(value.text())]
            }
            entry.details.append(.json("value", value))
        }
        return entry
    }

    private func verdict(_ transition: Transition) -> TimelineEntry {
        let accepted = transition.body["accepted"]?.bool ?? false
        var parts: [TimelinePart] = []
        if let step = transition.body["step"]?.int { parts.append(.text("step \(Amounts.ordinal(step))")) }
        parts.append(.text(accepted ? "accepted" : "rejected", accepted ? .good : .bad))
        let evidence = transition.content("evidence")
        if let evidence { parts.append(.evidence(evidence)) }
        return make(
            transition,
            transition.node ?? "Verify",
            accepted ? .done : .failed,
            parts: parts,
            details: evidence.map { [.evidence($0)] } ?? []
        )
    }

    private func request(_ transition: Transition) -> TimelineEntry {
        var parts: [TimelinePart] = [.text(transition.body["name"]?.string ?? "", .code)]
        var details: [TimelineDetail] = []
        if let arguments = transition.content("arguments") {
            parts.append(.arguments(arguments))
            details.append(.arguments(arguments))
        }
        details.append(.output(transition.seq))
        return make(transition, transition.node ?? "", .waiting, parts: parts, details: details)
    }

    private func question(_ transition: Transition) -> TimelineEntry {
        let isApproval = transition.body["effect"] != nil
        var parts: [TimelinePart] = [
            .text(isApproval ? "asks you to approve" : "asks you", .statusNeedsPerson)
        ]
        var details: [TimelineDetail] = []
        if let question = transition.content("question") {
            parts.append(isApproval ? .reason(question) : .words(question))
            details.append(.arguments(question))
        }
        if let arguments = transition.content("arguments") { details.append(.arguments(arguments)) }
        return make(transition, transition.node ?? "", .needsPerson, parts: parts, details: details)
    }

    private func answer(_ transition: Transition) -> TimelineEntry {
        let body = transition.body
        let answer = body["answer"]?.string ?? ""
        let isGood = answer == "approved" || answer == "answered"
        var parts: [TimelinePart] = [.text(answer, isGood ? .good : .bad)]
        var details: [TimelineDetail] = []
        let asked = Timeline.place(of: body["interrupt"]?.int, in: log).map { log[$0] }
        let effect = Timeline.place(of: asked?.body["effect"]?.int, in: log).map { log[$0] }
        if let name = effect?.body["name"]?.string { parts.append(.text(name, .code)) }
        if let message = transition.content("message") {
            parts.append(.words(message))
            details.append(.words("message", message))
        }
        if let arguments = transition.content("arguments") {
            let before = asked?.content("arguments") ?? effect?.content("arguments")
            parts.append(.edits(from: before, to: arguments))
            details.append(.edits(from: before, to: arguments))
        } else if body["edited"]?.bool == true {
            parts.append(.text("with other arguments", .warning))
        }
        parts.append(person(body))
        var entry = make(transition, "You", parts: parts, details: details)
        if let asked { entry.note = [.dim("after \(Amounts.span((transition.at - asked.at).microseconds))")] }
        return entry
    }

    private func child(_ transition: Transition) -> TimelineEntry {
        let child = transition.body["child"]?.string.map { RunID($0) }
        var parts: [TimelinePart] = [
            .text(child?.short ?? "?", .code), .text(transition.body["role"]?.string ?? ""),
        ]
        if let goal = transition.content("goal") { parts.append(.words(goal)) }
        let details: [TimelineDetail] = transition.content("goal").map { [.words("goal", $0)] } ?? []
        var entry = make(transition, transition.node ?? "", .running, parts: parts, details: details)
        entry.child = child
        return entry
    }

    /// What is shown only where everything is.
    private func quiet(_ transition: Transition) -> TimelineEntry {
        let body = transition.body
        var words: [String] = []
        switch transition.kind {
        case .nodeEntered: words = ["entered", body["via"]?.string.map { "via \($0)" } ?? ""]
        case .nodeLeft:
            let next = body["next"]?.array?.compactMap { $0["node"]?.string } ?? []
            words = [
                "left", body["outcome"]?.string ?? "",
                next.isEmpty ? "" : "to " + next.joined(separator: ", "),
            ]
        case .effectStarted: words = ["started", transition.attempt > 1 ? "try \(transition.attempt)" : ""]
        case .effectFinished: words = ["finished", body["status"]?.string ?? ""]
        case .effectInDoubt: words = ["in doubt", body["reason"]?.string ?? ""]
        case .childFinished: words = ["child finished", body["status"]?.string ?? ""]
        case .budgetCharged: words = ["charged", Self.amounts(body)]
        default: break
        }
        let about = Timeline.place(of: body["effect"]?.int ?? body["request"]?.int, in: log).map { log[$0] }
        if let name = about?.body["name"]?.string { words.insert(name, at: 0) }
        var entry = make(
            transition,
            transition.node ?? "",
            parts: [.dim(words.filter { !$0.isEmpty }.joined(separator: " "))],
            details: body.isEmpty ? [] : [.json(transition.kind.name, .object(body))]
        )
        entry.isQuiet = true
        return entry
    }

    static func amounts(_ body: JSONObject) -> String {
        let tokens = body["tokens"]?.int ?? 0
        let microdollars = body["microdollars"]?.int ?? 0
        var amounts: [String] = []
        if tokens > 0 { amounts.append("\(Amounts.short(tokens)) tokens") }
        if microdollars > 0 { amounts.append(Amounts.money(microdollars)) }
        return amounts.joined(separator: ", ")
    }
}

extension Amounts {
    /// A number from 0 as people count.
    static func ordinal(_ index: Int) -> Int { index == .max ? index : index + 1 }
}
