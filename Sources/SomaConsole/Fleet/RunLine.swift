import SomaCore
import SomaTerminal

/// One line that says what a run is doing or waiting for, and for how long.
enum RunLine {
    static func standing(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        let standing = state.standing(of: run)
        var line = StyledLine([look.sign(standing.mark), .init(" ")])
        if run.status.isTerminal { return ended(run, line, state, look) }
        guard let waiting = run.waiting else {
            let node = run.activations.last
            let since = node.map { look.dot + "since \(state.clock.time($0.enteredAt))" } ?? ""
            line.append(node.map { "in \($0.node.firstLine)" } ?? "between nodes")
            line.append(since, look[.dim])
            return stale(run, standing, line, state, look)
        }
        let age = Amounts.wait(state.moment - waiting.since)
        switch waiting.reason {
        case .person:
            line.append("has waited \(age) for you: ", look[.statusNeedsPerson])
            line.spans += question(run, state, look).spans
            let blocked = state.blocked(by: run)
            if blocked > 0 { line.append(look.dot + "blocks \(blocked)", look[.dim]) }
        case .doubt:
            line.append("in doubt for \(age): ", look[.statusInDoubt])
            line.append("\(waiting.name.firstLine) was started, its result was lost")
        case .budget:
            line.append("out of budget for \(age): ", look[.statusNeedsPerson])
            line.append(waiting.name.firstLine)
        case .pause: line.append("paused for \(age)")
        case .tool, .model, .child, .timer:
            line.append(waits(waiting))
            line.append(look.dot + "since \(state.clock.time(waiting.since))", look[.dim])
            return stale(run, standing, line, state, look)
        }
        return line
    }

    /// What it is at: the step under way, or the goal in full.
    static func work(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        let steps = run.plan.steps
        if !run.status.isTerminal, let place = steps.firstIndex(where: { $0.state == .active }) {
            let words = run.plan.words.flatMap { state.words[$0]?.text }.map { PlanWords.steps($0) } ?? []
            let title = words.indices.contains(place) ? words[place].title : steps[place].name.firstLine
            return StyledLine("step \(place + 1) of \(steps.count): \(title)", look[.dim])
        }
        return StyledLine([run.goal.map { look.words(state.words[$0], style: look[.dim]) } ?? .init("")])
    }

    /// The keys that act on the selected run, or on all that are marked.
    static func keys(_ state: AppState, _ look: Look) -> StyledLine {
        guard !state.connection.isLost else {
            return StyledLine("  the daemon is away: nothing can be changed now", look[.dim])
        }
        var line = StyledLine([.init("  ")])
        let hidden = ["steer.budget", "steer.fork"]
        for binding in KeyMap.table(for: state).bindings
        where binding.group == "steering" && binding.isEnabled && !hidden.contains(binding.name) {
            guard let key = binding.keys.first else { continue }
            line.append(key.description, look[.key])
            line.append(" " + binding.title + "   ", look[.dim])
        }
        return line
    }

    /// What a person is asked: the tool with its arguments, or the question's words.
    static func question(_ run: RunState, _ state: AppState, _ look: Look) -> StyledLine {
        guard let request = run.openQuestion else { return StyledLine([]) }
        var line = StyledLine([])
        if request.kind != .question { line.append(request.name.firstLine + " ", look[.code]) }
        if let arguments = request.arguments {
            let words = look.words(state.words[arguments])
            line.append(ArgumentLine.text(words.text), words.style)
        }
        return line
    }

    private static func waits(_ waiting: Waiting) -> String {
        let name = waiting.name.firstLine
        return switch waiting.reason {
        case .tool: "waits for the tool \(name)"
        case .model: "waits for the model \(name)"
        case .child: "waits for a \(name) it delegated to"
        default: "waits before it tries \(name) again"
        }
    }

    private static func ended(_ run: RunState, _ start: StyledLine, _ state: AppState, _ look: Look)
        -> StyledLine
    {
        var line = start
        line.append("\(run.status.rawValue) at \(state.clock.time(run.statusSince))")
        line.append(look.dot + "took \(Amounts.time(run.statusSince - run.startedAt))", look[.dim])
        // Where the run says itself what came of it, the short code is enough.
        let reason = run.outcome == nil ? run.reasonWords : run.statusReason
        if !reason.isEmpty { line.append(look.dot + reason.firstLine, look[.dim]) }
        if let outcome = run.outcome {
            line.append(look.dot, look[.dim])
            line.spans.append(look.gist(state.words[outcome], of: run.goal.flatMap { state.words[$0] }))
        }
        return line
    }

    private static func stale(
        _ run: RunState,
        _ standing: RunStanding,
        _ start: StyledLine,
        _ state: AppState,
        _ look: Look
    ) -> StyledLine {
        guard standing.mark == .stale else { return start }
        var line = start
        guard let presence = state.presence[run.id] else {
            let since = (state.heardAt ?? state.lostAt).map { state.clock.time($0) } ?? "the start"
            line.append(look.dot + "not heard of since \(since)", look[.statusStale])
            return line
        }
        line.append(
            look.dot
                + "its holder \(presence.holder.firstLine) has been silent since \(state.clock.time(presence.at))",
            look[.statusStale]
        )
        return line
    }
}

extension AppState {
    /// How a run stands, its holder's silence included.
    func standing(of run: RunState) -> RunStanding {
        let silence = presence[run.id].map { moment - $0.at } ?? .zero
        let loss = lostAt.map { now - $0 } ?? .zero
        return RunStanding(run, isStale: silence > Presence.silenceMax || loss >= Presence.lossMax)
    }

    /// How many runs above wait for it in the end. Runs that claim to be each other's ancestors end the count.
    func blocked(by run: RunState) -> Int {
        var seen: Set<RunID> = [run.id]
        var count = 0
        var parent = run.parent
        while let id = parent, seen.insert(id).inserted, let above = fleet[id], !above.status.isTerminal {
            count += 1
            parent = above.parent
        }
        return count
    }
}
