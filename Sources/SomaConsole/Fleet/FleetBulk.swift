import SomaCore

/// What is done to all marked runs at once: asked once, with the list of what will be done.
extension AppState {
    /// How many lines of what will be done are shown; the rest is counted.
    private static let linesMax = 8

    /// The marked runs, as the table would show them at the top: the longest waiting first.
    var markedRuns: [RunState] {
        fleetView.marked.compactMap { fleet.place(known: $0) }
            .sorted { left, right in
                let (first, second) = (index.facts[left], index.facts[right])
                return (first.zone, first.moment, left) < (second.zone, second.moment, right)
            }
            .map { fleet.runs[$0] }
    }

    /// Whether steering keys act on all that are marked.
    var actsOnMarked: Bool { view == .fleet && !fleetView.marked.isEmpty }

    /// Keeps in mind which words a question about the marked runs would show.
    mutating func noteMarkedWords() {
        fleetView.markedWords = markedRuns.prefix(Self.linesMax * 4).flatMap { run in
            [run.goal, run.openQuestion?.arguments].compactMap { $0 }
        }
    }

    /// Asks whether something is to be done to all that are marked.
    mutating func askBulk(_ message: SteeringMessage) {
        let runs = markedRuns
        guard !runs.isEmpty, !isReadOnly else { return }
        switch message {
        case .approved: askToApprove(runs)
        case .paused: askToPause(runs)
        case .cancelled: askToCancel(runs)
        case .rejected, .edited, .settled, .budgeted, .forked: return
        }
    }

    private mutating func askToApprove(_ runs: [RunState]) {
        let asked = runs.compactMap { run in
            run.openQuestion.flatMap { $0.kind == .question ? nil : (run, $0) }
        }
        let inWords = runs.count { $0.openQuestion?.kind == .question }
        guard !asked.isEmpty else {
            notice = Notice(
                inWords > 0
                    ? "Nothing to approve: \(inWords) of the marked runs ask for words."
                    : "None of the marked runs asks for approval.",
                .bad
            )
            return
        }
        var lines = asked.map { run, request in
            "\(run.id.short)  \(request.name.firstLine) "
                + (text(request.arguments).map { ArgumentLine.text($0) } ?? "")
        }
        lines = cut(lines)
        if inWords > 0 { lines.append("\(inWords) more ask for words: they are left as they are.") }
        let commands = asked.compactMap { run, request in
            request.question.map { ConsoleCommand(run.id, .approve(question: $0, arguments: nil)) }
        }
        confirm("Approve \(Self.count(commands.count, "question"))?", lines, "approve all", commands)
    }

    private mutating func askToPause(_ runs: [RunState]) {
        let alive = runs.filter { !$0.status.isTerminal && $0.status != .unknown }
        let working = alive.filter { $0.status != .paused }
        let resumes = working.isEmpty
        let chosen = resumes ? alive : working
        guard !chosen.isEmpty else {
            notice = Notice("The marked runs have all ended.", .bad)
            return
        }
        let lines = cut(chosen.map { "\($0.id.short)  \(text($0.goal)?.firstLine ?? $0.role.firstLine)" })
        let commands = chosen.map { ConsoleCommand($0.id, resumes ? .resume : .pause) }
        let verb = resumes ? "Resume" : "Pause"
        confirm("\(verb) \(Self.count(chosen.count, "run"))?", lines, "\(verb.lowercased()) all", commands)
    }

    private mutating func askToCancel(_ runs: [RunState]) {
        let chosen = Set(runs.map(\.id))
        let alive = runs.filter { !$0.status.isTerminal && $0.status != .unknown }
        // What ends with a marked run above it needs no command of its own.
        let tops = alive.filter { run in !hasAncestor(of: run.id, in: chosen) }
        guard !tops.isEmpty else {
            notice = Notice("The marked runs have all ended.", .bad)
            return
        }
        var ending = 0
        for run in tops { ending += aliveInTree(of: run.id) }
        var lines = cut(tops.map { "\($0.id.short)  \(text($0.goal)?.firstLine ?? $0.role.firstLine)" })
        let below = ending - tops.count
        lines.append(
            (below > 0 ? "\(Self.count(below, "run")) below \(tops.count == 1 ? "it" : "them") too. " : "")
                + "None can be taken up again."
        )
        let commands = tops.map { ConsoleCommand($0.id, .cancel(reason: "")) }
        confirm("Cancel \(Self.count(ending, "run"))?", lines, "cancel all", commands)
    }

    /// How many runs end where this one is cancelled, itself included.
    func aliveInTree(of id: RunID) -> Int {
        guard let place = fleet.place(known: id), index.facts.indices.contains(place) else { return 0 }
        var count = 0
        index.forEachInTree(of: place) { count += index.facts[$0].isEnded ? 0 : 1 }
        return count
    }

    private func hasAncestor(of id: RunID, in chosen: Set<RunID>) -> Bool {
        guard var place = fleet.place(known: id) else { return false }
        while let above = index.parent(of: place) {
            if chosen.contains(fleet.runs[above].id), !fleet.runs[above].status.isTerminal { return true }
            place = above
        }
        return false
    }

    private mutating func confirm(
        _ title: String,
        _ lines: [String],
        _ does: String,
        _ commands: [ConsoleCommand]
    ) {
        confirmation = Confirmation(
            title: title,
            lines: lines,
            choices: [
                .init(key: "y", title: does, commands: commands), .init(key: "n", title: "leave them"),
            ]
        )
    }

    private func cut(_ lines: [String]) -> [String] {
        // One line more is no longer than the line that would count it.
        guard lines.count > Self.linesMax + 1 else { return lines }
        return lines.prefix(Self.linesMax) + ["and \(Amounts.grouped(lines.count - Self.linesMax)) more"]
    }

    static func count(_ count: Int, _ noun: String) -> String {
        "\(Amounts.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }
}
