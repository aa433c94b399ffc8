import SomaCore
@testable import SomaEngine
import SomaSimulation
import SomaTesting
import Synchronization
import Testing

@Suite("Calls performed by other processes", .timeLimit(.minutes(1)))
struct RemoteEffectsTests {
    private static let catalog = ScriptedCatalog([
        "read": .single(.asks(.tool("read"))), "mail": .single(.asks(.tool("mail", .once))),
        "short": .single(.asks(.tool("short", .once, timeout: .milliseconds(-4900)))),
        "flaky": .single(.asks(.tool("flaky", attempts: 2))),
    ])

    /// What tells executors of calls, and may lose some of it.
    private final class Bus: Sendable {
        private let state = Mutex<(executors: [ToolExecutor], lost: Int, told: [ToolCall])>(([], 0, []))
        private let traces = Mutex<[TraceContext]>([])

        func add(_ executor: ToolExecutor) { state.withLock { $0.executors.append(executor) } }
        func removeAll() { state.withLock { $0.executors = [] } }
        func loseNext(_ count: Int) { state.withLock { $0.lost = count } }
        var told: [ToolCall] { state.withLock { $0.told } }
        /// Where what was said stands in its trace, in order.
        var toldTraces: [TraceContext] { traces.withLock { $0 } }

        func over(_ trace: TraceContext?) { traces.withLock { $0 += [trace].compactMap(\.self) } }

        func announce(_ announced: [ToolCall: TraceContext?]) async {
            traces.withLock { $0 += announced.values.compactMap(\.self) }
            let calls = announced.keys.sorted()
            let executors = state.withLock { state -> [ToolExecutor] in
                state.told += calls
                guard state.lost == 0 else {
                    state.lost -= 1
                    return []
                }
                return state.executors
            }
            for call in calls { for executor in executors { try? await executor.accept(call) } }
        }
    }

    /// An orchestrator: an engine whose tools are elsewhere.
    private struct Orchestrator {
        let engine: Engine
        let remote: RemoteEffects
        let watch: Task<Void, Never>

        init(
            _ store: MemoryStore,
            _ bus: Bus,
            local: ScriptedEffects = ScriptedEffects(),
            traces: TraceSampling? = nil
        ) async throws {
            var patience = RemoteEffects.Patience()
            patience.look = .milliseconds(20)
            patience.announce = .milliseconds(60)
            let remote = RemoteEffects(
                local: local,
                calls: store,
                isRemote: { $0 != "local" },
                patience: patience,
                traces: traces
            ) { calls in await bus.announce(calls) }
            let engine = try await Engine(
                store: store,
                catalog: RemoteEffectsTests.catalog,
                effects: remote,
                holder: "tests",
                generator: TestGenerator(state: 5)
            )
            self.remote = remote
            self.engine = engine
            watch = Task { await remote.watch { call, result in await engine.ended(late: call, result) } }
        }

        /// As when its process is killed: nothing of it is heard any more.
        func vanish() { watch.cancel() }
    }

    private static func executor(
        _ name: String,
        _ store: MemoryStore,
        _ effects: ScriptedEffects,
        lease: Duration = .seconds(60),
        _ remote: RemoteEffects? = nil,
        traces: TraceSampling? = nil,
        _ bus: Bus? = nil
    ) -> ToolExecutor {
        ToolExecutor(name: name, store: store, handler: effects, leaseTime: lease, traces: traces) {
            call,
            trace in
            bus?.over(trace)
            await remote?.over([call]) { _, _ in }
        }
    }

    private static func kinds(_ store: MemoryStore, _ run: RunID) async throws -> [String] {
        try await store.transitions(of: run, after: 0, limit: 1000).map(\.transition.kind.name)
            .filter { $0.hasPrefix("effect") }
    }

    private static func ended(_ engine: Engine, _ run: RunID) async throws -> RunState {
        try await EngineTests.wait(engine, run) { $0.status.isTerminal }
    }

