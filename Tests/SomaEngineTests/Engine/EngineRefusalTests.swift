import SomaCore
import SomaSimulation
import Testing

@testable import SomaEngine

/// What the store can't keep, ever.
@Suite("Engine: refused by the store")
struct EngineRefusalTests {
    private static let catalog = ScriptedCatalog([
        "goal": .single(.asks(.tool())), "huge": .single(.asks(.tool("huge"))), "quick": .single(.leaves()),
        "parent": .single(.asks(.child(ChildRequest(role: "r", goal: "huge")))),
    ])

    private static func engine(_ store: ScriptedStore, _ effects: ScriptedEffects) async throws -> Engine {
        try await Engine(
            store: store,
            catalog: catalog,
            effects: effects,
            holder: "tests",
            generator: TestGenerator(state: 5)
        )
    }

    /// A result of the tool that is too large.
    private static func isHuge(_ group: CommitGroup) -> Bool {
        group.transitions.contains { $0.kind == .effectFinished && $0.run == RunID("huge") }
    }

    private static func ended(_ engine: Engine, _ run: RunID) async throws -> RunState {
        try await EngineTests.wait(engine, run) { $0.status.isTerminal }
    }

    @Test("The run whose words are too large fails and says why; those in the same commit go on")
    func singledOut() async throws {
        let store = ScriptedStore()
        let effects = ScriptedEffects()
        let engine = try await Self.engine(store, effects)
        await store.refuse(Self.isHuge)
        await effects.hold()
        var huge = StartRequest(goal: "huge")
        huge.id = RunID("huge")
        _ = try await engine.start(huge).get()
        var others: [RunID] = []
        for _ in 0..<20 { others.append(try await engine.start(StartRequest(goal: "goal")).get().run) }
        while await effects.calls.count < 21 { await Task.yield() }
        await effects.release()
        let state = try await Self.ended(engine, RunID("huge"))
        #expect(state.status == .failed)
        let last = try await store.transitions(of: state.id, after: state.seq - 1, limit: 1).first?.transition
        #expect(last?.body["code"]?.string == "store.refused")
        let words = try await store.content([last?.content("message")].compactMap(\.self)).values.first?.text
        #expect(words == "It is too large. Raise the limit.")
        for run in others { #expect(try await Self.ended(engine, run).status == .completed) }
        #expect(await engine.failure == nil)
        #expect(await engine.runCount == 0)
    }

    @Test("A run that can't begin leaves nothing, and whoever wanted it is told why")
    func beginning() async throws {
        let store = ScriptedStore()
        let engine = try await Self.engine(store, ScriptedEffects())
        await store.refuse { $0.transitions.contains { $0.kind == .runStarted } }
        guard case .failure(let refusal) = await engine.start(StartRequest(goal: "quick")) else {
            Issue.record("It began.")
            return
        }
        #expect(refusal.kind == .invalid)
        #expect(refusal.description == "It is too large. Raise the limit.")
        #expect(await engine.runCount == 0)
        await store.refuse { _ in false }
        let next = try await engine.start(StartRequest(goal: "quick")).get().run
        #expect(try await Self.ended(engine, next).status == .completed)
    }

    @Test("A state that is too large is left out, and the run goes on")
    func state() async throws {
        let store = ScriptedStore()
        let engine = try await Self.engine(store, ScriptedEffects())
        await store.refuse { !$0.snapshots.isEmpty }
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        #expect(try await Self.ended(engine, run).status == .completed)
    }

    @Test(
        "A child that can't begin ends the run that wanted it, and a run whose end is refused too is let be"
    )
    func ends() async throws {
        let store = ScriptedStore()
        let engine = try await Self.engine(store, ScriptedEffects())
        await store.refuse { $0.transitions.contains { $0.kind == .runStarted && $0.parent != nil } }
        let parent = try await engine.start(StartRequest(goal: "parent")).get().run
        #expect(try await Self.ended(engine, parent).status == .failed)
        #expect(await engine.runCount == 0)
        await store.refuse { $0.transitions.contains { [.effectFinished, .runFailed].contains($0.kind) } }
        let stuck = try await engine.start(StartRequest(goal: "goal")).get().run
        while await engine.isAtWork(stuck) { await Task.yield() }
        await store.refuse { _ in false }
        let next = try await engine.start(StartRequest(goal: "goal")).get().run
        #expect(try await Self.ended(engine, next).status == .completed)
        #expect(await engine.failure == nil)
    }
}
