import Glibc
import Logging
import ServiceLifecycle
package import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaMonitoring
import SomaSettings
import SomaTelemetry
import SomaTraces
import SomaTracing

/// Tracing as the settings have it. There is none unless a collector is set, and then nothing of it is made.
extension EngineTracing {
    /// What the settings say.
    /// - Returns: `nil` where no collector is set.
    /// - Throws: Where the settings don't fit together.
    convenience init?(
        _ settings: Settings,
        environment: [String: String],
        http: HTTPClient,
        registry: MetricsRegistry,
        logger: Logger
    ) throws(DaemonError) {
        guard let options = try EngineTracing.options(settings, environment) else { return nil }
        let policy = TracingPolicy(
            sampling: TraceSampling(ratio: settings.tracingSample),
            hasTail: settings.tracesTail,
            slow: settings.tracingSlow,
            hasCommits: settings.tracesCommits
        )
        self.init(policy, options, http: http, registry: registry, logger: logger)
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
    func service(_ store: any EventStore) -> any Service { TracingService(work: work(store)) }
}

/// Makes spans and sends them until the process is told to end, and then what is left.
private struct TracingService: Service {
    /// How long spans may still be sent when the process ends. The engine may have taken eight of its ten seconds.
    private static let flushTime: Duration = .milliseconds(1500)

    let work: TracingWork

    func run() async throws {
        await cancelWhenGracefulShutdown { await work.run() }
        // A task of its own: this one may be cancelled, and what is read and sent now is not to be.
        await TimeLimit.wait(atMost: Self.flushTime) { [work] in await work.finish(within: Self.flushTime) }
    }
}

extension EngineTracing: RequestTracer {
    package func ended(_ request: RequestFacts) { requests.add(request) }
}