    @Test("a tool is performed by an executor, once, with what the log says, and its result is in the log")
    func performs() async throws {
        let (store, bus, local, effects) = (MemoryStore(), Bus(), ScriptedEffects(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus, local: local)
        for name in ["a", "b", "c"] {
            bus.add(Self.executor(name, store, effects, orchestrator.remote))
        }
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await local.calls.isEmpty)
        let calls = await effects.calls
        #expect(calls.map(\.name) == ["mail"])
        #expect(calls.first?.arguments.text == "{}" && calls.first?.effectClass == .once)
        #expect(
            try await Self.kinds(store, run) == ["effect.requested", "effect.started", "effect.finished"]
        )
        orchestrator.vanish()
    }

    @Test("an announcement that is lost is made again, and so is a result that nobody told of")
    func announcements() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        bus.add(Self.executor("a", store, effects))
        bus.loseNext(2)
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(bus.told.count >= 3)
        #expect(await effects.calls.count == 1)
        orchestrator.vanish()
    }

    @Test(
        "a call and its result name the very try in the run's trace, with the caller's tracestate",
        arguments: [nil, 0, 1] as [Double?]
    )
    func traced(ratio: Double?) async throws {
        let sampling = ratio.map { TraceSampling(ratio: $0) }
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus, traces: sampling)
        bus.add(Self.executor("a", store, effects, orchestrator.remote, traces: sampling, bus))
        bus.loseNext(1)
        var request = StartRequest(goal: "mail")
        let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        request.caller = TraceContext(traceparent: caller, tracestate: "rojo=1")
        let run = try await orchestrator.engine.start(request).get().run
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        let log = try await store.transitions(of: run, after: 0, limit: 1000).map(\.transition)
        let begun = try #require(log.first { $0.kind == .effectStarted })
        let expected = TraceContext(
            trace: TraceIdentity.trace(of: log[0]),
            span: TraceIdentity.span(of: run, seq: begun.seq),
            // What the caller has chosen holds, where anything is exported.
            isSampled: ratio != nil,
            state: "rojo=1"
        )
        // Announced twice, since the first was lost, and told as over.
        #expect(bus.toldTraces.count >= 3 && Set(bus.toldTraces) == [expected])
        orchestrator.vanish()
    }

    @Test("a run in nobody's trace has none on the bus where traces aren't exported")
    func untraced() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        bus.add(Self.executor("a", store, effects, orchestrator.remote, bus))
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(bus.told.count == 1 && bus.toldTraces.isEmpty)
        orchestrator.vanish()
    }

    @Test("a failure that may be tried again is, with the next try's number")
    func retries() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        bus.add(Self.executor("a", store, effects))
        let run = try await orchestrator.engine.start(StartRequest(goal: "flaky")).get().run
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await effects.calls.map(\.attempt) == [1, 2])
        orchestrator.vanish()
    }

    @Test("a call of an executor that is gone is made again where it may be, by another")
    func lostRead() async throws {
        let (store, bus, stuck, effects) = (MemoryStore(), Bus(), ScriptedEffects(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        await stuck.hold()
        bus.add(Self.executor("stuck", store, stuck, lease: .milliseconds(200)))
        let run = try await orchestrator.engine.start(StartRequest(goal: "read")).get().run
        await stuck.arrived()
        bus.removeAll()
        bus.add(Self.executor("well", store, effects))
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await effects.calls.map(\.attempt) == [2])
        orchestrator.vanish()
        await stuck.release()
    }

    @Test(
        "a call that must not happen twice is in doubt when its executor is gone, until it says after all how it ended"
    )
    func lostOnce() async throws {
        let (store, bus, stuck) = (MemoryStore(), Bus(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        await stuck.hold()
        bus.add(Self.executor("stuck", store, stuck, lease: .milliseconds(200)))
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        try await EngineTests.wait(orchestrator.engine, run) { $0.waiting?.reason == .doubt }
        await stuck.release()
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await stuck.calls.count == 1)
        #expect(
            try await Self.kinds(store, run) == [
                "effect.requested", "effect.started", "effect.in-doubt", "effect.finished",
            ]
        )
        orchestrator.vanish()
    }

    @Test("a call outlives the process that asked for it: the next one waits for the same try")
    func takenOver() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        bus.add(Self.executor("a", store, effects))
        let first = try await Orchestrator(store, bus)
        let run = try await first.engine.start(StartRequest(goal: "mail")).get().run
        await effects.arrived()
        first.vanish()
        let second = try await Orchestrator(store, bus)
        #expect(try await second.engine.recover() == 1)
        await effects.release()
        #expect(try await Self.ended(second.engine, run).status == .completed)
        #expect(await effects.calls.count == 1)
        #expect(
            try await Self.kinds(store, run) == ["effect.requested", "effect.started", "effect.finished"]
        )
        second.vanish()
    }

    @Test("a process that loses a run and takes it up again waits for the same try, however often")
    func takenUpAgain() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        bus.add(Self.executor("a", store, effects))
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        await effects.arrived()
        for _ in 0..<50 {
            await orchestrator.engine.loseAll()
            #expect(try await orchestrator.engine.recover() == 1)
            // Without leases nobody lets a commit go that is still on its way: it would be in the next one's way.
            while await !orchestrator.engine.commits.isIdle { try await Task.sleep(for: .milliseconds(1)) }
        }
        await effects.release()
        let state = try await Self.ended(orchestrator.engine, run)
        #expect(state.status == .completed)
        #expect(await effects.calls.count == 1)
        let last = try await store.transitions(of: run, after: 0, limit: 1000).map(\.transition)
            .last { $0.kind == .effectFinished }
        #expect(last?.body["status"] == "ok")
        orchestrator.vanish()
    }

    @Test("what nobody waits for any more is ended where it is performed")
    func cancelled() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        let executor = Self.executor("a", store, effects, lease: .milliseconds(100))
        bus.add(executor)
        let holding = Task { await executor.holdOn() }
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "read")).get().run
        await effects.arrived()
        _ = try await orchestrator.engine.command(run, .cancel(reason: "enough"), by: "anna").get()
        while await executor.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await Self.ended(orchestrator.engine, run).status == .cancelled)
        holding.cancel()
        orchestrator.vanish()
    }

    @Test("a result is written down when the store is back, however long that takes")
    func keptResult() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        let executor = Self.executor("a", store, effects)
        bus.add(executor)
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        await effects.arrived()
        await store.beAway(true)
        await effects.release()
        try await Task.sleep(for: .milliseconds(300))
        #expect(await executor.count == 1)
        await store.beAway(false)
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await effects.calls.count == 1)
        orchestrator.vanish()
    }

    @Test(
        "an executor that can't say in time that it has a call ends it: whoever settles a doubt relies on that"
    )
    func fence() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        let executor = Self.executor("a", store, effects, lease: .milliseconds(200))
        bus.add(executor)
        let holding = Task { await executor.holdOn() }
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        await effects.arrived()
        // Held again and again, it goes on.
        try await Task.sleep(for: .milliseconds(400))
        #expect(try await Self.kinds(store, run) == ["effect.requested", "effect.started"])
        await store.beAway(true)
        try await EngineTests.wait(orchestrator.engine, run) { $0.waiting?.reason == .doubt }
        await store.beAway(false)
        while await executor.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        // It was ended, not performed after all.
        #expect(try await store.run(run, at: nil)?.waiting?.reason == .doubt)
        holding.cancel()
        orchestrator.vanish()
    }

    @Test("an executor that comes to its call when the lease is over begins nothing")
    func late() async throws {
        let (store, bus, late, effects) = (MemoryStore(), Bus(), ScriptedEffects(), ScriptedEffects())
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "read")).get().run
        while bus.told.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let executor = Self.executor("late", store, late, lease: .zero)
        try await executor.accept(bus.told[0])
        while await executor.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
        bus.add(Self.executor("well", store, effects))
        #expect(try await Self.ended(orchestrator.engine, run).status == .completed)
        #expect(await late.calls.isEmpty)
        #expect(await effects.calls.map(\.attempt) == [2])
        orchestrator.vanish()
    }

    @Test("a call that no executor took in time has not happened, and that is said")
    func undelivered() async throws {
        let (store, bus) = (MemoryStore(), Bus())
        let orchestrator = try await Orchestrator(store, bus)
        let run = try await orchestrator.engine.start(StartRequest(goal: "short")).get().run
        let state = try await Self.ended(orchestrator.engine, run)
        #expect(state.counts.effectsFailed == 1)
        let log = try await store.transitions(of: run, after: 0, limit: 100).map(\.transition)
        #expect(log.last { $0.kind == .effectFinished }?.body["status"]?.string == "undelivered")
        orchestrator.vanish()
    }

    @Test("an executor that has to go lets its calls end, and says of the others at once that they are lost")
    func drains() async throws {
        let (store, bus, effects, others) = (MemoryStore(), Bus(), ScriptedEffects(), ScriptedEffects())
        await effects.hold()
        let orchestrator = try await Orchestrator(store, bus)
        let leaving = Self.executor("leaving", store, effects, orchestrator.remote)
        bus.add(leaving)
        let read = try await orchestrator.engine.start(StartRequest(goal: "read")).get().run
        let mail = try await orchestrator.engine.start(StartRequest(goal: "mail")).get().run
        while await leaving.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        while await effects.calls.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        bus.removeAll()
        bus.add(Self.executor("staying", store, others))
        await leaving.drain(grace: .milliseconds(20), limit: .seconds(30))
        #expect(await leaving.count == 0)
        #expect(try await Self.ended(orchestrator.engine, read).status == .completed)
        #expect(await others.calls.map(\.attempt) == [2])
        try await EngineTests.wait(orchestrator.engine, mail) { $0.waiting?.reason == .doubt }
        // It takes nothing more.
        await #expect(throws: StoreError.self) {
            try await leaving.accept(ToolCall(run: read, effect: 99, attempt: 1))
        }
        #expect(await leaving.count == 0)
        orchestrator.vanish()
    }

    @Test("an engine drains without waiting for what goes on elsewhere")
    func engineDrains() async throws {
        let (store, bus, effects) = (MemoryStore(), Bus(), ScriptedEffects())
        await effects.hold()
        bus.add(Self.executor("a", store, effects))
        let first = try await Orchestrator(store, bus)
        let run = try await first.engine.start(StartRequest(goal: "mail")).get().run
        await effects.arrived()
        let began = ContinuousClock.now
        await first.engine.drain(grace: .seconds(30))
        #expect(ContinuousClock.now - began < .seconds(10))
        first.vanish()
        let second = try await Orchestrator(store, bus)
        try await second.engine.recover()
        await effects.release()
        #expect(try await Self.ended(second.engine, run).status == .completed)
        #expect(await effects.calls.count == 1)
        second.vanish()
    }

    @Test("calls in memory", arguments: ToolCallContract.all)
    func memory(_ check: ToolCallContract.Case) async throws { try await check.run(MemoryStore()) }

    @Test("names of calls are read as they are written", arguments: ["run/5/1", "a/1/12"])
    func names(text: String) { #expect(ToolCall(text)?.description == text) }

    @Test(
        "what is no name of a call is none",
        arguments: ["", "run", "run/5", "run/5/0", "/5/1", "run/x/1", "run/5/1/2"]
    )
    func noNames(text: String) { #expect(ToolCall(text) == nil) }
}
