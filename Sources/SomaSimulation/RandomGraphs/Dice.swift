import SomaCore
import SomaEngine

/// What nodes of random graphs ask for. The dice are thrown with the run and the visit, so that a decision that
/// is made again after a crash is the same one.
enum Dice {
    /// Something to ask for, or nothing.
    static func request(_ dice: inout SeededGenerator, _ visit: NodeVisit) -> NodeRequest {
        switch dice.below(20) {
        case 0...5: .effect(tool(&dice, visit, .read))
        case 6, 7: .effect(tool(&dice, visit, .idempotent))
        case 8...10: .effect(tool(&dice, visit, .once))
        case 11, 12: .effect(approved(&dice, visit))
        case 13...16: .effect(model(&dice, visit))
        case 17: .question(Words("Shall I go on with \(visit.activation.node)?"))
        default: visit.run.depth < 2 ? .child(child(&dice)) : .effect(tool(&dice, visit, .read))
        }
    }

    static func tool(
        _ dice: inout SeededGenerator,
        _ visit: NodeVisit,
        _ effectClass: EffectClass
    ) -> EffectRequest {
        EffectRequest(
            kind: .tool,
            name: "tool-\(dice.below(4))",
            effectClass: effectClass,
            arguments: Words("{\"visit\":\(visit.activation.id),\"n\":\(dice.below(5))}"),
            timeout: .milliseconds(dice.number(200...30_000)),
            attemptsMax: dice.number(1...4)
        )
    }

    static func approved(_ dice: inout SeededGenerator, _ visit: NodeVisit) -> EffectRequest {
        var effect = tool(&dice, visit, dice.chance(0.7) ? .once : .read)
        effect.approval = .init(risk: "It may break.", reason: "It is asked for.")
        return effect
    }

    static func model(_ dice: inout SeededGenerator, _ visit: NodeVisit) -> EffectRequest {
        EffectRequest(
            kind: .model,
            name: "model",
            effectClass: .model,
            arguments: Words("prompt of \(visit.activation.id), \(dice.below(100))"),
            timeout: .seconds(20),
            attemptsMax: 3,
            reserve: Usage(tokens: dice.number(10...300), microdollars: dice.number(10...300))
        )
    }

    static func child(_ dice: inout SeededGenerator) -> ChildRequest {
        ChildRequest(
            role: "dice",
            goal: dice.chance(0.05) ? "unknown" : "graph \(dice.below(4096))",
            limits: Limits(
                tokens: dice.chance(0.3) ? dice.number(100...1000) : nil,
                steps: dice.chance(0.3) ? dice.number(5...30) : nil,
                seconds: dice.chance(0.1) ? dice.number(1...60) : nil
            )
        )
    }
}

/// A node of a random graph: asks for some things, perhaps for more, and leaves by one of its labels.
struct DiceNode: Node {
    let labels: [String]
    /// How likely it asks for something at first.
    var asks = 0.5

    func step(_ visit: NodeVisit) -> NodeStep {
        let answers = visit.answers.count
        var dice = SeededGenerator(run: visit.run.id, visit: visit.activation.id, answers: answers)
        if answers < 4, dice.chance(answers == 0 ? asks : 0.12) {
            let count = [1, 1, 1, 2, 3][dice.below(5)]
            return .ask((0..<count).map { _ in Dice.request(&dice, visit) })
        }
        if dice.chance(0.004) { return .fail(code: "dice", message: "The dice say no.") }
        var update = Update()
        if dice.chance(0.3) {
            update.values.append((key: "noted", value: JSON(dice.below(3))))
            update.values.append((key: "list", value: .string(visit.activation.node)))
            update.values.append((key: "sum", value: 1))
        }
        if dice.chance(0.2) { update.words.append((key: "said", words: Words("words \(dice.below(50))"))) }
        if dice.chance(0.2) {
            update.facts.append(.init(name: "fact", value: JSON(dice.below(9)), words: Words("It is so.")))
        }
        return .leave(dice.pick(labels) ?? "", update)
    }
}

/// Delegates twice, has a call approved and asks a model, all at once.
struct FamilyNode: Node {
    static let program = Program(
        graph: Graph(
            name: "family",
            entry: "Family",
            nodes: [.init("Family", .task("family")), .init("After", .task("after"))],
            edges: [.init("Family", "*", "After"), .init("After", "*", Graph.end)]
        ),
        behaviours: ["family": FamilyNode(), "after": DiceNode(labels: ["a"])]
    )

    func step(_ visit: NodeVisit) -> NodeStep {
        guard visit.answers.isEmpty else { return .leave("done") }
        var dice = SeededGenerator(run: visit.run.id, visit: visit.activation.id, answers: 0)
        return .ask([
            .child(Dice.child(&dice)), .effect(Dice.approved(&dice, visit)), .child(Dice.child(&dice)),
            .effect(Dice.model(&dice, visit)),
        ])
    }
}
