import SomaCore
import SomaSimulation
import Synchronization
import Testing

@testable import SomaEngine

@Suite("What is told of leases", .timeLimit(.minutes(1)))
struct LeaseNewsTests {
    /// Notes what it is told.
    private final class Listener: EngineObserver {
        private let heard = Mutex<[LeaseNews]>([])
        var news: [LeaseNews] { heard.withLock { $0 } }

        func shared(_ news: LeaseNews) { heard.withLock { $0.append(news) } }
        func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {}
        func storeFailed(_ error: StoreError) {}
        func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
        func notAdopted(_ run: RunState, _ reason: String) {}
    }

    /// Leases that can't be renewed, or not be taken anew.
    private struct FailingLeases: RunLeases {
        static let away = StoreError(.unavailable, "It is away.")
        let isLost: Bool
        var name: String { "one" }
        var time: Duration { .milliseconds(50) }
        var isValid: Bool { true }

        func claim(limit: Int) -> [RunLease] { [] }
        func renew() throws(StoreError) -> LeaseStanding {
            throw isLost ? StoreError(.locked, "Its time is over.") : Self.away
        }
        func release(_ runs: [RunID]) {}
        func rejoin() throws(StoreError) { throw Self.away }
        func leave() async {}
    }

    private func engine(_ leases: any RunLeases, _ listener: Listener) async throws -> Engine {
        try await Engine(
            store: MemoryStore(),
            catalog: ScriptedCatalog(.asks(.question(Words("Which?")))),
            effects: ScriptedEffects(),
            holder: "one",
            leases: leases,
            observer: listener
        )
    }

    @Test(
        "leases that can't be had for longer than they last are told of, once a minute",
        arguments: [false, true]
    )
    func failing(isLost: Bool) async throws {
        let listener = Listener()
        let leases = FailingLeases(isLost: isLost)
        let engine = try await engine(leases, listener)
        let work = Task { await LeaseWork(engine, runsActiveMax: 10).run() }
        while !listener.news.contains(.unsure(FailingLeases.away)) {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await Task.sleep(for: .milliseconds(200))
        work.cancel()
        await work.value
        #expect(listener.news.filter { $0 == .unsure(FailingLeases.away) }.count == 1)
    }

    @Test("a trouble is told after its patience, then once a minute, and not once it is over")
    func trouble() {
        var trouble = LeaseTrouble()
        let start = ContinuousClock.now
        func fails(_ second: Int) -> Bool {
            trouble.fail(at: start + .seconds(second), patience: .seconds(5))
        }
        #expect([0, 4, 5, 6, 64, 65, 66].map(fails) == [false, false, true, false, false, true, false])
        trouble.end()
        #expect([100, 104, 124, 125].map(fails) == [false, false, false, true])
    }

    @Test("a family that turns out to be another process's is told of")
    func overtaken() async throws {
        let listener = Listener()
        let engine = try await engine(SoleHolder(), listener)
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        await engine.lost([run])
        await engine.lost([run])
        #expect(await engine.runCount == 0)
        #expect(listener.news == [.overtaken(1)])
    }

    @Test("what a process gives back at its end is not told of as another's")
    func ended() async throws {
        let listener = Listener()
        let engine = try await engine(SoleHolder(), listener)
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        await engine.drain(grace: .zero)
        await engine.lost([run])
        #expect(listener.news.isEmpty)
    }
}
