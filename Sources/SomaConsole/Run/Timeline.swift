package import SomaCore
import SomaTerminal

/// A run's log as a person reads it: one entry an event, with what belongs together in one.
///
/// A call is one entry from its request to its result, and so are a question and a child run. Nodes that only pass
/// on are left out: the next entry says where the run is.
package struct Timeline: Sendable {
    /// What happened, oldest first.
    package private(set) var entries: [TimelineEntry] = []
    /// How many transitions went in.
    package private(set) var count = 0
    /// The first one's seq.
    package private(set) var first: Int?
    /// Entries by the seq that later transitions refer to.
    private var places: [Int: Int] = [:]
    /// Visits that have an entry of their own.
    private var told: Set<Int> = []
    private var entered: [Int: Timestamp] = [:]
    /// Calls and children at work, and questions that are open: while there are any, quiet is not idleness.
    private var working: Set<Int> = []
    private var asking: Set<Int> = []
    private var lastAt: Timestamp?
    /// What the next entry tells of the quiet before it.
    private var quiet: TimelineEntry.Quiet?

    /// How long nothing may happen before it is said in a row of its own.
    package static let quietMin = Duration.seconds(60)

    package init() {}

    /// Takes in the next transition.
    package mutating func append(_ transition: Transition) {
        count += 1
        if first == nil { first = transition.seq }
        let body = transition.body
        noteQuiet(before: transition)
        switch transition.kind {
        case .runStarted: add(transition, "Start", nil, [.words(transition.content("goal"))])
        case .runForked:
            let from = body["from"]?.string.map { RunID($0).short } ?? "?"
            add(transition, "Start", nil, [.text("forked from \(from) at \(body["at"]?.int ?? 0)")])
        case .runResumed where body["after"]?.string == "clock":
            let jump = Amounts.span(Int64(body["jumped"]?.int ?? 0))
            add(transition, "Daemon", nil, [.text("the machine's clock was set forward by \(jump)")])
        case .runResumed:
            let after = body["after"]?.string ?? ""
            let by = after == "crash" ? "by \(body["holder"]?.string ?? "a daemon")" : person(body)
            add(
                transition,
                after == "crash" ? "Daemon" : "You",
                nil,
                [.text("taken up again after \(after)"), .dim(by)]
            )
        case .runPaused:
            let isPerson = body["reason"]?.string == "person"
            add(
                transition,
                isPerson ? "You" : "Budget",
                .waiting,
                [.text("paused"), .dim(isPerson ? person(body) : body["reason"]?.string ?? "")]
            )
        case .runCompleted: end(transition, .done, "outcome")
        case .runFailed: end(transition, .failed, "message")
        case .runCancelled: end(transition, .cancelled, "message")
        case .nodeEntered: entered[transition.seq] = transition.at
        case .nodeLeft: leave(transition)
        case .planRevised: plan(transition)
        case .factObserved:
            tell(body, transition)
            add(transition, transition.node ?? "Observe", nil, [.words(transition.content("fact"))])
        case .verifyJudged: judge(transition)
        case .effectRequested: request(transition)
        case .effectStarted:
            change(body["effect"]?.int) { entry in
                entry.mark = .running
                entry.note = transition.attempt > 1 ? [.dim("try \(transition.attempt)")] : []
            }
        case .effectFinished: finish(transition)
        case .effectInDoubt:
            change(body["effect"]?.int) { entry in
                entry.mark = .inDoubt
                entry.note = [.text("in doubt: \(body["reason"]?.string ?? "result lost")", .statusInDoubt)]
            }
        case .effectSettled:
            let happened = body["happened"]?.bool ?? false
            change(body["effect"]?.int) { $0.mark = happened ? .done : .waiting }
            add(
                transition,
                "You",
                nil,
                [.text(happened ? "settled: it happened" : "settled: it didn't happen"), .dim(person(body))]
            )
        case .interruptOpened: open(transition)
        case .interruptClosed: close(transition)
        case .childSpawned: spawn(transition)
        case .childFinished: finishChild(transition)
        case .budgetCharged: charge(transition)
        case .budgetChanged where body["reserve"] != nil:
            add(
                transition,
                "You",
                nil,
                [.text("set more aside for a child"), .dim(person(body))],
                [.json("budget", .object(body))]
            )
        case .budgetChanged:
            add(
                transition,
                "You",
                nil,
                [.text("changed the budget"), .dim(person(body))],
                [.json("budget", .object(body))]
            )
        case .unknown(let type):
            add(transition, transition.node ?? "", .unknown, [.dim(type)], [.json("body", .object(body))])
        }
    }

    // MARK: Adding and changing entries

    private mutating func add(
        _ transition: Transition,
        _ label: String,
        _ mark: RunMark?,
        _ parts: [TimelinePart],
        _ details: [TimelineDetail] = []
    ) {
        var entry = TimelineEntry(
            id: transition.seq,
            at: transition.at,
            label: label,
            mark: mark,
            parts: parts
        )
        entry.details = details
        entry.quiet = quiet
        quiet = nil
        places[transition.seq] = entries.count
        entries.append(entry)
    }

    /// Notices when nothing has happened for long, and who was waited for.
    private mutating func noteQuiet(before transition: Transition) {
        if let lastAt, working.isEmpty, transition.at - lastAt >= Self.quietMin {
            quiet = TimelineEntry.Quiet(length: transition.at - lastAt, waitedForPerson: !asking.isEmpty)
        }
        lastAt = max(lastAt ?? transition.at, transition.at)
        let body = transition.body
        switch transition.kind {
        case .effectStarted: if let effect = body["effect"]?.int { working.insert(effect) }
        case .effectFinished, .effectInDoubt: if let effect = body["effect"]?.int { working.remove(effect) }
        case .childSpawned: working.insert(transition.seq)
        case .childFinished: if let request = body["request"]?.int { working.remove(request) }
        case .interruptOpened: asking.insert(transition.seq)
        case .interruptClosed: if let question = body["interrupt"]?.int { asking.remove(question) }
        default: break
        }
    }

    private mutating func change(_ seq: Int?, _ body: (inout TimelineEntry) -> Void) {
        guard let seq, let place = places[seq] else { return }
        body(&entries[place])
    }

    /// Notes that the visit of a transition's body has an entry.
    private mutating func tell(_ body: JSONObject, _ transition: Transition) {
        if let activation = body["activation"]?.int ?? transition.cause { told.insert(activation) }
    }

    private func person(_ body: JSONObject) -> String { body["by"]?.string.map { "by \($0)" } ?? "" }

    // MARK: Kinds

    private mutating func end(_ transition: Transition, _ mark: RunMark, _ words: String) {
        var parts: [TimelinePart] = []
        if let reason = transition.body["code"]?.string ?? transition.body["reason"]?.string {
            parts.append(.text(reason, mark == .failed ? .bad : .dim))
        }
        let id = transition.content(words)
        if let id { parts.append(.words(id)) }
        if transition.kind == .runCancelled { parts.append(.dim(person(transition.body))) }
        add(transition, "End", mark, parts, id.map { [.words("outcome", $0)] } ?? [])
    }

    private mutating func leave(_ transition: Transition) {
        let body = transition.body
        guard let activation = body["activation"]?.int, !told.contains(activation) else { return }
        let next = body["next"]?.array?.compactMap { $0["node"]?.string } ?? []
        let outcome = body["outcome"]?.string ?? ""
        add(
            transition,
            transition.node ?? "",
            nil,
            [.dim(outcome)] + (next.isEmpty ? [] : [.arrow, .dim(next.joined(separator: ", "))])
        )
        if let at = entered[activation] {
            let took = transition.at.microseconds &- at.microseconds
            if took >= 100_000 { entries[entries.count - 1].note = [.dim(Amounts.span(took))] }
        }
    }

    private mutating func plan(_ transition: Transition) {
        tell(transition.body, transition)
        let steps = transition.body["steps"]?.array?.count ?? 0
        let revision = transition.body["revision"]?.int ?? 1
        var parts: [TimelinePart] = [.text(steps == 1 ? "1 step" : "\(steps) steps")]
        if revision > 1 { parts.append(.text("revision \(revision)", .warning)) }
        let details: [TimelineDetail] = transition.content("plan").map { [.plan($0)] } ?? []
        add(transition, transition.node ?? "Plan", nil, parts, details)
    }

    private mutating func judge(_ transition: Transition) {
        tell(transition.body, transition)
        let accepted = transition.body["accepted"]?.bool ?? false
        var parts: [TimelinePart] = []
        if let step = transition.body["step"]?.int { parts.append(.text("step \(step + 1)")) }
        parts.append(.text(accepted ? "accepted" : "rejected", accepted ? .good : .bad))
        let evidence = transition.content("evidence")
        if let evidence { parts.append(.evidence(evidence)) }
        add(
            transition,
            transition.node ?? "Verify",
            accepted ? .done : .failed,
            parts,
            evidence.map { [.evidence($0)] } ?? []
        )
    }

    private mutating func request(_ transition: Transition) {
        tell(transition.body, transition)
        var parts: [TimelinePart] = [.text(transition.body["name"]?.string ?? "", .code)]
        var details: [TimelineDetail] = []
        if let arguments = transition.content("arguments") {
            parts.append(.arguments(arguments))
            details.append(.arguments(arguments))
        }
        details.append(.output(transition.seq))
        add(transition, transition.node ?? "", .waiting, parts, details)
    }

    private mutating func finish(_ transition: Transition) {
        let body = transition.body
        let ok = body["ok"]?.bool ?? false
        change(body["effect"]?.int) { entry in
            entry.mark = ok ? .done : .failed
            var note: [String] = []
            if let status = body["status"]?.string, status != "ok" { note.append(status) }
            for member in body["detail"]?.object?.members.prefix(3) ?? [] {
                guard let value = member.value.int.map(String.init) ?? member.value.string else { continue }
                note.append(member.key == "exit" ? "exit \(value)" : "\(member.key) \(value)")
            }
            if let us = body["us"]?.int { note.append(Amounts.span(Int64(us))) }
            if let retry = body["retry"]?.int { note.append("again in \(Amounts.span(Int64(retry)))") }
            entry.note = [.text(note.joined(separator: ", "), ok ? .dim : .bad)]
            if let result = transition.content("result") {
                entry.details.removeAll { if case .words("result", _) = $0 { true } else { false } }
                entry.details.append(.words("result", result))
            }
        }
    }

    private mutating func charge(_ transition: Transition) {
        let tokens = transition.body["tokens"]?.int ?? 0
        let microdollars = transition.body["microdollars"]?.int ?? 0
        var amounts: [String] = []
        if tokens > 0 { amounts.append("\(Amounts.short(tokens)) tokens") }
        if microdollars > 0 { amounts.append(Amounts.money(microdollars)) }
        guard !amounts.isEmpty else { return }
        if let effect = transition.body["effect"]?.int, places[effect] != nil {
            change(effect) { $0.note.append(.dim(amounts.joined(separator: ", "))) }
        } else {
            add(transition, "Budget", nil, [.dim("charged \(amounts.joined(separator: ", "))")])
        }
    }

    private mutating func open(_ transition: Transition) {
        tell(transition.body, transition)
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
        add(transition, transition.node ?? "", .needsPerson, parts, details)
        change(transition.body["effect"]?.int) { $0.mark = .needsPerson }
    }

    private mutating func close(_ transition: Transition) {
        let body = transition.body
        let answer = body["answer"]?.string ?? ""
        let question = body["interrupt"]?.int
        let mark: RunMark =
            switch answer {
            case "approved", "answered": .done
            case "rejected": .failed
            default: .cancelled
            }
        change(question) { entry in
            entry.mark = mark
            entry.parts = entry.parts.map { part in
                if case .text(let text, .statusNeedsPerson) = part { return .text(text, .text) }
                return part
            }
        }
        var parts: [TimelinePart] = [.text(answer, mark == .done ? .good : .bad)]
        if body["edited"]?.bool == true { parts.append(.text("with other arguments", .warning)) }
        var details: [TimelineDetail] = []
        if let message = transition.content("message") {
            parts.append(.words(message))
            details.append(.words("message", message))
        }
        if let arguments = transition.content("arguments") { details.append(.arguments(arguments)) }
        parts.append(.dim(person(body)))
        add(transition, "You", nil, parts, details)
    }

    private mutating func spawn(_ transition: Transition) {
        tell(transition.body, transition)
        let child = transition.body["child"]?.string.map { RunID($0).short } ?? "?"
        var parts: [TimelinePart] = [.text(child, .code), .text(transition.body["role"]?.string ?? "")]
        if let goal = transition.content("goal") { parts.append(.words(goal)) }
        let details: [TimelineDetail] = transition.content("goal").map { [.words("goal", $0)] } ?? []
        add(transition, transition.node ?? "", .running, parts, details)
    }

    private mutating func finishChild(_ transition: Transition) {
        let body = transition.body
        let status = body["status"]?.string ?? ""
        change(body["request"]?.int) { entry in
            entry.mark = status == RunStatus.completed.rawValue ? .done : .failed
            let took = transition.at.microseconds &- entry.at.microseconds
            entry.note = [.text("\(status), \(Amounts.span(took))", entry.mark == .done ? .dim : .bad)]
            if let result = transition.content("result") { entry.details.append(.words("result", result)) }
        }
    }
}
