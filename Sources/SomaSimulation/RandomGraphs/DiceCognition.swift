import SomaCore
import SomaEngine

/// The cognition graph's shape (eight nodes, ways back from Reflect to Plan and from Verify to Reflect) with nodes
/// that throw dice.
enum DiceCognition {
    static let program = Program(
        graph: Graph(
            name: "cognition",
            entry: "Plan",
            nodes: Part.allCases.map {
                Graph.Node($0.rawValue, .task($0.rawValue), visitsMax: $0 == .commit ? 1 : 24)
            },
            edges: [
                .init("Plan", "planned", "Recall"),
                .init("Recall", "recalled", "ToolSelect"),
                .init("ToolSelect", "selected", "Execute"),
                .init("ToolSelect", "finished", "Verify"),
                .init("Execute", "executed", "Observe"),
                .init("Observe", "observed", "Reflect"),
                .init("Reflect", "next", "ToolSelect"),
                .init("Reflect", "verify", "Verify"),
                .init("Reflect", "replan", "Plan", passesMax: 2),
                .init("Reflect", "replan", "ToolSelect"),
                .init("Verify", "reject", "Reflect", passesMax: 3),
                .init("Verify", "reject", "Commit"),
                .init("Verify", "accept", "Commit"),
                .init("Commit", "committed", Graph.end),
            ],
            stepsMax: 160
        ),
        behaviours: Dictionary(
            uniqueKeysWithValues: Part.allCases.map { ($0.rawValue, CognitionNode(part: $0)) }
        )
    )

    enum Part: String, CaseIterable {
        case plan = "Plan"
        case recall = "Recall"
        case toolSelect = "ToolSelect"
        case execute = "Execute"
        case observe = "Observe"
        case reflect = "Reflect"
        case verify = "Verify"
        case commit = "Commit"
    }
}

/// One of the eight nodes.
struct CognitionNode: Node {
    let part: DiceCognition.Part

    func step(_ visit: NodeVisit) -> NodeStep {
        var dice = SeededGenerator(
            run: visit.run.id,
            visit: visit.activation.id,
            answers: visit.answers.count
        )
        switch part {
        case .plan: return plan(visit, &dice)
        case .recall: return asking(visit, &dice, 0.4, .effect(Dice.tool(&dice, visit, .read)), "recalled")
        case .toolSelect: return select(visit)
        case .execute: return execute(visit, &dice)
        case .observe: return .leave("observed", observed(visit))
        case .reflect: return reflect(visit, &dice)
        case .verify: return verify(visit, &dice)
        case .commit:
            var update = Update()
            update.words.append((key: "outcome", words: Words("Report of \(visit.run.visits.count) nodes.")))
            return .leave("committed", update)
        }
    }

    private func asking(
        _ visit: NodeVisit,
        _ dice: inout SeededGenerator,
        _ likelihood: Double,
        _ request: NodeRequest,
        _ label: String
    ) -> NodeStep {
        visit.answers.isEmpty && dice.chance(likelihood) ? .ask([request]) : .leave(label)
    }

    private func plan(_ visit: NodeVisit, _ dice: inout SeededGenerator) -> NodeStep {
        if visit.answers.isEmpty, dice.chance(0.5) { return .ask([.effect(Dice.model(&dice, visit))]) }
        var update = Update()
        update.plan = .init(
            steps: (0..<dice.number(1...3)).map { Plan.Step(name: "step \($0)") },
            words: Words("plan \(visit.run.plan.revision + 1)")
        )
        return .leave("planned", update)
    }

    private func select(_ visit: NodeVisit) -> NodeStep {
        guard
            let index = visit.run.plan.steps.firstIndex(where: { $0.state == .pending || $0.state == .active }
            )
        else {
            return .leave("finished")
        }
        var update = Update()
        update.steps = [.init(index: index, state: .active, tries: visit.run.plan.steps[index].tries + 1)]
        return .leave("selected", update)
    }

    private func execute(_ visit: NodeVisit, _ dice: inout SeededGenerator) -> NodeStep {
        guard visit.answers.isEmpty else {
            return .leave(
                "executed",
                Update([("ok", .bool(visit.answers.allSatisfy { $0.state == .succeeded }))])
            )
        }
        let count = dice.chance(0.15) ? 2 : 1
        return .ask((0..<count).map { _ in Dice.request(&dice, visit) })
    }

    private func observed(_ visit: NodeVisit) -> Update {
        var update = Update()
        update.facts = [.init(name: "observed", words: Words("Seen at \(visit.activation.visit)."))]
        guard let index = visit.run.plan.steps.firstIndex(where: { $0.state == .active }) else {
            return update
        }
        let tries = visit.run.plan.steps[index].tries
        let ok = visit.run.document["ok"]?.bool ?? false
        update.steps = [
            .init(index: index, state: ok ? .done : tries > 1 ? .skipped : .pending, tries: tries)
        ]
        return update
    }

    private func reflect(_ visit: NodeVisit, _ dice: inout SeededGenerator) -> NodeStep {
        if visit.answers.isEmpty, dice.chance(0.2) { return .ask([.effect(Dice.model(&dice, visit))]) }
        if dice.chance(0.08) { return .leave("replan") }
        return .leave(dice.chance(0.2) ? "verify" : "next")
    }

    private func verify(_ visit: NodeVisit, _ dice: inout SeededGenerator) -> NodeStep {
        if visit.answers.isEmpty, dice.chance(0.5) {
            return .ask([.effect(Dice.tool(&dice, visit, .read))])
        }
        let accepted = dice.chance(0.75)
        var update = Update()
        update.verdict = .init(
            accepted: accepted,
            evidence: Words(accepted ? "It holds." : "It doesn't hold.")
        )
        return .leave(accepted ? "accept" : "reject", update)
    }
}
