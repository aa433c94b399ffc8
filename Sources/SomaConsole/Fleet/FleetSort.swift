import SomaCore
import SomaTerminal

/// What the table of runs is ordered by.
package enum FleetSort: String, Sendable, Hashable, CaseIterable {
    /// Who needs a person first, then the newest at work, then the newest ended.
    case needs
    case state, run, role, goal, node, step, time, tokens, cost, activity

    /// The heading of the column that it orders by; `nil` for the order that belongs to none.
    var heading: String? { self == .needs ? nil : rawValue.uppercased() }

    /// Whether great values come first, unless that is turned round.
    var isDescending: Bool {
        switch self {
        case .needs, .state, .run, .role, .goal, .node: false
        case .step, .time, .tokens, .cost, .activity: true
        }
    }

    /// What the order is, in words.
    func title(isReversed: Bool) -> String {
        switch self {
        case .needs: isReversed ? "by who needs you, turned round" : "by who needs you"
        default: "by \(rawValue)" + (isReversed ? ", turned round" : "")
        }
    }

    /// How many characters of a text decide.
    private static let charactersMax = 64

    /// What a run is ordered by.
    /// - Parameters:
    ///   - run: The run.
    ///   - facts: What the index knows of it.
    ///   - goal: The words of its goal, as far as they are at hand.
    func key(_ run: RunState, _ facts: FleetIndex.Facts, goal: String?) -> RunKey {
        func text(_ text: String) -> RunKey { RunKey(text: String(text.prefix(Self.charactersMax))) }
        switch self {
        case .needs: return RunKey(zone: facts.zone, number: facts.moment)
        case .state: return RunKey(number: Int64(facts.standing.mark.rank), text: facts.standing.word)
        case .run: return text(run.id.rawValue)
        case .role: return text(run.role)
        // Runs without words come last in either direction.
        case .goal: return goal.map { text($0.firstLine.lowercased()) } ?? RunKey(zone: 1)
        case .node:
            if facts.isEnded { return RunKey(zone: 1) }
            return text(run.activations.last?.node ?? run.entries.first?.node ?? "")
        case .step:
            let steps = run.plan.steps.count
            return steps == 0 ? RunKey(zone: 1) : RunKey(number: Int64(run.plan.finished * 1_000 / steps))
        case .time: return time(run, facts)
        case .tokens: return RunKey(number: Int64(facts.spent.tokens))
        case .cost: return RunKey(number: Int64(facts.spent.microdollars))
        case .activity: return RunKey(number: run.lastAt.microseconds)
        }
    }

    /// The time that the column shows. Who waits, who works and who has ended stay apart, because the clock goes on
    /// for some of them only: an order that changed by itself would never stand still.
    private func time(_ run: RunState, _ facts: FleetIndex.Facts) -> RunKey {
        if let waiting = run.waiting, waiting.reason.needsPerson || waiting.reason == .pause {
            return RunKey(zone: 0, number: -waiting.since.microseconds)
        }
        guard facts.isEnded else { return RunKey(zone: 1, number: -run.startedAt.microseconds) }
        return RunKey(zone: 2, number: run.statusSince.microseconds &- run.startedAt.microseconds)
    }
}

/// How the rows of the table of runs are put together.
package enum FleetGrouping: String, Sendable, Hashable, CaseIterable {
    /// Runs stand below the run that delegated them.
    case tree
    /// Each run for itself.
    case none
    case role, state, workspace, conversation

    /// What it is, in words.
    var title: String {
        switch self {
        case .tree: "below who delegated them"
        case .none: "each run for itself"
        default: "grouped by \(rawValue)"
        }
    }

    /// Whether rows have headings.
    var hasHeadings: Bool { self != .tree && self != .none }

    /// The group that a run belongs to.
    func group(_ run: RunState, _ facts: FleetIndex.Facts) -> RunKey {
        switch self {
        case .tree, .none: RunKey()
        case .role: RunKey(text: run.role.firstLine)
        case .state: RunKey(number: Int64(facts.standing.mark.rank), text: facts.standing.word)
        case .workspace: RunKey(text: run.document["workspace"]?.string?.firstLine ?? "")
        case .conversation: RunKey(text: run.conversation?.rawValue.firstLine ?? "")
        }
    }
}

extension RunMark {
    /// How much it matters to a person: less comes first.
    var rank: Int {
        switch self {
        case .needsPerson: 0
        case .inDoubt: 1
        case .stale: 2
        case .running: 3
        case .waiting: 4
        case .unknown: 5
        case .failed: 6
        case .cancelled: 7
        case .done: 8
        }
    }
}
