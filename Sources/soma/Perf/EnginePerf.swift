import SomaCore
import SomaEngine
import SomaMonitoring
import SomaSQLite
import Synchronization

/// `soma perf engine`: the real graph runtime, commit pipeline and store against a plain loop of inserts.
///
/// Every run walks a circle of one node; each visit is two transitions (entered, left) and brings fresh content
/// of twice `stateBytes`. Each decision is durable before its run goes on, though no effect asks for it here. The raw loop writes the same rows,
/// of the same bytes, into the same tables and indexes, with neither graph nor runs, 100 rows a commit (one row
/// a commit where there is one run). They take turns, `rounds` times each; medians are reported.
struct EnginePerf {
    var place: PerfPlace
    var runs: Int
    var cycles: Int
    var stateBytes: Int
    var rounds: Int
    /// Whether the raw loop is left out.
    var isAlone = false
    /// What is at work beside the engine.
    var telemetry: PerfTelemetry?

    /// One side's figures of one round.
    struct Figures {
        var rows = 0
        var seconds = 0.0
        var latencies: [Double] = []
        var bytes = 0
        /// Time of the processor, until all is durable and all spans are sent.
        var processorSeconds = 0.0
        var spansExported = 0
        var spansDropped = 0
        /// Milliseconds to read the only run's last state, and all of its transitions.
        var states: [Double] = []
        var histories: [Double] = []

        var rowsPerSecond: Double { Double(rows) / max(seconds, 1e-9) }
        /// Seconds of the processor for a transition.
        var cost: Double { processorSeconds / Double(max(rows, 1)) }

        func latency(_ share: Double) -> Double {
            guard !latencies.isEmpty else { return 0 }
            let sorted = latencies.sorted()
            return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
    }

    func measure(progress: (String) -> Void) async throws -> JSON {
        var engine: [Figures] = []
        var raw: [Figures] = []
        for round in 1...rounds {
            progress("round \(round) of \(rounds): engine")
            engine.append(try await self.round("engine-\(round)", with: telemetry))
            if isAlone { continue }
            progress("round \(round) of \(rounds): raw loop")
            raw.append(try await rawRound(round, rows: engine[0].rows))
        }
        func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
        let ratios = zip(engine, raw).map { $0.rowsPerSecond / $1.rowsPerSecond }
        var result: JSONObject = [
            "transitions": JSON(engine[0].rows),
            "runs": JSON(runs),
            "cycles": JSON(cycles),
            "state_bytes": JSON(stateBytes),
            "rounds": JSON(rounds),
            "seconds": .double(median(engine.map(\.seconds))),
            "transitions_per_second": .double(median(engine.map(\.rowsPerSecond)).rounded()),
            "commit_p50_ms": .double(median(engine.map { $0.latency(0.5) })),
            "commit_p95_ms": .double(median(engine.map { $0.latency(0.95) })),
            "commit_p99_ms": .double(median(engine.map { $0.latency(0.99) })),
            "bytes_per_transition": .double(median(engine.map { Double($0.bytes) / Double($0.rows) })),
            "rss_peak_bytes": JSON(ProcessMemory.peak),
        ]
        if !isAlone {
            result["raw_rows_per_second"] = .double(median(raw.map(\.rowsPerSecond)).rounded())
            result["raw_rows_per_commit"] = JSON(rawRowsPerCommit)
            result["ratio"] = .double(median(ratios))
            result["ratios"] = .array(ratios.map(JSON.double))
            result["raw_commit_p50_ms"] = .double(median(raw.map { $0.latency(0.5) }))
            result["raw_commit_p99_ms"] = .double(median(raw.map { $0.latency(0.99) }))
        }
        if let telemetry {
            result["telemetry"] = .string(telemetry.kind.rawValue)
            result["spans_exported"] = JSON(engine.reduce(0) { $0 + $1.spansExported })
            result["spans_dropped"] = JSON(engine.reduce(0) { $0 + $1.spansDropped })
        }
        guard runs == 1 else { return .object(result) }
        result["state_p50_ms"] = .double(median(engine.map { median($0.states) }))
        result["history_p50_ms"] = .double(median(engine.map { median($0.histories) }))
        return .object(result)
    }

    /// How often a state and a history are read.
    private static let readings = 21

    private var rawRowsPerCommit: Int { runs == 1 ? 1 : 100 }

