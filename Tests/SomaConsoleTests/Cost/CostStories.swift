import SomaCore
import SomaTesting

/// Runs that cost something, over two days.
enum CostStories {
    /// A minute past 14:00 of the day that stories play on: what is "now" for them.
    static let now = start + .seconds(60)

    /// A run that asks models and calls tools.
    static func run(
        _ id: String,
        role: String,
        goal: String,
        at: Timestamp,
        parent: String? = nil,
        limits: JSON = [:],
        calls: [(model: String, microdollars: Int)],
        tools: [String] = [],
        every: Duration = .seconds(30)
    ) -> RunBuilder {
        var run = RunBuilder(id, role: role, goal: goal, at: at, parent: parent, limits: limits)
        for call in calls {
            let effect = run.request(call.model, "{}", kind: .model, effectClass: .model)
            run.start(effect)
            run.finish(effect, result: "an answer", after: every)
            let tokens = call.microdollars / 10
            run.add(
                .budgetCharged,
                [
                    "tokens": JSON(tokens), "microdollars": JSON(call.microdollars), "effect": JSON(effect),
                    "input": JSON(tokens - tokens / 4), "output": JSON(tokens / 4), "provenance": "provider",
                ],
                attempt: 1,
                cause: effect
            )
        }
        for tool in tools { run.call(tool, "{}", result: "done") }
        return run
    }

    /// A busy day: a search that delegates, an operator, a coder of yesterday, a survey that costs nothing.
    static var day: [RunBuilder] {
        var search = run(
            "c9d1e0b7r4t2m6s",
            role: "researcher",
            goal: "why did p95 double on tuesday",
            at: start + .seconds(-600),
            limits: ["microdollars": 2_000_000],
            calls: [("small-a", 120_000), ("large-b", 640_000), ("small-a", 90_000)],
            tools: ["http_get", "search", "search"]
        )
        _ = search.spawn("c9d1e1b7r4t2m6s", role: "coder", goal: "bisect between 41f and 8aa")
        let bisect = run(
            "c9d1e1b7r4t2m6s",
            role: "coder",
            goal: "bisect between 41f and 8aa",
            at: search.now,
            parent: "c9d1e0b7r4t2m6s",
            limits: ["microdollars": 500_000],
            calls: [("large-b", 310_000)],
            tools: ["shell"]
        )
        var morning = run(
            "7f3a91kq0d5m2xw",
            role: "operator",
            goal: "check the hosts",
            at: start + .seconds(-5 * 3_600),
            calls: [("small-a", 40_000), ("small-a", 45_000)],
            tools: ["shell", "shell"],
            every: .seconds(1_800)
        )
        morning.complete("all well")
        var yesterday = run(
            "0a77c2w8e1r5t9y",
            role: "coder",
            goal: "migrate config to v2",
            at: start + .seconds(-20 * 3_600),
            calls: [("large-b", 930_000)],
            tools: ["shell", "apply_patch"]
        )
        yesterday.fail("verify.rejected", "verify rejected twice")
        var survey = run("4410fem3n5p7q9s", role: "researcher", goal: "survey ./", at: start, calls: [])
        survey.complete("report.md")
        return [yesterday, morning, search, bisect, survey]
    }

    /// Names that mean harm, or are wide or long.
    static var hostile: [RunBuilder] {
        let names = [
            "\u{1B}[2Jmodel\u{07}", "研究モデル🔍", "a\nb\r\nc", "\u{202E}turned",
            String(repeating: "endless-", count: 60), "", "e\u{301}\u{301}\u{301}\u{301}zalgo",
        ]
        return names.enumerated().map { index, name in
            run(
                "h\(index)\u{1B}[31mxx",
                role: index == 1 ? "研究者" : "rol\u{1B}e\t\(index)",
                goal: name,
                at: start + .seconds(-60 * index),
                calls: [(name, 100_000 * (index + 1)), (name, index == 2 ? .max : 50)],
                tools: [name],
                every: .seconds(1)
            )
        }
    }

    /// Runs of any roles below each other, that call anything at any time.
    static func random(_ seed: UInt64) -> [RunBuilder] {
        var generator = SeededGenerator(seed)
        var runs: [RunBuilder] = []
        for number in 0..<Int.random(in: 1...14, using: &generator) {
            let parent = runs.isEmpty || generator.happens(50) ? nil : generator.pick(runs).id.rawValue
            var run = RunBuilder(
                "r\(number)aaaaaaaaaaaa",
                role: generator.pick(["coder", "operator", "", "研究者"]),
                goal: "g",
                at: start + .seconds(Int.random(in: -90_000...0, using: &generator)),
                parent: parent,
                limits: generator.happens(50) ? ["microdollars": 9_000_000] : [:]
            )
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let isModel = generator.happens(60)
                let name = generator.pick(["a", "b", "", "shell"])
                let effect = run.request(name, "{}", kind: isModel ? .model : .tool)
                run.start(effect)
                run.finish(
                    effect,
                    ok: generator.happens(80),
                    result: "r",
                    after: .seconds(Int.random(in: 0...9_000, using: &generator))
                )
                if isModel || generator.happens(20) {
                    let amount = Int.random(in: 0...5_000, using: &generator)
                    let effect = generator.happens(90) ? effect : nil
                    run.charge(tokens: amount, microdollars: amount * 3, effect: effect)
                }
            }
            runs.append(run)
        }
        return ended(runs, &generator)
    }

    /// Lets some of the runs end, those below others first: what they used is charged to those above then.
    private static func ended(_ runs: [RunBuilder], _ generator: inout SeededGenerator) -> [RunBuilder] {
        var runs = runs
        var isOpen = [Bool](repeating: false, count: runs.count)
        for place in runs.indices.reversed() {
            let id = runs[place].id
            let children = runs.indices.filter { runs[$0].state.parent == id }
            for child in children {
                let request = runs[place].spawn(runs[child].id.rawValue, role: "coder", goal: "g")
                guard !isOpen[child] else { continue }
                let spent = runs[child].state.budget.spent
                runs[place].add(
                    .childFinished,
                    [
                        "child": .string(runs[child].id.rawValue), "request": JSON(request),
                        "status": "completed",
                        "usage": ["tokens": JSON(spent.tokens), "microdollars": JSON(spent.microdollars)],
                    ],
                    cause: request
                )
            }
            isOpen[place] = children.contains { isOpen[$0] } || generator.happens(50)
            if !isOpen[place] { runs[place].complete("done") }
        }
        return runs
    }
}
