import SomaCore
import SomaEngine
import SomaSimulation
import SomaTesting
import Synchronization
import Testing

@Suite("Engine")
struct EngineTests {
    private static let catalog = ScriptedCatalog([
        "goal": .single(.asks(.tool())), "mail": .single(.asks(.tool("mail", .once))),
        "flaky": .single(.asks(.tool("flaky", attempts: 2))), "quick": .single(.leaves()),
        "ask": .single(.asks(.question(Words("Which?")))),
        "parent": .single(.asks(.child(ChildRequest(role: "r", goal: "quick")))),
    ])

    private static func engine(
        _ store: any EventStore,
        _ effects: any EffectHandler = ScriptedEffects(),
        _ catalog: any Catalog = catalog,
        _ observer: any EngineObserver = SilentObserver()
    ) async throws -> Engine {
        try await Engine(
            store: store,
            catalog: catalog,
            effects: effects,
            holder: "tests",
            generator: TestGenerator(state: 5),
            observer: observer
        )
    }

    /// Waits until a run's durable state is as wanted, through the hub as every reader does.
    @discardableResult
    static func wait(
        _ engine: Engine,
        _ run: RunID,
        until holds: (RunState) -> Bool
    ) async throws -> RunState {
        while true {
            let cursor = engine.hub.cursor
            if let state = await engine.state(of: run), holds(state) { return state }
            await engine.hub.wait(since: cursor)
        }
    }

    private static func ended(_ state: RunState) -> Bool { state.status.isTerminal }

    @Test("A run goes from a wish to its end, all of it in the store and in the hub")
    func runs() async throws {
        let store = MemoryStore()
        let effects = ScriptedEffects()
        let engine = try await Self.engine(store, effects)
        let start = engine.hub.cursor
        let run = try await engine.start(StartRequest(goal: "parent")).get().run
        try await Self.wait(engine, run, until: Self.ended)
        let flaky = try await engine.start(StartRequest(goal: "flaky")).get().run
        let state = try await Self.wait(engine, flaky, until: Self.ended)
        #expect(state.status == .completed)
        #expect(await effects.calls.map(\.attempt) == [1, 2])
        let log = try await store.transitions(after: .start, limit: 1000)
        let news = engine.hub.news(since: start)
        #expect(news.transitions == log)
        #expect(news.outputs.count == 2)
        let snapshot = await engine.snapshot()
        #expect(snapshot.fleet.runs.count == 3)
        #expect(snapshot.position == log.last?.position)
        #expect(try await store.run(flaky, at: nil) == state)
        #expect(await engine.effectsUnderWay == 0)
    }