    /// The engine alone, once.
    /// - Parameters:
    ///   - name: Of the store that is made for it.
    ///   - telemetry: What is at work beside it.
    func round(_ name: String, with telemetry: PerfTelemetry?) async throws -> Figures {
        let observer = PerfObserver(runs: runs)
        let attached = telemetry?.attach()
        var figures = Figures()
        let bytes = try await place.withStore(name) { store in
            let engine = try await Engine(
                store: store,
                catalog: PerfCatalog(cycles: cycles, stateBytes: stateBytes),
                effects: NoEffects(),
                holder: "perf",
                decisionsPerGroupMax: 1,
                generator: SystemRandomNumberGenerator(),
                observer: attached.map { EngineObservers(all: [observer] + $0.observers) } ?? observer
            )
            let used = ProcessTime.seconds
            let seconds = await following(attached, store) { await walk(engine, observer) }
            if let error = observer.failure { throw CommandFailure(.failed, "\(error)") }
            figures = observer.figures()
            figures.seconds = seconds
            figures.processorSeconds = ProcessTime.seconds - used
            if runs == 1 { try await read(store, &figures) }
        }
        figures.bytes = bytes
        if let spans = attached?.spans {
            (figures.spansExported, figures.spansDropped) = (spans.exported, spans.dropped)
        }
        return figures
    }

    private func following(
        _ attached: PerfTelemetry.Attached?,
        _ store: any EventStore,
        _ body: () async -> Double
    ) async -> Double {
        guard let attached else { return await body() }
        return await attached.follow(store, body)
    }

    /// Seconds until all runs have ended durably, or the store has failed.
    private func walk(_ engine: Engine, _ observer: PerfObserver) async -> Double {
        let started = ContinuousClock.now
        for _ in 0..<runs { Task { _ = await engine.start(StartRequest(goal: "perf")) } }
        await observer.allEnded()
        let seconds = (ContinuousClock.now - started).seconds
        // An engine whose store is full waits for room.
        if observer.failure == nil { await engine.drain(grace: .seconds(5)) }
        return seconds
    }

    /// How long the run's last state and its whole history take to read.
    private func read(_ store: any EventStore, _ figures: inout Figures) async throws {
        guard let run = try await store.runs(RunFilter(limit: 1)).first?.id else { return }
        for _ in 0..<Self.readings {
            let start = ContinuousClock.now
            _ = try await store.run(run, at: nil)
            let middle = ContinuousClock.now
            _ = try await store.transitions(of: run, after: 0, limit: .max)
            figures.states.append((middle - start).seconds * 1000)
            figures.histories.append((ContinuousClock.now - middle).seconds * 1000)
        }
    }

    private func rawRound(_ round: Int, rows: Int) async throws -> Figures {
        var generator = PerfGenerator(seed: UInt64(round))
        let sample = PerfCatalog.sampleTransitions(rows: rows, runs: runs).enumerated().map {
            index,
            transition in
            RawLoop.Row(
                run: index % runs + 1,
                seq: transition.seq,
                event: transition.cloudEvent(),
                contentID: generator.bytes(16),
                words: generator.bytes(stateBytes)
            )
        }
        let commits = try await place.raw("raw-\(round)", sample, rowsPerCommit: rawRowsPerCommit)
        return Figures(
            rows: rows,
            seconds: commits.reduce(.zero, +).seconds,
            latencies: commits.map { $0.seconds * 1000 }
        )
    }
}

/// Counts what becomes durable, and tells when every run has ended or the store has failed.
private final class PerfObserver: EngineObserver {
    private struct State {
        var figures = EnginePerf.Figures()
        var open: Int
        var failure: StoreError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(runs: Int) { state = Mutex(State(open: runs)) }

    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.figures.rows += transitions.count
            state.figures.latencies.append(took.seconds * 1000)
            state.open -= transitions.count { $0.transition.kind.isTerminal }
            guard state.open == 0 else { return nil }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func storeFailed(_ error: StoreError) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.failure = state.failure ?? error
            return state.waiter.take()
        }
        waiter?.resume()
    }
    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
    func notAdopted(_ run: RunState, _ reason: String) {}

    func allEnded() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                let isOver = state.open <= 0 || state.failure != nil
                if !isOver { state.waiter = continuation }
                return isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// The first failure of the store: what is measured with one is no figure.
    var failure: StoreError? { state.withLock { $0.failure } }

    func figures() -> EnginePerf.Figures { state.withLock { $0.figures } }
}

private struct NoEffects: EffectHandler {
    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
        EffectResult(succeeded: false, words: Words("The benchmark asks for no effects."))
    }
}
