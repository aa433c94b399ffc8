import SomaCore
import SomaEngine
import SomaSimulation
import Testing

@Suite("Trees of runs")
struct EngineTreeTests {
    private static func catalog(_ levels: [Int]) -> ScriptedCatalog {
        var programs: [String: Program] = ["leaf": .single(.asks(.tool()))]
        for (level, count) in levels.enumerated() {
            let goal = level + 1 < levels.count ? "level \(level + 1)" : "leaf"
            let requests = Array(
                repeating: NodeRequest.child(ChildRequest(role: "r", goal: goal)),
                count: count
            )
            programs["level \(level)"] = .single(
                ScriptedNode { $0.answers.isEmpty ? .ask(requests) : .leave("done") }
            )
        }
        return ScriptedCatalog(programs)
    }

    @Test(
        "A tree is cancelled soon and leaves nothing at work",
        arguments: [[1000], [10, 1000]]
    )
    func cancels(levels: [Int]) async throws {
        let store = MemoryStore()
        let engine = try await Engine(
            store: store,
            catalog: Self.catalog(levels),
            effects: SleepingEffects(),
            holder: "tests"
        )
        let leaves = levels.reduce(1, *)
        let root = try await engine.start(StartRequest(goal: "level 0")).get().run
        while await engine.effectsUnderWay < leaves { await Task.yield() }
        let began = ContinuousClock.now
        let receipt = try await engine.command(root, .cancel(reason: "Enough."), by: "tester").get()
        #expect(receipt.status == .cancelled)
        while await engine.hasUnfinishedRuns { await Task.yield() }
        while await engine.effectsUnderWay > 0 { await Task.yield() }
        let took = ContinuousClock.now - began
        // Two on an idle machine.
        #expect(took <= .seconds(8))
        let runs = try await store.runs(RunFilter(limit: .max))
        #expect(runs.count == levels.reduce((1, 1)) { ($0.0 * $1, $0.1 + $0.0 * $1) }.1)
        #expect(runs.allSatisfy { $0.status == .cancelled && $0.budget.reserved.isZero && $0.waits.isEmpty })
    }

    @Test("Of two answers to one question exactly one is taken, and the other is told so")
    func race() async throws {
        let store = MemoryStore()
        let engine = try await Engine(
            store: store,
            catalog: ScriptedCatalog(.asks(.question(Words("Which?")), .question(Words("And?")))),
            effects: SleepingEffects(),
            holder: "tests"
        )
        for _ in 0..<50 {
            let run = try await engine.start(StartRequest(goal: "goal")).get().run
            let state = try await EngineTests.wait(engine, run) { $0.waits.count == 2 }
            let question = try #require(state.waits.first?.seq)
            async let one = engine.command(run, .answer(seq: question, .reply("this")), by: "a")
            async let other = engine.command(run, .answer(seq: question, .reply("that")), by: "b")
            let replies = await [one, other]
            let refusals = replies.compactMap { reply -> CommandRefusal? in
                guard case .failure(let refusal) = reply else { return nil }
                return refusal
            }
            #expect(refusals.map(\.code) == ["question.closed"])
            let still = state.waits.compactMap(\.seq).filter { $0 != question }.map { "\(run.short)/\($0)" }
            #expect(
                refusals.first?.message
                    == "\(run.short)/\(question) is no open question any more. Open now: \(still[0])."
            )
            let log = try await store.transitions(of: run, after: 0, limit: 100)
            #expect(log.count { $0.transition.kind == .interruptClosed } == 1)
        }
    }

    @Test("A fork begins where a decision is complete, however far the nearest one is")
    func forks() async throws {
        let asks = ScriptedNode { visit in
            visit.answers.isEmpty ? .ask((0..<400).map { .question(Words("Number \($0)?")) }) : .leave("done")
        }
        let engine = try await Engine(
            store: MemoryStore(),
            catalog: ScriptedCatalog(asks),
            effects: SleepingEffects(),
            holder: "tests"
        )
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        try await EngineTests.wait(engine, run) { $0.waits.count == 400 }
        guard case .failure(let refusal) = await engine.fork(run, at: 399, edit: [:], by: "tester") else {
            Issue.record("The fork was not refused.")
            return
        }
        #expect(
            refusal.message
                == "\(run.short)/399 is in the middle of a decision. Fork from \(run.short)/2 or \(run.short)/402."
        )
        let fork = try await engine.fork(run, at: 402, edit: [:], by: "tester").get().run
        // What the fork shares with its origin is held to the same.
        #expect(await engine.fork(fork, at: 399, edit: [:], by: "tester") == .failure(refusal))
        for seq in [402, 403] {
            let again = try await engine.fork(fork, at: seq, edit: [:], by: "tester").get().run
            #expect(await engine.state(of: again)?.waits.count == 400)
        }
    }
}
