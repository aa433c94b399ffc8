import SomaCore
import SomaSimulation
import Synchronization
import Testing

@testable import SomaEngine

/// A process that shares a store's runs with others.
private struct Process {
    let replica: MemoryReplica
    let engine: Engine
    let effects = ScriptedEffects()
    private let task: Task<Void, Never>

    private static let catalog = ScriptedCatalog([
        "goal": .single(.asks(.tool())), "mail": .single(.asks(.tool("mail", .once))),
        "quick": .single(.leaves()), "ask": .single(.asks(.question(Words("Which?")))),
        "parent": .single(.asks(.child(ChildRequest(role: "r", goal: "ask")))),
    ])

    init(_ store: MemoryStore, _ name: String, time: Duration = .milliseconds(1500), isHeld: Bool = false)
        async throws
    {
        replica = await store.replica(name, time: time)
        if isHeld { await effects.hold() }
        engine = try await Engine(
            store: replica,
            catalog: Self.catalog,
            effects: effects,
            holder: name,
            leases: replica
        )
        let work = LeaseWork(engine, runsActiveMax: 1000)
        task = Task { await work.run() }
    }

    /// Stops as a process that is killed or stopped: it renews nothing and claims nothing more.
    func stall() async {
        task.cancel()
        await task.value
    }

    func end() async {
        await engine.drain(grace: .seconds(2))
        await stall()
        await replica.leave()
    }

    func start(_ goal: String) async throws -> RunID {
        try await engine.start(StartRequest(goal: goal)).get().run
    }
}

/// A replica whose store is away when it lets runs go: that ends when the test does.
private struct StuckLeases: RunLeases {
    let replica: MemoryReplica

    var name: String { replica.name }
    var time: Duration { replica.time }
    var isValid: Bool { replica.isValid }
    func claim(limit: Int) async throws(StoreError) -> [RunLease] { try await replica.claim(limit: limit) }
    func renew() async throws(StoreError) -> LeaseStanding { try await replica.renew() }
    func release(_ runs: [RunID]) async throws(StoreError) {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
    }
    func forget(_ runs: [RunID]) { replica.forget(runs) }
    func rejoin() async throws(StoreError) { try await replica.rejoin() }
    func leave() async { await replica.leave() }
}

/// Waits until something holds.
private func eventually(
    within limit: Duration = .seconds(10),
    _ holds: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await holds() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await holds()
}

@Suite("Engine: leases")
struct LeaseWorkTests {
    private static func request(_ id: RunID) -> StartRequest {
        var request = StartRequest(goal: "goal")
        request.id = id
        return request
    }

    /// After what a run was taken up, each time.
    private static func resumptions(of run: RunID, _ store: MemoryStore) async throws -> [String] {
        try await store.transitions(of: run, after: 0, limit: 100).map(\.transition)
            .filter { $0.kind == .runResumed }.compactMap { $0.body["after"]?.string }
    }

    @Test("A process that joins gets its share, in whole families, and nothing is lost on the way")
    func shares() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first")
        var runs: [RunID] = []
        for _ in 0..<6 { runs.append(try await first.start("parent")) }
        #expect(try await eventually { await first.engine.runCount == 12 })
        let second = try await Process(store, "second")
        #expect(try await eventually { await (first.engine.runCount, second.engine.runCount) == (6, 6) })
        for run in runs {
            let children = try #require(try await store.run(run, at: nil)).children
            let holders = await [first, second].asyncFilter { process in
                await process.engine.core.machines[run] != nil
            }
            #expect(holders.count == 1)
            for child in children { #expect(await holders.first?.engine.core.machines[child] != nil) }
        }
        // Each of them goes on where it is.
        for process in [first, second] {
            for run in await process.engine.core.runs {
                _ = await process.engine.command(run, .answer(seq: nil, .reply("This one.")), by: "tester")
            }
        }
        for run in runs {
            #expect(try await eventually { try await store.run(run, at: nil)?.status == .completed })
        }
        await first.end()
        await second.end()
    }

    @Test("A process ends in time although its store is away when it lets its runs go")
    func stuck() async throws {
        let replica = await MemoryStore().replica("first", time: .seconds(5))
        let engine = try await Engine(
            store: replica,
            catalog: ScriptedCatalog(["ask": .single(.asks(.question(Words("Which?"))))]),
            effects: ScriptedEffects(),
            holder: "first",
            leases: StuckLeases(replica: replica)
        )
        let run = try await engine.start(StartRequest(goal: "ask")).get().run
        #expect(try await eventually { await engine.state(of: run)?.waiting?.reason == .person })
        let start = ContinuousClock.now
        await engine.drain(grace: .seconds(2))
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(await engine.failedOrDrained() == nil)
    }

