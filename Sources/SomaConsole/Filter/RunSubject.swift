package import SomaCore

/// A run as a filter sees it.
package struct RunSubject: FilterSubject {
    private let run: RunState
    private let goal: String?
    private let standing: RunStanding
    private let moment: Timestamp

    /// Makes a subject.
    /// - Parameters:
    ///   - run: The run.
    ///   - goal: The words of its goal, as far as they are at hand.
    ///   - standing: How it stands.
    ///   - moment: What ages are counted to.
    package init(_ run: RunState, goal: String?, standing: RunStanding, moment: Timestamp) {
        self.run = run
        self.goal = goal
        self.standing = standing
        self.moment = moment
    }

    /// The fields of runs.
    package static let fields = FilterFields([
        FilterField("role", .text, "the agent's role"),
        FilterField("state", .text, "run, needs, tool, done, failed, …"),
        FilterField("node", .text, "the node of the graph"),
        FilterField("run", .text, "the id"),
        FilterField("goal", .text, "what it is for"),
        FilterField("reason", .text, "why it ended or waits"),
        FilterField("parent", .text, "the run that delegated it"),
        FilterField("age", .duration, "since it began"),
        FilterField("wait", .duration, "how long it has waited"),
        FilterField("tokens", .count, "spent"),
        FilterField("cost", .money, "spent"),
        FilterField("steps", .count, "spent"),
        FilterField("depth", .count, "how many runs are above it"),
        FilterField("tenant", .text, "the tenant"),
        FilterField("subject", .text, "the person"),
        FilterField("conversation", .text, "the conversation that it answers a message of"),
    ])

    package func hasText(_ field: FilterField?, where test: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        guard let field else {
            return run.id.rawValue.passes(test) || run.role.passes(test) || (goal?.passes(test) ?? false)
                || standing.word.passes(test) || run.activations.contains { $0.node.passes(test) }
        }
        switch field.name {
        case "role": return run.role.passes(test)
        case "state": return standing.word.passes(test) || run.status.rawValue.passes(test)
        case "node": return run.activations.contains { $0.node.passes(test) }
        case "run": return run.id.rawValue.passes(test)
        case "goal": return goal?.passes(test) ?? false
        case "reason": return run.statusReason.passes(test) || (run.waiting?.name.passes(test) ?? false)
        case "parent": return run.parent?.rawValue.passes(test) ?? false
        case "tenant": return run.tenant.passes(test)
        case "subject": return run.subject.passes(test)
        case "conversation": return run.conversation?.rawValue.passes(test) ?? false
        default: return false
        }
    }

    package func number(_ field: FilterField) -> Double? {
        switch field.name {
        case "age": (moment - run.startedAt).seconds
        case "wait": run.waiting.map { (moment - $0.since).seconds }
        case "tokens": Double(run.budget.spent.tokens)
        case "cost": Double(run.budget.spent.microdollars) / 1_000_000
        case "steps": Double(run.budget.spent.steps)
        case "depth": Double(run.depth)
        default: nil
        }
    }
}
