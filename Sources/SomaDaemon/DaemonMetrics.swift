import SomaCore
import SomaEngine
import SomaGateway
import SomaTelemetry
import Synchronization

/// Turns what the engine and the gateway do into the contract's metrics.
final class DaemonMetrics: EngineObserver, GatewayObserver {
    let registry: MetricsRegistry
    /// The model provider as metrics name it.
    private let provider: String
    private let readiness: Readiness
    private let isHeld = Atomic(false)
    private let notes: @Sendable (DaemonNote) -> Void
    /// When runs and nodes under way began, so that their ends can be measured.
    private let open = Mutex(Open())

    private struct Open {
        var runs: [RunID: Timestamp] = [:]
        var nodes: [RunID: [Int: (node: String, at: Timestamp)]] = [:]
    }

    init(
        registry: MetricsRegistry,
        provider: String = "",
        readiness: Readiness,
        notes: @escaping @Sendable (DaemonNote) -> Void
    ) {
        self.registry = registry
        self.provider = provider
        self.readiness = readiness
        self.notes = notes
    }

    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        registry.histogram(SomaMetrics.commitDuration).record(took)
        registry.histogram(SomaMetrics.commitBatch).record(Int64(transitions.count))
        for stored in transitions { count(stored.transition) }
        guard isHeld.load(ordering: .relaxed) else { return }
        isHeld.store(false, ordering: .relaxed)
        readiness.trouble = nil
        notes(.storeWrites)
    }

    private func count(_ transition: Transition) {
        let labels: KeyValuePairs = ["node": transition.node ?? "", "kind": transition.kind.name]
        registry.counter(SomaMetrics.transitions, labels).increment(by: Int64(1))
        switch transition.kind {
        case .runStarted, .runForked:
            open.withLock { $0.runs[transition.run] = transition.at }
        case .runCompleted, .runFailed, .runCancelled:
            let started = open.withLock { open in
                open.nodes[transition.run] = nil
                return open.runs.removeValue(forKey: transition.run)
            }
            if let started { registry.histogram(SomaMetrics.runDuration).record(transition.at - started) }
            notes(.ended(transition))
        case .nodeEntered:
            guard let node = transition.node else { return }
            open.withLock { $0.nodes[transition.run, default: [:]][transition.seq] = (node, transition.at) }
        case .nodeLeft:
            let activation = transition.body["activation"]?.int ?? 0
            let entered = open.withLock { $0.nodes[transition.run]?.removeValue(forKey: activation) }
            guard let entered else { return }
            registry.histogram(SomaMetrics.nodeDuration, ["node": entered.node])
                .record(transition.at - entered.at)
        default: break
        }
    }

    func storeFailed(_ error: StoreError) {
        guard error.kind == .full else { return notes(.storeFailed(error)) }
        // It is tried again twice a second; the log, perhaps on the same full disk, needs to hear of it once.
        guard !isHeld.exchange(true, ordering: .relaxed) else { return }
        readiness.trouble = error.description
        notes(.storeFailed(error))
    }

    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {
        registry.counter(SomaMetrics.effects, ["effect": call.name, "outcome": result.status])
            .increment(by: Int64(1))
        registry.histogram(SomaMetrics.effectDuration, ["effect": call.name]).record(took)
        guard call.kind == .model else { return }
        for direction in ["input", "output"] {
            guard let tokens = result.detail[direction]?.int, tokens > 0 else { continue }
            let labels: KeyValuePairs = ["provider": provider, "model": call.name, "direction": direction]
            registry.counter(SomaMetrics.modelTokens, labels).increment(by: Int64(tokens))
        }
        registry.counter(SomaMetrics.modelCost, ["provider": provider, "model": call.name])
            .increment(by: Double(result.usage.microdollars) / 1_000_000)
    }

    func shared(_ news: LeaseNews) {
        switch news {
        case .renewed(let standing): return registry.gauge(SomaMetrics.leases).set(Int64(standing.held))
        case .took(let count): changed("took", by: count)
        case .parted(let count): changed("parted", by: count)
        case .lost: changed("lost", by: 1)
        }
        notes(.shared(news))
    }

    private func changed(_ how: String, by count: Int) {
        registry.counter(SomaMetrics.leaseChanges, ["change": how]).increment(by: Int64(count))
    }

    func notAdopted(_ run: RunState, _ reason: String) { notes(.notAdopted(run.id, reason)) }

    func answered(route: String, status: Int, took: Duration) {
        registry.histogram(SomaMetrics.requestDuration, ["route": route, "status": "\(status)"]).record(took)
    }

    func streaming(clients: Int) { registry.gauge(SomaMetrics.streamClients).set(Int64(clients)) }

    /// The body of `/metrics`, with the runs counted now.
    func exposition(of fleet: Fleet) -> String {
        var counts: [RunGroup: Int] = [:]
        for run in fleet.runs { counts[RunGroup(status: run.status, role: run.role), default: 0] += 1 }
        registry.replaceGauge(
            SomaMetrics.runs,
            with: counts.map {
                (labels: ["status": $0.key.status.rawValue, "role": $0.key.role], value: Double($0.value))
            }
        )
        return registry.render(process: .current())
    }

    private struct RunGroup: Hashable {
        let status: RunStatus
        let role: String
    }
}

/// Something worth a line in the log.
enum DaemonNote: Sendable {
    case ended(Transition)
    case storeFailed(StoreError)
    /// After it had no room, it has taken a write.
    case storeWrites
    case notAdopted(RunID, String)
    /// Runs came or went.
    case shared(LeaseNews)
}
