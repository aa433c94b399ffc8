import SomaCore
import SomaEngine
import SomaSimulation
import Synchronization
import Testing

/// The engine as it runs, with a clock on the wall that somebody sets.
@Suite("Engine and clocks")
struct EngineClockTests {
    /// A clock on the wall that can be set.
    final class SettableClock: WallClock {
        private let offset = Mutex(Duration.zero)

        var now: Timestamp { SystemWallClock().now + offset.withLock { $0 } }

        func set(by jump: Duration) { offset.withLock { $0 += jump } }
    }

    /// Sets the clock once a back-off has begun, and says how long it took.
    final class Witness: EngineObserver, EffectHandler {
        private let clock: SettableClock
        private let jump: Duration
        private let times = Mutex(
            (failed: ContinuousClock.Instant?.none, again: ContinuousClock.Instant?.none)
        )

        init(_ clock: SettableClock, _ jump: Duration) {
            self.clock = clock
            self.jump = jump
        }

        var waited: Duration? {
            times.withLock { times in times.failed.flatMap { failed in times.again.map { $0 - failed } } }
        }

        func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
            guard transitions.contains(where: { $0.transition.body["retry"] != nil }) else { return }
            times.withLock { $0.failed = .now }
            clock.set(by: jump)
        }

        func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
            guard call.attempt > 1 else {
                return EffectResult(succeeded: false, isRetryable: true, words: Words("busy"))
            }
            times.withLock { $0.again = .now }
            return EffectResult(succeeded: true, words: Words("fine"))
        }

        func storeFailed(_ error: StoreError) {}
        func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
        func notAdopted(_ run: RunState, _ reason: String) {}
    }

    @Test(
        "A back-off takes its time within a second, wherever the clock is set meanwhile",
        arguments: ClockTests.jumps
    )
    func backoff(jump: Duration) async throws {
        let clock = SettableClock()
        let witness = Witness(clock, jump)
        let engine = try await Engine(
            store: MemoryStore(),
            catalog: ScriptedCatalog(.asks(.tool(attempts: 2))),
            effects: witness,
            holder: "tests",
            clock: clock,
            generator: TestGenerator(state: 5),
            observer: witness
        )
        let run = try await engine.start(StartRequest(goal: "goal")).get().run
        let state = try await EngineTests.wait(engine, run, until: \.status.isTerminal)
        let effect = try #require(state.counts.retries == 1 ? 3 : nil)
        let delay = Backoff.delay(run: run, effect: effect, attempt: 1)
        let waited = try #require(witness.waited)
        #expect(waited >= delay - .milliseconds(1))
        #expect(waited <= delay + .seconds(1))
        #expect(state.worked(at: clock.now) <= .seconds(2))
    }

    @Test("A run works as long as it may, wherever the clock is set meanwhile", arguments: ClockTests.jumps)
    func deadline(jump: Duration) async throws {
        let clock = SettableClock()
        let engine = try await Engine(
            store: MemoryStore(),
            catalog: ScriptedCatalog(.asks(.tool())),
            effects: SleepingEffects(),
            holder: "tests",
            clock: clock
        )
        let began = ContinuousClock.now
        let request = StartRequest(goal: "goal", limits: Limits(seconds: 1))
        let run = try await engine.start(request).get().run
        clock.set(by: jump)
        let state = try await EngineTests.wait(engine, run) { $0.status == .paused }
        let took = ContinuousClock.now - began
        #expect(state.statusReason == "budget:seconds")
        #expect(took >= .milliseconds(990) && took <= .seconds(2))
        _ = await engine.command(run, .cancel(reason: ""), by: "tester")
    }
}

/// Effects that go on until they are cancelled.
struct SleepingEffects: EffectHandler {
    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
        try? await Task.sleep(for: .seconds(3600))
        return EffectResult(succeeded: false, status: "cancelled", words: Words("stopped"))
    }
}
