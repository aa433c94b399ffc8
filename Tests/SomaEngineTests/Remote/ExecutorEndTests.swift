import SomaCore
import SomaSimulation
import Synchronization
import Testing

@testable import SomaEngine

/// How an executor comes to its end.
@Suite("The end of an executor", .timeLimit(.minutes(1)))
struct ExecutorEndTests {
    private static let catalog = ScriptedCatalog(["mail": .single(.asks(.tool("mail", .once)))])

    /// An engine whose tools are performed elsewhere, and the call that it wants.
    private struct Asked {
        let store = GatedStore()
        let engine: Engine
        let run: RunID
        let call: ToolCall

        init() async throws {
            let announced = Mutex<[ToolCall]>([])
            let remote = RemoteEffects(
                local: ScriptedEffects(),
                calls: store,
                isRemote: { _ in true }
            ) { calls in announced.withLock { $0 += calls.keys } }
            engine = try await Engine(
                store: store.memory,
                catalog: ExecutorEndTests.catalog,
                effects: remote,
                holder: "tests",
                generator: TestGenerator(state: 5)
            )
            run = try await engine.start(StartRequest(goal: "mail")).get().run
            while announced.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(5)) }
            call = announced.withLock { $0[0] }
        }

        func executor(_ name: String, _ effects: any EffectHandler, lease: Duration = .seconds(60))
            -> ToolExecutor
        {
            ToolExecutor(name: name, store: store, handler: effects, leaseTime: lease) { _, _ in }
        }

        func standing() async throws -> ToolCallStanding? { try await store.standings(of: [call])[call] }
    }

    @Test("a call that was taken while the end began isn't begun, and another's at once", arguments: [0, 1])
    func taking(gate: Int) async throws {
        let (asked, effects, others) = (try await Asked(), ScriptedEffects(), ScriptedEffects())
        let leaving = asked.executor("leaving", effects)
        // The first time it is taken just now, the second time it is read.
        asked.store.close(gate == 0 ? .take : .read)
        let accepting = Task { try await leaving.accept(asked.call) }
        await asked.store.arrived()
        let draining = Task { await leaving.drain(grace: .seconds(30), limit: .seconds(30)) }
        while await leaving.takesMore { try await Task.sleep(for: .milliseconds(1)) }
        // What brought the call is cancelled at the same moment.
        accepting.cancel()
        asked.store.open()
        #expect(await draining.value == 0)
        if gate == 0 { await #expect(throws: StoreError.self) { try await accepting.value } }
        #expect(await effects.calls.isEmpty)
        guard case .wanted = try await asked.standing() else {
            Issue.record("It is not free.")
            return
        }
        let staying = asked.executor("staying", others)
        try await staying.accept(asked.call)
        #expect(await staying.count == 1)
        while await staying.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await others.calls.map(\.attempt) == [1])
    }

    @Test("a call that doesn't end although it was told to is left to itself, and isn't told as over")
    func stuck() async throws {
        let (asked, effects) = (try await Asked(), StubbornEffects())
        let leaving = asked.executor("leaving", effects)
        try await leaving.accept(asked.call)
        await effects.arrived()
        let start = ContinuousClock.now
        #expect(await leaving.drain(grace: .milliseconds(20), limit: .milliseconds(100)) == 1)
        #expect(ContinuousClock.now - start < .seconds(20))
        // It may still do something: nobody else may have it, and nobody may be told that it won't.
        #expect(try await asked.standing() == .taken)
        await effects.release()
        while await leaving.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        guard case .finished(let result) = try await asked.standing() else {
            Issue.record("Its result isn't there.")
            return
        }
        #expect(result.succeeded)
    }

    @Test("an end waits no longer than it may for what the store says of a call")
    func silentStore() async throws {
        let (asked, effects) = (try await Asked(), ScriptedEffects())
        let leaving = asked.executor("leaving", effects)
        asked.store.close(.take)
        let accepting = Task { try await leaving.accept(asked.call) }
        await asked.store.arrived()
        let start = ContinuousClock.now
        #expect(await leaving.drain(grace: .milliseconds(10), limit: .milliseconds(50)) == 0)
        #expect(ContinuousClock.now - start < .seconds(20))
        asked.store.open()
        await #expect(throws: StoreError.self) { try await accepting.value }
        #expect(await effects.calls.isEmpty)
    }

    @Test("a call that is announced many times at once is asked for once, and begun once")
    func announcedOften() async throws {
        let (asked, effects) = (try await Asked(), ScriptedEffects())
        let executor = asked.executor("one", effects)
        asked.store.close(.take)
        let accepts = (0..<8).map { _ in Task { try await executor.accept(asked.call) } }
        await asked.store.arrived()
        asked.store.open()
        for accept in accepts { try await accept.value }
        while await executor.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await effects.calls.count == 1)
    }

    @Test("a call that was lost before it could be read is in doubt, and has not failed")
    func lostUnread() async throws {
        let (asked, effects) = (try await Asked(), ScriptedEffects())
        let executor = asked.executor("slow", effects, lease: .milliseconds(200))
        asked.store.close(.read)
        let holding = Task { await executor.holdOn() }
        asked.store.beAway()
        try await executor.accept(asked.call)
        await asked.store.arrived()
        // It can't be held, so it is ended when its time is over; the store's answer comes to nobody.
        while await executor.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        holding.cancel()
        guard case .finished(let result) = try await asked.standing() else {
            Issue.record("Nothing was said of it.")
            return
        }
        #expect(result.isLost)
        #expect(await effects.calls.isEmpty)
    }
}
