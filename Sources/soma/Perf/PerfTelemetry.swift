import ArgumentParser
import Glibc
import Logging
import SomaCore
import SomaEngine
import SomaHTTP
import SomaMonitoring
import SomaTelemetry
import SomaTracing

/// The telemetry that `somad` has, for an engine that is measured: the same observers with the same settings.
struct PerfTelemetry {
    /// What of it.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case none, metrics, traces, all

        var hasMetrics: Bool { self == .metrics || self == .all }
        var hasTraces: Bool { self == .traces || self == .all }
    }

    let kind: Kind
    /// Share of the traces that is exported, 0 to 1.
    let sample: Double
    private let options: SpanExporterOptions
    private let http: HTTPClient
    private let logger: Logger

    /// Creates telemetry.
    /// - Parameter collector: Where spans go; `nil` where there are none.
    /// - Throws: `CommandFailure` where the collector doesn't answer.
    init(_ kind: Kind, collector: String?, sample: Double) async throws {
        self.kind = kind
        self.sample = sample
        options = SpanExporterOptions(collector: collector ?? "")
        do throws(HTTPError) {
            http = try HTTPClient(userAgent: "soma/\(SomaVersion.product)")
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
        // Lines are written as somad writes them, and seen by nobody.
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard nowhere >= 0 else { throw CommandFailure(.failed, "/dev/null can't be opened.") }
        let output = LogOutput(descriptor: nowhere, format: .human(colors: false))
        logger = Logger(label: "somad") { output.handler(label: $0) }
        guard kind.hasTraces else { return }
        if let problem = await SpanExporter(options, http).problem() {
            throw CommandFailure(.failed, problem)
        }
    }

    /// Telemetry for one engine, counted from nothing.
    func attach() -> Attached { Attached(self) }

    /// What is attached to one engine.
    struct Attached {
        /// How long the last spans may take to be sent: all of them are part of the cost.
        private static let finishTime: Duration = .seconds(60)

        /// Who is told what the engine does.
        let observers: [any EngineObserver]
        private let registry = MetricsRegistry()
        private let tracing: EngineTracing?

        init(_ telemetry: PerfTelemetry) {
            let logger = telemetry.logger
            let tracing =
                telemetry.kind.hasTraces
                ? EngineTracing(
                    TracingPolicy(sampling: TraceSampling(ratio: telemetry.sample)),
                    telemetry.options,
                    http: telemetry.http,
                    registry: registry,
                    logger: logger
                ) : nil
            self.tracing = tracing
            var observers: [any EngineObserver] = []
            if telemetry.kind.hasMetrics {
                observers.append(
                    EngineMetrics(registry: registry, sampling: tracing?.sampling) { note in
                        note.write(to: logger, namesTraces: tracing != nil)
                    }
                )
            }
            if let tracing { observers.append(tracing) }
            self.observers = observers
        }

        /// Works beside an engine until `body` is done, and then until all spans are sent.
        func follow<Value>(
            _ store: any EventStore,
            _ body: () async throws -> Value
        ) async rethrows -> Value {
            guard let work = tracing?.work(store) else { return try await body() }
            let following = Task { await work.run() }
            defer { following.cancel() }
            let value = try await body()
            following.cancel()
            await following.value
            await work.finish(within: Self.finishTime)
            return value
        }

        /// How many spans the collector has taken, and how many were left out.
        var spans: (exported: Int, dropped: Int) {
            let dropped = registry.counters(SomaMetrics.spansDropped)
            return (
                Int(registry.counter(SomaMetrics.spansExported).value),
                SpanDropReason.allCases.reduce(0) { $0 + Int(dropped[$1.rawValue].value) }
            )
        }
    }
}
