import Glibc
import Logging
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSettings
import SomaTelemetry
import SomaTraces
import SomaTracing
import Synchronization

/// The traces of this process: what it exports, and to where. There is none unless a collector is set, and then nothing of
/// it is made.
final class DaemonTracing: EngineObserver, RequestTracer {
    /// How long spans may still be sent when the process ends. The engine may have taken eight of its ten seconds.
    private static let flushTime: Duration = .milliseconds(1500)

    /// Which traces are exported while their runs go on.
    let sampling: TraceSampling
    let exporter: SpanExporter
    private let policy: TracingPolicy
    private let observer: any SpanExportObserver
    private let inbox = TransitionInbox()
    private let requests: RequestSpans

    /// What the settings say.
    /// - Returns: `nil` where no collector is set.
    /// - Throws: Where the settings don't fit together.
    init?(
        _ settings: Settings,
        environment: [String: String],
        http: HTTPClient,
        registry: MetricsRegistry,
        logger: Logger
    ) throws(DaemonError) {
        guard let options = try DaemonTracing.options(settings, environment) else { return nil }
        policy = TracingPolicy(
            sampling: TraceSampling(ratio: settings.tracingSample),
            hasTail: settings.tracesTail,
            slow: settings.tracingSlow,
            hasCommits: settings.tracesCommits
        )
        sampling = policy.sampling
        observer = TracingMetrics(registry, logger)
        exporter = SpanExporter(options, http, pack: { Gzip.pack($0) }, observer: observer)
        requests = RequestSpans(exporter, observer: observer)
    }

    /// What the settings say of the collector, checked; `nil` where none is set.
    static func options(
        _ settings: Settings,
        _ environment: [String: String]
    ) throws(DaemonError) -> SpanExporterOptions? {
        guard let endpoint = settings.tracingEndpoint, !isOff(settings, environment) else { return nil }
        var options = SpanExporterOptions(collector: endpoint)
        options.encoding =
            settings.tracingText("protocol").flatMap(SpanExporterOptions.Encoding.init) ?? options.encoding
        options.authorityFile = settings.tracingText("tls_ca")
        let secret: Secret?
        do throws(SettingsError) { secret = try settings.secret("tracing.headers") } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        if let secret {
            guard let headers = secret.withExposedValue({ ExportHeaders.read($0) }) else {
                throw DaemonError(
                    "tracing.headers: expected NAME=VALUE,NAME=VALUE, found something else (not shown).",
                    exitCode: 2
                )
            }
            options.headers = headers
        }
        options.resource = TraceResource(
            service: settings.tracingText("service") ?? "somad",
            attributes: [
                Attribute("service.name", .string(settings.tracingText("service") ?? "somad")),
                Attribute("service.version", .string(SomaVersion.product)),
                Attribute("service.instance.id", .string("\(Process.hostName)/\(getpid())")),
                Attribute("host.name", .string(Process.hostName)),
                Attribute("process.pid", .int(Int64(getpid()))),
                Attribute("telemetry.sdk.name", .string("soma")),
                Attribute("telemetry.sdk.language", .string("swift")),
            ]
        )
        options.scope = TraceScope(name: "soma", version: SomaVersion.product)
        return options
    }

    /// Whether OpenTelemetry's own variables say that nothing is to be exported; they say nothing about Soma's settings.
    private static func isOff(_ settings: Settings, _ environment: [String: String]) -> Bool {
        guard case .environment(let name) = settings.entry("tracing.endpoint").origin, name.hasPrefix("OTEL_")
        else { return false }
        return environment["OTEL_SDK_DISABLED"]?.lowercased() == "true"
            || environment["OTEL_TRACES_EXPORTER"]?.lowercased() == "none"
    }

    /// What sends spans until the process is told to end, and then what is left.
    func service(_ store: any EventStore) -> any Service {
        let tracer = LogTracer(policy, inbox: inbox, store: store, exporter: exporter, observer: observer)
        return TracingService(
            tracer: tracer,
            requests: requests,
            exporter: exporter,
            flushTime: Self.flushTime
        )
    }

    // MARK: What the gateway answers

    func ended(_ request: RequestFacts) { requests.add(request) }

    // MARK: What the engine does

    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        let facts = CommitFacts(at: SystemWallClock().now + (.zero - took), took: took, groups: groups)
        inbox.add(TransitionInbox.Commit(transitions: transitions.map(\.transition), facts: facts))
    }

    func shared(_ news: LeaseNews) {
        switch news {
        case .parted, .lost: inbox.parted()
        case .took, .renewed: return
        }
    }

    func storeFailed(_ error: StoreError) {}
    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
    func notAdopted(_ run: RunState, _ reason: String) {}
}

/// Makes spans and sends them.
private struct TracingService: Service {
    let tracer: LogTracer
    let requests: RequestSpans
    let exporter: SpanExporter
    let flushTime: Duration

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await tracer.run() }
                group.addTask { await requests.run() }
                group.addTask { await exporter.run() }
            }
        }
        // A task of its own: this one may be cancelled, and what is read and sent now is not to be.
        await Task { [tracer, requests, exporter, flushTime] in
            let end = ContinuousClock.now + flushTime
            await tracer.catchUp()
            requests.catchUp()
            await exporter.flush(within: max(.zero, end - .now))
        }.value
    }
}

/// What becomes of spans, as metrics and in the log.
private final class TracingMetrics: SpanExportObserver {
    /// What is wrong isn't told again for so long.
    private static let repeatInterval = Duration.seconds(60)

    private let registry: MetricsRegistry
    private let logger: Logger
    private let said = Mutex<(words: String, at: ContinuousClock.Instant)?>(nil)

    init(_ registry: MetricsRegistry, _ logger: Logger) {
        self.registry = registry
        self.logger = logger
        registry.counter(SomaMetrics.spansExported).increment(by: Int64(0))
        // There from the start, so that the first time that one happens is an increase.
        for reason in SpanDropReason.allCases { dropped(0, reason) }
    }

    func exported(_ count: Int) { registry.counter(SomaMetrics.spansExported).increment(by: Int64(count)) }

    func dropped(_ count: Int, _ reason: SpanDropReason) {
        registry.counters(SomaMetrics.spansDropped)[reason.rawValue].increment(by: Int64(count))
    }

    func hasTrouble(_ words: String) {
        let now = ContinuousClock.now
        let isNew = said.withLock { said in
            if let last = said, last.words == words, now - last.at < Self.repeatInterval { return false }
            said = (words, now)
            return true
        }
        if isNew { logger.warning("Traces: \(words)") }
    }
}

/// Tells several who want to know.
struct EngineObservers: EngineObserver {
    let all: [any EngineObserver]

    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        for one in all { one.committed(transitions, groups: groups, took: took) }
    }

    func storeFailed(_ error: StoreError) { for one in all { one.storeFailed(error) } }

    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {
        for one in all { one.effectEnded(call, result, took: took) }
    }

    func notAdopted(_ run: RunState, _ reason: String) { for one in all { one.notAdopted(run, reason) } }

    func shared(_ news: LeaseNews) { for one in all { one.shared(news) } }
}