    @Test("What arrives while a commit is on its way forms the next ones, one of them meanwhile")
    func batches() async throws {
        let store = ScriptedStore()
        let catalog = CountingCatalog(catalog: Self.catalog)
        let engine = try await Self.engine(store, ScriptedEffects(), catalog)
        await store.hold()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = await engine.start(StartRequest(goal: "ask")) } }
            await store.arrived()
            while catalog.prepared < 50 { await Task.yield() }
            await store.release()
        }
        let batches = await store.batches
        // They don't wait for what the first run decides next.
        #expect(batches.prefix(3) == [1, 16, 33])
    }

    @Test("A full store holds runs up and loses nothing")
    func full() async throws {
        let store = ScriptedStore()
        let observer = CountingObserver()
        let engine = try await Self.engine(store, ScriptedEffects(), Self.catalog, observer)
        await store.fail(with: StoreError(.full, "No room."))
        let run = try await engine.start(StartRequest(goal: "quick")).get().run
        try await Self.wait(engine, run, until: Self.ended)
        #expect(observer.storeFailures == 1)
        #expect(observer.committed > 0)
    }

    @Test(
        "Whatever finds no room, live readers see the log in its order and all of it",
        arguments: 0..<8 as Range<UInt64>
    )
    func liveOrder(seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let store = ScriptedStore()
        let catalog = CountingCatalog(catalog: Self.catalog)
        let engine = try await Self.engine(store, ScriptedEffects(), catalog)
        let start = engine.hub.cursor
        await store.hold()
        let count = Int.random(in: 18...90, using: &generator)
        // The first that comes to the store has no room, while the second would fit.
        await store.fail(with: StoreError(.full, "No room."))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await engine.start(StartRequest(goal: "quick")) }
            await store.arrived()
            for _ in 0..<count { group.addTask { _ = await engine.start(StartRequest(goal: "quick")) } }
            while catalog.prepared < count + 1 { await Task.yield() }
            await store.release()
        }
        while await engine.hasUnfinishedRuns { try await Task.sleep(for: .milliseconds(5)) }
        let log = try await store.transitions(after: .start, limit: 10_000)
        #expect(engine.hub.news(since: start, limit: 10_000).transitions == log)
        #expect(engine.hub.cursor.position == log.last?.position)
        #expect(try await store.runs(RunFilter(ended: true)).count == count + 1)
    }

    @Test("A store that fails ends the engine: every caller is told, and nothing more is decided")
    func fails() async throws {
        let store = ScriptedStore()
        let engine = try await Self.engine(store)
        let error = StoreError(.unavailable, "The disk is gone.", hint: "Look at the disk.")
        await store.fail(with: error)
        async let failure = engine.failedOrDrained()
        guard case .failure(let refusal) = await engine.start(StartRequest(goal: "quick")) else {
            Issue.record("The start was not refused.")
            return
        }
        #expect(refusal.code == "store.unavailable")
        #expect(await failure == error)
        #expect(await engine.failedOrDrained() == error)
        guard case .failure(let later) = await engine.start(StartRequest(goal: "quick")) else {
            Issue.record("The second start was not refused.")
            return
        }
        #expect(later.message == error.description)
        #expect(try await store.head() == .start)
    }

    @Test("Draining keeps results and starts nothing; the next process goes on")
    func drains() async throws {
        let store = MemoryStore()
        let effects = ScriptedEffects()
        await effects.hold()
        let engine = try await Self.engine(store, effects)
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        await effects.arrived()
        async let drained: Void = engine.drain(grace: .seconds(20))
        await effects.release()
        await drained
        #expect(engine.hub.isClosed)
        #expect(await engine.failedOrDrained() == nil)
        #expect(await engine.hasUnfinishedRuns)
        guard case .failure(let refusal) = await engine.start(StartRequest(goal: "goal")) else {
            Issue.record("The start was not refused.")
            return
        }
        #expect(refusal.code == "draining")
        let state = try #require(try await store.run(run, at: nil))
        #expect(state.activations.first?.isAnswered == true)

        let next = try await Self.engine(store, ScriptedEffects())
        #expect(try await next.recover() == 1)
        try await Self.wait(next, run, until: Self.ended)
    }

    @Test("After an orderly end runs are handed over, and only one whose call was cut off has had a crash")
    func handedOver() async throws {
        let store = ScriptedStore()
        let effects = ScriptedEffects()
        await effects.hold()
        let first = try await Self.engine(store, effects)
        let asks = try await first.start(StartRequest(goal: "ask")).get().run
        let cut = try await first.start(StartRequest(goal: "goal")).get().run
        try await Self.wait(first, asks) { $0.waiting?.reason == .person }
        try await Self.wait(first, cut) { $0.activations.first?.requests.first?.state == .started }
        await store.leaveInOrder()
        let second = try await Self.engine(store, ScriptedEffects())
        #expect(try await second.recover() == 2)
        try await Self.wait(second, cut, until: Self.ended)
        for (run, after) in [(asks, "handover"), (cut, "crash")] {
            var log: [Transition] = []
            while !log.contains(where: { $0.kind == .runResumed }) {
                log = try await store.transitions(of: run, after: 0, limit: 1000).map(\.transition)
                await Task.yield()
            }
            #expect(log.first { $0.kind == .runResumed }?.body["after"]?.string == after)
        }
    }

    @Test(
        "A process that is taken up again repeats what may be, doubts what mayn't, and counts ended children"
    )
    func recovers() async throws {
        let store = MemoryStore()
        let effects = ScriptedEffects()
        await effects.hold()
        let first = try await Self.engine(store, effects)
        let read = try await first.start(StartRequest(goal: "goal")).get().run
        let mail = try await first.start(StartRequest(goal: "mail")).get().run
        let done = try await first.start(StartRequest(goal: "quick")).get().run
        try await Self.wait(first, done, until: Self.ended)
        for run in [read, mail] {
            try await Self.wait(first, run) { $0.activations.first?.requests.first?.state == .started }
        }
        // The first engine is left as a crash leaves it: its effects never end.
        let second = try await Self.engine(store, ScriptedEffects())
        #expect(try await second.recover() == 2)
        try await Self.wait(second, read, until: Self.ended)
        let doubt = try await Self.wait(second, mail) { $0.waiting?.reason == .doubt }
        #expect(await second.state(of: done)?.status == .completed)
        let settled = await second.command(
            mail,
            .settle(seq: doubt.waiting?.seq, happened: true),
            by: "tester"
        )
        #expect(try settled.get().run == mail)
        try await Self.wait(second, mail, until: Self.ended)
        guard case .failure(let refusal) = await second.command(mail, .pause, by: "tester") else {
            Issue.record("A command to a run that has ended was taken.")
            return
        }
        #expect(refusal.code == "run.ended")
    }

    @Test("A child that ended before its parent heard of it is counted when the parent is taken up")
    func endedChild() async throws {
        var talk = Conversation(
            ScriptedCatalog([
                "goal": .single(.asks(.child(ChildRequest(role: "r", goal: "quick")))),
                "quick": .single(.leaves()),
            ])
        )
        let store = MemoryStore(secret: Array(repeating: 7, count: 32))
        let parent = talk.start(commits: false)
        // The log up to the child's end, as a crash in that moment leaves it.
        while talk.ended.isEmpty, let group = talk.pending.first {
            _ = try await store.append([group])
            talk.commitOne()
        }
        let engine = try await Engine(
            store: store,
            catalog: talk.catalog,
            effects: ScriptedEffects(),
            holder: "tests"
        )
        #expect(try await engine.recover() == 1)
        let state = try await Self.wait(engine, parent, until: Self.ended)
        #expect(state.status == .completed)
        #expect(state.children.isEmpty)
        #expect(state.budget.spent.steps == 2)
    }

    @Test("A run whose graph is no longer known is left alone, and said so")
    func notAdopted() async throws {
        let store = MemoryStore()
        let first = try await Self.engine(store)
        let run = try await first.start(StartRequest(goal: "ask")).get().run
        try await Self.wait(first, run) { $0.waiting?.reason == .person }
        let observer = CountingObserver()
        let second = try await Self.engine(store, ScriptedEffects(), ScriptedCatalog([:]), observer)
        #expect(try await second.recover() == 0)
        #expect(observer.notAdopted == 1)
    }

    @Test("A run that a later version has worked on waits for one that knows what it wrote")
    func laterVersion() async throws {
        let store = MemoryStore()
        let first = try await Self.engine(store)
        let run = try await first.start(StartRequest(goal: "ask")).get().run
        let state = try await Self.wait(first, run) { $0.waiting?.reason == .person }
        let later = Transition(
            run: run,
            seq: state.seq + 1,
            at: Timestamp(microseconds: 1),
            kind: .unknown("soma.effect.started.v9")
        )
        _ = try await store.append([CommitGroup(run: run, transitions: [later], content: [], snapshots: [])])
        let observer = CountingObserver()
        let second = try await Self.engine(store, ScriptedEffects(), Self.catalog, observer)
        #expect(try await second.recover() == 0)
        #expect(observer.notAdopted == 1)
    }

    @Test("A fork is a run of its own; a fork of what isn't there is refused")
    func forks() async throws {
        let store = ScriptedStore()
        let engine = try await Self.engine(store)
        let run = try await engine.start(StartRequest(goal: "ask")).get().run
        let state = try await Self.wait(engine, run) { $0.waiting?.reason == .person }
        guard case .failure(let missing) = await engine.fork(run, at: 99, edit: [:], by: "tester") else {
            Issue.record("The fork was not refused.")
            return
        }
        #expect(missing.code == "transition.missing")
        #expect(state.seq == 3)
    }

    @Test("Cancelling a run stops its effect")
    func cancels() async throws {
        let effects = ScriptedEffects()
        await effects.hold()
        let engine = try await Self.engine(MemoryStore(), effects)
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        await effects.arrived()
        let receipt = try await engine.command(run, .cancel(reason: ""), by: "tester").get()
        #expect(receipt.status == .cancelled)
        while await engine.effectsUnderWay > 0 { await Task.yield() }
    }

    @Test("Other roles hold for runs that start from then on")
    func reloads() async throws {
        let engine = try await Self.engine(MemoryStore())
        await engine.use(ScriptedCatalog(["other": .single(.leaves())]))
        let run = try await engine.start(StartRequest(goal: "other")).get().run
        try await Self.wait(engine, run, until: Self.ended)
    }
}

/// Counts the runs that were wanted.
final class CountingCatalog: Catalog {
    private let catalog: ScriptedCatalog
    private let count = Mutex(0)

    init(catalog: ScriptedCatalog) { self.catalog = catalog }

    var prepared: Int { count.withLock { $0 } }

    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        count.withLock { $0 += 1 }
        return try catalog.prepare(request)
    }

    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program {
        try catalog.program(for: run, pinned: pinned)
    }
}

/// Counts what it is told.
final class CountingObserver: EngineObserver {
    private let counts = Mutex((committed: 0, failures: 0, effects: 0, notAdopted: 0))

    var committed: Int { counts.withLock { $0.committed } }
    var storeFailures: Int { counts.withLock { $0.failures } }
    var notAdopted: Int { counts.withLock { $0.notAdopted } }

    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        counts.withLock { $0.committed += transitions.count }
    }
    func storeFailed(_ error: StoreError) { counts.withLock { $0.failures += 1 } }
    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {
        counts.withLock { $0.effects += 1 }
    }
    func notAdopted(_ run: RunState, _ reason: String) { counts.withLock { $0.notAdopted += 1 } }
}