    @Test("When a process is gone its runs go on elsewhere; what must not happen twice is in doubt")
    func takeover() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first", isHeld: true)
        let second = try await Process(store, "second")
        let read = try await first.start("goal")
        let mail = try await first.start("mail")
        #expect(try await eventually { await first.effects.calls.count == 2 })
        let start = ContinuousClock.now
        await first.stall()
        #expect(try await eventually { try await store.run(read, at: nil)?.status == .completed })
        #expect(try await eventually { try await store.run(mail, at: nil)?.waiting?.reason == .doubt })
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(await second.effects.calls.map(\.name) == ["tool"])
        #expect(try await Self.resumptions(of: mail, store) == ["crash"])
        #expect(try await store.run(mail, at: nil)?.counts.recoveries == 1)
        // What came of it is told by whoever began it, and nobody has to be asked.
        let doubt = try #require(try await store.run(mail, at: nil)?.waiting)
        let result = EffectResult(succeeded: true, words: Words("sent"))
        let told = await second.engine.tell(mail, effect: doubt.seq ?? 0, attempt: 1, result)
        #expect(try told.get().run == mail)
        #expect(try await eventually { try await store.run(mail, at: nil)?.status == .completed })
        guard case .failure(let moved) = await first.engine.tell(RunID("none"), effect: 1, attempt: 1, result)
        else {
            Issue.record("Nobody has that run.")
            return
        }
        #expect(moved.kind == .missing)
        await first.effects.release()
        await second.end()
    }

    @Test("A process that was away writes nothing, loses just what others took, and goes on with the rest")
    func late() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first", isHeld: true)
        let mail = try await first.start("mail")
        let read = try await first.start("goal")
        #expect(try await eventually { await first.effects.calls.count == 2 })
        await first.stall()
        let second = try await Process(store, "second", isHeld: true)
        #expect(try await eventually { await second.engine.runCount == 2 })
        #expect(try await eventually { try await store.run(mail, at: nil)?.waiting?.reason == .doubt })
        let seqs = try await [mail, read].asyncMap { try await store.run($0, at: nil)?.seq }
        // Only now they end there; what they lead to is refused, and the engine goes on without the runs.
        await first.effects.release()
        #expect(try await eventually { await first.engine.runCount == 0 })
        #expect(await first.engine.failure == nil)
        #expect(try await [mail, read].asyncMap { try await store.run($0, at: nil)?.seq } == seqs)
        try await first.replica.rejoin()
        let other = try await first.start("quick")
        #expect(try await eventually { try await store.run(other, at: nil)?.status == .completed })
        await second.effects.release()
        #expect(try await eventually { try await store.run(read, at: nil)?.status == .completed })
        await second.end()
    }

    @Test(
        "What a call that must not happen twice came to is a fact, also when its run has gone elsewhere meanwhile"
    )
    func lateResult() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first", isHeld: true)
        let late = Mutex<[String]>([])
        await first.engine.useLateResults { call, result in
            late.withLock { $0.append("\(call.name) \(result.status)") }
        }
        let mail = try await first.start("mail")
        #expect(try await eventually { await first.effects.calls.count == 1 })
        await first.engine.loseAll()
        // It is let be.
        #expect(await first.engine.effectsUnderWay == 1)
        await first.effects.release()
        #expect(try await eventually { late.withLock { $0 } == ["mail ok"] })
        #expect(try await store.run(mail, at: nil)?.status == .running)
        await first.end()
    }

    @Test("Told to end, a process lets go at once what waits, and the rest when it has ended")
    func drains() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first", time: .seconds(60), isHeld: true)
        let waits = try await first.start("ask")
        let works = try await first.start("goal")
        #expect(try await eventually { await first.effects.calls.count == 1 })
        let second = try await Process(store, "second", time: .seconds(1))
        async let ended: Void = first.end()
        #expect(try await eventually { await second.engine.core.machines[waits] != nil })
        #expect(await second.engine.core.machines[works] == nil)
        await first.effects.release()
        await ended
        #expect(
            try await eventually(within: .seconds(2)) {
                try await store.run(works, at: nil)?.status == .completed
            }
        )
        // Its result was kept, so nothing was done again.
        #expect(await second.effects.calls.isEmpty)
        // It was moved, and nothing has crashed.
        #expect(try await Self.resumptions(of: waits, store) == ["handover"])
        #expect(try await store.run(waits, at: nil)?.counts.recoveries == 0)
        await second.end()
    }

    @Test("What must not happen twice waits until the leases are good for sure")
    func withheld() async throws {
        let store = MemoryStore()
        let first = try await Process(store, "first", time: .milliseconds(300))
        await first.stall()
        try await Task.sleep(for: .milliseconds(350))
        #expect(!first.replica.isValid)
        let unwanted = try await first.start("mail")
        let mail = try await first.start("mail")
        let read = try await first.start("goal")
        #expect(try await eventually { try await store.run(read, at: nil)?.status == .completed })
        #expect(await first.effects.calls.map(\.name) == ["tool"])
        _ = try await first.engine.command(unwanted, .cancel(reason: "enough"), by: "anna").get()
        _ = try await first.replica.renew()
        await first.engine.renewed()
        #expect(try await eventually { try await store.run(mail, at: nil)?.status == .completed })
        // What was cancelled meanwhile never begins.
        #expect(await first.effects.calls.map(\.name).sorted() == ["mail", "tool"])
        await first.end()
    }

    @Test(
        "What can't be written because everything was lost since says nothing about what is held anew",
        arguments: [StoreError.Kind.conflict, .unavailable]
    )
    func lateConflict(kind: StoreError.Kind) async throws {
        let store = ScriptedStore()
        let leases = RecordingLeases()
        let engine = try await Engine(
            store: store,
            catalog: ScriptedCatalog(.asks(.tool())),
            effects: ScriptedEffects(),
            holder: "one",
            leases: leases
        )
        let run = RunID("r1")
        await store.hold()
        async let started = engine.start(Self.request(run))
        await store.arrived()
        #expect(await engine.commits.runsUnderWay == [run])
        await engine.loseAll()
        // Taken anew meanwhile, it can't be taken up before what was decided for it is heard of.
        let claimed = [RunLease(run: run, epoch: 2, seq: 0)]
        #expect(await engine.adopt(claimed) == [run])
        await store.fail(with: StoreError(kind, "Somebody else has it, or nobody is there."))
        await store.release()
        guard case .failure = await started else {
            Issue.record("The start was not refused.")
            return
        }
        #expect(try await eventually { await engine.commits.runsUnderWay.isEmpty })
        // Forgotten, it would be held for ever, and nobody would work on it.
        #expect(leases.forgotten == [])
        #expect(await engine.takeLapse() == nil)
        #expect(await engine.failure == nil)
        #expect(try await engine.start(StartRequest(goal: "goal")).get().seq == 1)
    }

    @Test("What the first of two commits loses is lost to the second too")
    func overlapping() async throws {
        let store = ScriptedStore()
        let leases = RecordingLeases()
        let engine = try await Engine(
            store: store,
            catalog: ScriptedCatalog(.asks(.question(Words("Which?")))),
            effects: ScriptedEffects(),
            holder: "one",
            leases: leases,
            // As with a store that tells its readers itself: both are with it at once.
            liveReaders: EventHub(head: .start)
        )
        await store.hold()
        async let first = engine.start(Self.request(RunID("first")))
        await store.arrived()
        let others = (0..<40).map { RunID("other-\($0)") }
        let started = others.map { run in
            Task { await engine.start(Self.request(run)) }
        }
        // The second is put into form while the first is with the store.
        #expect(try await eventually { await engine.commits.runsUnderWay.count > 16 })
        let away = StoreError(.unavailable, "It is away.")
        await store.fail(with: away, away)
        await store.release()
        guard case .failure = await first else {
            Issue.record("The first start was not refused.")
            return
        }
        for task in started { _ = await task.value }
        #expect(try await eventually { await engine.commits.runsUnderWay.isEmpty })
        #expect(await engine.takeLapse() != nil)
        #expect(await engine.runCount == 0)
        #expect(leases.forgotten == [])
        #expect(try await engine.start(StartRequest(goal: "goal")).get().seq == 1)
    }

    @Test("A store that is away costs the runs and not the process")
    func lapse() async throws {
        let store = ScriptedStore()
        let effects = ScriptedEffects()
        let leases = await MemoryStore().replica("one")
        let catalog = ScriptedCatalog(.asks(.tool()))
        let engine = try await Engine(
            store: store,
            catalog: catalog,
            effects: effects,
            holder: "one",
            leases: leases
        )
        await store.fail(with: StoreError(.unavailable, "It is away."))
        guard case .failure(let refusal) = await engine.start(StartRequest(goal: "goal")) else {
            Issue.record("The start was not refused.")
            return
        }
        #expect(refusal.code == "run.moved")
        #expect(await engine.runCount == 0)
        #expect(await engine.failure == nil)
        #expect(await engine.takeLapse()?.message == "It is away.")
        #expect(await engine.takeLapse() == nil)
        #expect(try await engine.start(StartRequest(goal: "goal")).get().seq == 1)
    }
}

/// Leases that are always good and note what is to be forgotten.
private final class RecordingLeases: RunLeases {
    private let state = Mutex<[RunID]>([])

    var forgotten: [RunID] { state.withLock { $0 } }
    var name: String { "one" }
    var time: Duration { .seconds(5) }
    var isValid: Bool { true }

    func claim(limit: Int) -> [RunLease] { [] }
    func renew() -> LeaseStanding { LeaseStanding(held: 0, fair: 0, replicas: 1) }
    func release(_ runs: [RunID]) {}
    func forget(_ runs: [RunID]) { state.withLock { $0 += runs } }
    func rejoin() {}
    func leave() async {}
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }

    fileprivate func asyncFilter(_ isIncluded: (Element) async -> Bool) async -> [Element] {
        var kept: [Element] = []
        for element in self where await isIncluded(element) { kept.append(element) }
        return kept
    }
}
