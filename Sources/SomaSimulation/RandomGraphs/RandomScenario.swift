import SomaCore
import SomaEngine

extension SimulationScenario {
    /// Runs of the cognition graph's shape and of random graphs, whose nodes throw dice.
    public static let random = SimulationScenario(
        catalog: RandomCatalog(),
        world: RandomWorld(),
        requests: { random in
            // Twenty runs of the cognition graph at least, and others in between.
            var goals = Array(repeating: "cognition", count: 20)
            // Two that delegate, ask a person and have limits, whatever the dice say of the others: one may be
            // cancelled before it does.
            goals += ["family", "family"]
            for _ in 0..<random.number(2...5) { goals.append("graph \(random.below(4096))") }
            // Nobody knows this one: it must be refused, and harm nothing.
            if random.chance(0.3) { goals.append("unknown") }
            goals.shuffle(using: &random)
            return goals.map { name in
                var request = StartRequest(goal: name, role: "dice")
                if name == "family" {
                    request.limits = Limits(tokens: random.number(500...4000), steps: random.number(20...80))
                } else if random.chance(0.6) {
                    request.limits = Limits(
                        tokens: random.chance(0.6) ? random.number(200...4000) : nil,
                        microdollars: random.chance(0.5) ? random.number(200...4000) : nil,
                        steps: random.chance(0.5) ? random.number(8...80) : nil,
                        seconds: random.chance(0.2) ? random.number(1...120) : nil
                    )
                }
                return request
            }
        },
        edit: { _, random in random.chance(0.3) ? Words("edited \(random.below(9))") : nil }
    )
}

/// Knows the graph of every goal that names one.
struct RandomCatalog: Catalog {
    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        let words = Words(request.goal)
        return PreparedRun(
            role: request.role ?? "dice",
            program: try program(named: request.goal),
            pinned: [(name: "graph", words: words)],
            document: ["workspace": .string(request.workspace)],
            limits: Limits(steps: 400)
        )
    }

    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program {
        try program(named: pinned["graph"]?.text ?? "")
    }

    private func program(named name: String) throws(StartRefusal) -> Program {
        if name == "cognition" { return DiceCognition.program }
        if name == "family" { return FamilyNode.program }
        guard name.hasPrefix("graph "), let number = UInt64(name.dropFirst(6)) else {
            throw StartRefusal(code: "goal.unknown", message: "Nobody knows \"\(name)\".")
        }
        return RandomGraph.program(number)
    }
}

/// Does what is asked: tools answer with a number, models use part of what was set aside.
struct RandomWorld: SimulatedWorld {
    func result(of call: EffectCall, using generator: inout SeededGenerator) -> EffectResult {
        var usage = Usage.zero
        if call.kind == .model, let reserved = call.run.request(call.effect)?.reserved {
            usage = Usage(
                tokens: generator.number(0...reserved.tokens),
                microdollars: generator.number(0...reserved.microdollars)
            )
        }
        return EffectResult(
            succeeded: true,
            words: Words("result \(generator.below(1000)) of \(call.name)"),
            detail: ["lines": JSON(generator.below(100))],
            usage: usage
        )
    }
}
