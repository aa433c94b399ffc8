import SomaCore
import SomaTerminal

extension AppState {
    /// Tells the person what they haven't heard of yet, as far as it is time to.
    mutating func attend() -> [AppEffect] {
        guard replay == nil, hasFleet else { return [] }
        attention.settings = config.notify
        if inbox.changes != attentionSeen {
            attentionSeen = inbox.changes
            attention.look(at: inbox.open, now: now)
        }
        guard let telling = attention.take(now: now, clock: clock) else { return [] }
        return effects(of: telling)
    }

    private func effects(of telling: Attention.Telling) -> [AppEffect] {
        let settings = attention.settings
        var effects: [AppEffect] = settings.bell ? [.bell] : []
        guard let first = telling.needs.first, let need = inbox[first] else { return effects }
        if settings.osc9, !telling.isLooking {
            let (title, body) = words(of: need, of: telling.needs)
            effects.append(.notify(title: title, body: body))
        }
        if let command = settings.command {
            effects.append(.runCommand(command, environment: environment(of: need, telling.needs)))
        }
        return effects
    }

    /// What a notification says.
    private func words(of need: Need, of needs: [Need.ID]) -> (title: String, body: String) {
        let runs = Set(needs.map(\.run)).count
        if runs > 1 { return ("\(Amounts.grouped(runs)) runs need you", "soma: ! shows them") }
        let run = fleet[need.id.run]
        let role = SafeText.line(run?.role ?? "")
        let goal = SafeText.line(text(run?.goal)?.firstLine ?? "")
        return ("\(role) \(SafeText.line(need.id.run.short)) \(NeedWords.wants(need))", goal)
    }

    /// What a command learns, by name. Its values are data: a shell never sees them as words of a command.
    private func environment(of need: Need, _ needs: [Need.ID]) -> [String: String] {
        let run = fleet[need.id.run]
        var environment = [
            "SOMA_RUN": need.id.run.rawValue, "SOMA_ROLE": run?.role ?? "",
            "SOMA_GOAL": text(run?.goal) ?? "", "SOMA_NEED": NeedWords.kind(need), "SOMA_TOOL": need.name,
            "SOMA_COUNT": "\(needs.count)",
        ]
        switch need.id.matter {
        case .approval(let seq), .words(let seq): environment["SOMA_QUESTION"] = "\(seq)"
        case .doubt(let seq): environment["SOMA_EFFECT"] = "\(seq)"
        case .budget: break
        }
        // A program can't be given a NUL, and a long text would keep it from starting.
        return environment.mapValues { String($0.prefix { $0 != "\0" }.prefix(4_096)) }
    }
}
