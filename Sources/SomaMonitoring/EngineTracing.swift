package import Logging
package import SomaCore
package import SomaEngine
package import SomaHTTP
package import SomaTelemetry
package import SomaTracing
import Synchronization

/// The traces of this process: what it exports, and to where. It follows what the engine makes durable.
package final class EngineTracing: EngineObserver {
    /// Which traces are exported while their runs go on.
    package let sampling: TraceSampling
    /// Sends the spans.
    package let exporter: SpanExporter
    /// Makes spans of requests that were answered, where somebody tells of them.
    package let requests: RequestSpans
    private let policy: TracingPolicy
    private let observer: any SpanExportObserver
    private let inbox = TransitionInbox()
    private let triage: Mutex<TraceTriage>

    /// Creates what follows an engine. It exports nothing until ``work(_:)`` runs.
    /// - Parameters:
    ///   - policy: What is exported.
    ///   - options: Where it goes.
    ///   - registry: Counts what becomes of spans.
    ///   - logger: Is told what is wrong with the collector.
    package init(
        _ policy: TracingPolicy,
        _ options: SpanExporterOptions,
        http: HTTPClient,
        registry: MetricsRegistry,
        logger: Logger
    ) {
        self.policy = policy
        sampling = policy.sampling
        triage = Mutex(TraceTriage(policy))
        observer = TracingMetrics(registry, logger)
        exporter = SpanExporter(options, http, pack: { Gzip.pack($0) }, observer: observer)
        requests = RequestSpans(exporter, observer: observer)
    }

    /// What makes spans of a store's log and sends them.
    package func work(_ store: any EventStore) -> TracingWork {
        let tracer = LogTracer(policy, inbox: inbox, store: store, exporter: exporter, observer: observer)
        return TracingWork(tracer: tracer, requests: requests, exporter: exporter)
    }

    package func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        let news = triage.withLock { $0.take(transitions) }
        for tail in news.tails { inbox.read(tail.run, through: tail.seq) }
        guard !news.followed.isEmpty else { return }
        let facts = CommitFacts(at: SystemWallClock().now + (.zero - took), took: took, groups: groups)
        inbox.add(TransitionInbox.Commit(transitions: news.followed, facts: facts))
    }

    package func shared(_ news: LeaseNews) {
        switch news {
        case .parted, .lost, .overtaken:
            triage.withLock { $0.forgetAll() }
            inbox.parted()
        case .took, .renewed, .unsure: return
        }
    }

    package func storeFailed(_ error: StoreError) {}
    package func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
    package func notAdopted(_ run: RunState, _ reason: String) {}
}

/// Makes spans and sends them.
package struct TracingWork: Sendable {
    let tracer: LogTracer
    let requests: RequestSpans
    let exporter: SpanExporter

    /// Works until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [tracer] in await tracer.run() }
            group.addTask { [requests] in await requests.run() }
            group.addTask { [exporter] in await exporter.run() }
        }
    }

    /// Sends what is left, once ``run()`` has ended.
    /// - Parameter time: What can't be sent by then is counted as left out.
    package func finish(within time: Duration) async {
        let end = ContinuousClock.now + time
        await tracer.catchUp()
        requests.catchUp()
        await exporter.flush(within: max(.zero, end - .now))
    }
}
