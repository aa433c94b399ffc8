import SomaCore
import SomaEngine
import SomaGateway
import SomaMonitoring
import SomaTelemetry
import Synchronization

/// The metrics of this process: what the engine does, what the gateway answers, and the answer of `/metrics`.
final class DaemonMetrics: GatewayObserver {
    let registry: MetricsRegistry
    /// The traces of this process; `nil` where none are exported.
    let tracing: EngineTracing?
    private let engine: EngineMetrics
    private let requestDuration: HistogramTable
    private let logs: LogOutput
    /// How many of the log's dropped lines are counted.
    private let countedLines = Mutex(0)

    init(
        registry: MetricsRegistry,
        tracing: EngineTracing? = nil,
        provider: String = "",
        logs: LogOutput,
        notes: @escaping @Sendable (EngineNote) -> Void
    ) {
        self.registry = registry
        self.tracing = tracing
        self.logs = logs
        engine = EngineMetrics(
            registry: registry,
            sampling: tracing?.sampling,
            provider: provider,
            notes: notes
        )
        requestDuration = registry.histograms(SomaMetrics.requestDuration)
        streaming(clients: 0)
    }

    /// Who is told what the engine does.
    var observer: any EngineObserver {
        guard let tracing else { return engine }
        return EngineObservers(all: [engine, tracing])
    }

    func answered(route: String, status: Int, took: Duration) {
        requestDuration[route, String(status)].record(took)
    }

    func streaming(clients: Int) { registry.gauge(SomaMetrics.streamClients).set(Int64(clients)) }

    /// The answer of `/metrics`, with the runs counted now.
    func answer(to query: MetricsQuery, of fleet: Fleet) -> MetricsAnswer {
        var counts: [RunGroup: Int] = [:]
        for run in fleet.runs { counts[RunGroup(status: run.status, role: run.role), default: 0] += 1 }
        registry.replaceGauge(
            SomaMetrics.runs,
            with: counts.map {
                (labels: ["status": $0.key.status.rawValue, "role": $0.key.role], value: Double($0.value))
            }
        )
        countDroppedLines()
        let exposition = registry.exposition(
            accept: query.accept,
            acceptEncoding: query.acceptEncoding,
            process: .current()
        )
        return MetricsAnswer(
            type: exposition.format.contentType,
            encoding: exposition.isPacked ? "gzip" : nil,
            bytes: exposition.bytes
        )
    }

    /// The log knows nothing of metrics: what it has dropped is counted when somebody asks.
    private func countDroppedLines() {
        countedLines.withLock { counted in
            let dropped = logs.droppedLines
            registry.counter(SomaMetrics.logLinesDropped).increment(by: Int64(dropped - counted))
            counted = dropped
        }
    }

    private struct RunGroup: Hashable {
        let status: RunStatus
        let role: String
    }
}

extension Readiness {
    /// Says for as long as a full disk holds everything up that it does.
    func take(_ note: EngineNote) {
        switch note {
        case .storeFailed(let error) where error.kind == .full: trouble = error.description
        case .storeWrites: trouble = nil
        case .storeFailed, .ended, .notAdopted, .shared: return
        }
    }
}
