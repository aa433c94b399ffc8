import SomaCore
import SomaTerminal

extension TimelineReading {
    /// An entry with what the transitions at `places` made of it.
    func entry(at place: Int, changedBy places: [Int]) -> TimelineEntry {
        var entry = entry(at: place)
        for place in places { change(&entry, log[place]) }
        return entry
    }

    private func change(_ entry: inout TimelineEntry, _ transition: Transition) {
        let body = transition.body
        switch transition.kind {
        case .effectStarted:
            entry.mark = .running
            entry.running = entry.id
            entry.note = transition.attempt > 1 ? [.dim("try \(transition.attempt)")] : []
        case .effectFinished: finish(&entry, transition)
        case .effectInDoubt:
            entry.mark = .inDoubt
            entry.running = nil
            entry.note = [.text("in doubt: \(body["reason"]?.string ?? "result lost")", .statusInDoubt)]
        case .effectSettled:
            let happened = body["happened"]?.bool ?? false
            entry.mark = happened ? .done : .waiting
            let who = body["by"]?.string.map { " by \($0)" } ?? ""
            entry.note = [.dim((happened ? "settled: it happened" : "settled: it didn't happen") + who)]
        case .budgetCharged:
            let amounts = Self.amounts(body)
            if !amounts.isEmpty { entry.note.append(.dim(amounts)) }
        case .interruptOpened: entry.mark = .needsPerson
        case .interruptClosed:
            if body["interrupt"]?.int == entry.id {
                close(&entry, transition)
            } else {
                decide(&entry, transition)
            }
        case .childFinished: finishChild(&entry, transition)
        case .nodeLeft:
            let next = body["next"]?.array?.compactMap { $0["node"]?.string } ?? []
            if !next.isEmpty { entry.note = [.arrow, .dim(next.joined(separator: ", "))] }
        default: break
        }
    }

    private func finish(_ entry: inout TimelineEntry, _ transition: Transition) {
        let body = transition.body
        let ok = body["ok"]?.bool ?? false
        entry.mark = ok ? .done : .failed
        entry.running = nil
        var note: [String] = []
        if let status = body["status"]?.string, status != "ok" { note.append(status) }
        for member in body["detail"]?.object?.members.prefix(3) ?? [] {
            guard let value = member.value.int.map(String.init) ?? member.value.string else { continue }
            note.append(Self.measure(member.key, value, member.value.int))
        }
        if let us = body["us"]?.int { note.append(Amounts.span(Int64(us))) }
        if let retry = body["retry"]?.int { note.append("again in \(Amounts.span(Int64(retry)))") }
        entry.note = [.text(note.joined(separator: ", "), ok ? .dim : .bad)]
        entry.details.removeAll { detail in
            switch detail {
            case .words("result", _), .report("result", _), .output: true
            default: false
            }
        }
        if let result = transition.content("result") { entry.details.append(.words("result", result)) }
    }

    /// A number that a tool told, as people say it.
    private static func measure(_ name: String, _ text: String, _ number: Int?) -> String {
        switch (name, number) {
        case ("exit", _): "exit \(text)"
        case ("bytes", .some(let count)) where count >= 1_000: Amounts.bytes(count)
        case ("status", _): text
        case ("bytes", .some(let count)): "\(count) B"
        case (_, .some(let count)) where name.hasSuffix("s"): "\(Amounts.grouped(count)) \(name)"
        default: "\(name) \(text)"
        }
    }

    private func close(_ entry: inout TimelineEntry, _ transition: Transition) {
        switch transition.body["answer"]?.string ?? "" {
        case "approved", "answered": entry.mark = .done
        case "rejected": entry.mark = .failed
        default: entry.mark = .cancelled
        }
        entry.parts = entry.parts.map { part in
            if case .text(let text, .statusNeedsPerson) = part { return .text(text, .text) }
            return part
        }
    }

    /// What an answer means to the call that it is about.
    private func decide(_ entry: inout TimelineEntry, _ transition: Transition) {
        let answer = transition.body["answer"]?.string ?? ""
        guard answer != "approved" else {
            entry.mark = .waiting
            return
        }
        entry.mark = answer == "answered" ? .done : answer == "rejected" ? .failed : .cancelled
        entry.note = [.text(answer, entry.mark == .done ? .dim : .bad)]
    }

    private func finishChild(_ entry: inout TimelineEntry, _ transition: Transition) {
        let status = transition.body["status"]?.string ?? ""
        entry.mark = status == RunStatus.completed.rawValue ? .done : .failed
        let took = transition.at.microseconds &- entry.at.microseconds
        entry.note = [.text("\(status), \(Amounts.span(took))", entry.mark == .done ? .dim : .bad)]
        if let result = transition.content("result") { entry.details.append(.report("result", result)) }
    }
}
