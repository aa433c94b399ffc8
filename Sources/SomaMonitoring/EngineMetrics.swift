package import SomaCore
package import SomaEngine
package import SomaTelemetry
import Synchronization

/// Turns what the engine does into the contract's metrics, and tells what is worth a line in the log.
package final class EngineMetrics: EngineObserver {
    private let registry: MetricsRegistry
    /// Which traces are exported; `nil` where none are.
    private let sampling: TraceSampling?
    /// The model provider as metrics name it.
    private let provider: String
    private let instruments: Instruments
    private let isHeld = Atomic(false)
    private let notes: @Sendable (EngineNote) -> Void
    /// When runs and nodes under way began, so that their ends can be measured.
    private let open = Mutex(Open())

    /// The series that much is recorded into, found once.
    private struct Instruments {
        let transitions: CounterTable
        let runDuration: HistogramSeries
        let nodeDuration: HistogramTable
        let commitDuration: HistogramSeries
        let commitBatch: HistogramSeries
        let effects: CounterTable
        let effectDuration: HistogramTable
        let modelTokens: CounterTable
        let modelCost: CounterTable
        let leaseChanges: CounterTable

        init(_ registry: MetricsRegistry) {
            transitions = registry.counters(SomaMetrics.transitions)
            runDuration = registry.histogram(SomaMetrics.runDuration)
            nodeDuration = registry.histograms(SomaMetrics.nodeDuration)
            commitDuration = registry.histogram(SomaMetrics.commitDuration)
            commitBatch = registry.histogram(SomaMetrics.commitBatch)
            effects = registry.counters(SomaMetrics.effects)
            effectDuration = registry.histograms(SomaMetrics.effectDuration)
            modelTokens = registry.counters(SomaMetrics.modelTokens)
            modelCost = registry.counters(SomaMetrics.modelCost)
            leaseChanges = registry.counters(SomaMetrics.leaseChanges)
        }
    }

    private struct Open {
        var runs: [RunID: Run] = [:]
        /// Nodes that a run is in: few at a time, so that they are looked through.
        var nodes: [RunID: [Visit]] = [:]

        struct Run {
            let at: Timestamp
            /// What a caller in whose trace it began has chosen for it; `nil` where it began here.
            let isSampled: Bool?
        }

        struct Visit {
            let seq: Int
            let node: String
            let at: Timestamp
        }

        /// Forgets all where there are so many: runs that went to other processes don't end here, and would add up.
        mutating func makeRoom(for run: RunID, _ most: Int) {
            if max(runs.count, nodes.count) >= most, runs[run] == nil, nodes[run] == nil { self = Open() }
        }

        mutating func leave(_ run: RunID, _ seq: Int) -> Visit? {
            guard let place = nodes.index(forKey: run),
                let index = nodes.values[place].firstIndex(where: { $0.seq == seq })
            else { return nil }
            return nodes.values[place].remove(at: index)
        }
    }

    private let openMax: Int

    /// Creates an observer.
    /// - Parameters:
    ///   - registry: Has the contract's metrics.
    ///   - sampling: Which traces are exported, for the way from a number to its span; `nil` where none are.
    ///   - provider: The model provider as metrics name it.
    ///   - openMax: How many runs may be under way, more than there are in a process; beyond it, those that are go unmeasured.
    ///   - notes: Is told what is worth a line in the log. Must be quick.
    package init(
        registry: MetricsRegistry,
        sampling: TraceSampling? = nil,
        provider: String = "",
        openMax: Int = 200_000,
        notes: @escaping @Sendable (EngineNote) -> Void
    ) {
        self.registry = registry
        self.sampling = sampling
        self.provider = provider
        self.openMax = openMax
        self.notes = notes
        instruments = Instruments(registry)
    }

    package func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        // The last one's run may begin or end here.
        let before = transitions.last.flatMap { begun($0.transition.run) }
        instruments.commitBatch.record(Int64(transitions.count))
        // Where they lie: to copy one costs as much as to count it.
        for index in transitions.indices { count(transitions[index].transition) }
        let reference = transitions.last.flatMap { commit($0.transition, before) }
        instruments.commitDuration.record(took, for: reference)
        guard isHeld.load(ordering: .relaxed) else { return }
        isHeld.store(false, ordering: .relaxed)
        notes(.storeWrites)
    }

    private func count(_ transition: Transition) {
        instruments.transitions[transition.node ?? "", transition.kind.name].increment(by: Int64(1))
        switch transition.kind {
        case .runStarted, .runForked:
            let run = Open.Run(at: transition.at, isSampled: transition.body["sampled"]?.bool)
            open.withLock { open in
                open.makeRoom(for: transition.run, openMax)
                open.runs[transition.run] = run
            }
        case .runCompleted, .runFailed, .runCancelled:
            let started = open.withLock { open in
                open.nodes[transition.run] = nil
                return open.runs.removeValue(forKey: transition.run)
            }
            if let started {
                let reference = reference(transition, started, TraceIdentity.span(of: transition.run))
                instruments.runDuration.record(transition.at - started.at, for: reference)
            }
            notes(.ended(transition))
        case .nodeEntered:
            guard let node = transition.node else { return }
            let visit = Open.Visit(seq: transition.seq, node: node, at: transition.at)
            open.withLock { open in
                open.makeRoom(for: transition.run, openMax)
                open.nodes[transition.run, default: []].append(visit)
            }
        case .nodeLeft:
            let activation = transition.body["activation"]?.int ?? 0
            let isTraced = sampling != nil
            let (entered, run) = open.withLock {
                ($0.leave(transition.run, activation), isTraced ? $0.runs[transition.run] : nil)
            }
            guard let entered else { return }
            instruments.nodeDuration[entered.node]
                .record(
                    transition.at - entered.at,
                    for: reference(transition, run, TraceIdentity.span(of: transition.run, seq: activation))
                )
        default: break
        }
    }

    /// The way from a point of a histogram to a span of the run; `nil` where it is not exported.
    /// - Parameter run: How the run began; `nil` where that wasn't seen here: then the share alone decides.
    private func reference(
        _ transition: Transition,
        _ run: Open.Run?,
        _ span: @autoclosure () -> SpanID
    ) -> TraceReference? {
        guard let sampling else { return nil }
        let trace = TraceIdentity.trace(of: transition)
        return sampling.includes(trace, caller: run?.isSampled) ? TraceReference(trace, span()) : nil
    }

    private func commit(_ last: Transition, _ before: Open.Run?) -> TraceReference? {
        reference(last, before ?? begun(last.run), TraceIdentity.commit(of: last.run, seq: last.seq))
    }

    private func begun(_ run: RunID) -> Open.Run? {
        sampling == nil ? nil : open.withLock { $0.runs[run] }
    }

    package func storeFailed(_ error: StoreError) {
        guard error.kind == .full else { return notes(.storeFailed(error)) }
        // It is tried again twice a second; the log, perhaps on the same full disk, needs to hear of it once.
        guard !isHeld.exchange(true, ordering: .relaxed) else { return }
        notes(.storeFailed(error))
    }

    package func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {
        instruments.effects[call.name, result.status].increment(by: Int64(1))
        let reference = sampling.flatMap { call.run.traceContext(ofEffect: call.effect, $0) }
            .flatMap { $0.isSampled ? TraceReference($0.trace, $0.span) : nil }
        instruments.effectDuration[call.name].record(took, for: reference)
        guard call.kind == .model else { return }
        for direction in ["input", "output"] {
            guard let tokens = result.detail[direction]?.int, tokens > 0 else { continue }
            instruments.modelTokens[provider, call.name, direction].increment(by: Int64(tokens))
        }
        let dollars = Double(result.usage.microdollars) / 1_000_000
        instruments.modelCost[provider, call.name].increment(by: dollars)
    }

    package func shared(_ news: LeaseNews) {
        switch news {
        case .renewed(let standing):
            registry.gauge(SomaMetrics.leases).set(Int64(standing.held))
            // There from the start, so that the first time that one happens is an increase.
            for how in ["took", "parted", "lost"] { changed(how, by: 0) }
            return
        case .took(let count): changed("took", by: count)
        case .parted(let count): changed("parted", by: count)
        case .lost: changed("lost", by: 1)
        case .overtaken, .unsure: break
        }
        notes(.shared(news))
    }

    private func changed(_ how: String, by count: Int) {
        instruments.leaseChanges[how].increment(by: Int64(count))
    }

    package func notAdopted(_ run: RunState, _ reason: String) {
        notes(.notAdopted(run.id, run.traceID, reason))
    }
}

extension TraceReference {
    fileprivate init?(_ trace: TraceID, _ span: SpanID) {
        self.init(traceHigh: trace.high, traceLow: trace.low, span: span.rawValue)
    }
}
