import Glibc
import Logging
import ServiceLifecycle
import SomaAgents
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaKafka
import SomaMonitoring
import SomaPostgres
import SomaRedis
import SomaSettings
package import SomaTelemetry
import SomaTracing

/// The daemon: settings, store, roles, engine and gateway put together, started in order and ended in reverse.
package struct Daemon: Sendable {
    /// How long effects under way may take to end when the daemon is told to.
    package static let drainGrace: Duration = .seconds(8)

    /// How long appends that are under way may take when nothing more comes.
    private static let closeTime: Duration = .milliseconds(500)
    /// How long the last lines of the log may take to be written.
    private static let logTime: Duration = .milliseconds(200)

    let options: DaemonOptions
    let settings: Settings
    let folder: DataFolder
    let addresses: [ListenAddress]
    let metricsAddress: ListenAddress?
    let roles: DaemonRoles
    let http: HTTPClient
    let registry: ToolRegistry
    let logs: LogOutput
    let logger: Logger
    let ending: Ending

    /// Reads and checks everything that can be checked without opening the store.
    package init(_ options: DaemonOptions, logs: LogOutput? = nil) throws(DaemonError) {
        self.options = options
        ending = Ending()
        do throws(SettingsError) {
            let loader = SettingsLoader(
                environment: options.environment,
                workingFolder: options.workingFolder,
                configFile: options.configFile
            )
            settings = try loader.load(flags: options.flags)
            folder = try DataFolder(chosen: settings.dataFolder, environment: options.environment)
            addresses = try Daemon.addresses(settings, folder, options.role)
            metricsAddress = settings.metrics.flatMap { endpoint in
                if case .tcp(let host, let port) = endpoint { .tcp(host: host, port: port) } else { nil }
            }
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        try Daemon.check(options.role, settings)
        // Before anything is waited for: what is set wrongly stays wrong.
        do throws(BusError) { _ = try KafkaOptions(settings) } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        _ = try EngineTracing.options(settings, options.environment)
        self.logs =
            logs
            ?? LogOutput(
                format: settings.logsJSON
                    ? .json
                    : LogOutput.humanFormat(
                        environment: options.environment,
                        isTerminal: isatty(STDERR_FILENO) == 1
                    ),
                level: Logger.Level(rawValue: settings.logLevel) ?? .info
            )
        let output = self.logs
        logger = Logger(label: "somad") { label in output.handler(label: label) }
        do {
            let client = try HTTPClient(userAgent: "somad/\(SomaVersion.product)")
            http = client
            registry = try ToolRegistry(BuiltinTools.all(client: client))
            let agents = try ConfigFolders.findAgents(
                settings: settings,
                workingFolder: options.workingFolder,
                executable: options.executable
            )
            let model = ModelChoice(settings)
            roles = DaemonRoles(
                try RoleCatalog(folder: agents, tools: registry.specifications, model: model)
            )
        } catch {
            throw DaemonError("\(error)", exitCode: 2)
        }
        for warning in settings.warnings { logger.warning("\(warning)") }
    }

    private static func check(_ role: DaemonOptions.Role, _ settings: Settings) throws(DaemonError) {
        switch role {
        case .all: return
        case .gateway, .orchestrator:
            guard (settings.store ?? "sqlite:").hasPrefix("sqlite:") else { return }
            throw DaemonError(
                "--role \(role.rawValue): it shares its store with other processes, and SQLite has room for one. "
                    + "Set store to postgres://…, or leave --role out.",
                exitCode: 2
            )
        case .conversationWorker, .toolExecutor:
            let isPostgres = !(settings.store ?? "sqlite:").hasPrefix("sqlite:")
            guard !isPostgres || settings.kafkaBrokers.isEmpty else { return }
            throw DaemonError(
                "--role \(role.rawValue): it hears of its work on Kafka and keeps it in Postgres. "
                    + "Set kafka.brokers, and store to postgres://…, or leave --role out.",
                exitCode: 2
            )
        }
    }

    /// Runs until told to end, which takes 10 s at most, whoever doesn't answer.
    ///
    /// - Throws: Why it could not start, or why it ended without being told to.
    package func run() async throws(DaemonError) {
        Process.prepare()
        let signals = EndSignals(ending)
        defer { withExtendedLifetime(signals) { _ = logs.flush(within: Self.logTime) } }
        let outcome = await ending.bound { () async -> Result<Void, DaemonError> in
            do throws(DaemonError) { return .success(try await self.work()) } catch { return .failure(error) }
        }
        switch outcome {
        case .success: return
        case .failure(let error):
            // What was broken off failed because of that.
            guard ending.hasBrokenOff, !options.checksOnly else { throw error }
            logger.info("Ended before it had started.")
        case nil:
            logger.warning(
                "Ended in the middle: something had not answered for 10 s. The next start goes on where the log ends."
            )
            if let failure = ending.failure { throw failure }
        }
    }

    /// Whether something is still under way that could not be waited for. It may use anything, so nothing is to be torn
    /// down under it.
    package var isCutShort: Bool { ending.isCutShort }

    private func work() async throws(DaemonError) {
        do throws(SettingsError) {
            try folder.prepare()
            try folder.prepareSocketFolder()
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        let registry = MetricsRegistry()
        let tracing = try EngineTracing(
            settings,
            environment: options.environment,
            http: http,
            registry: registry,
            logger: logger
        )
        let redis = try DaemonRedis(settings, registry: registry, logger: logger)
        let logger = logger
        let readiness = Readiness()
        let provider = settings.modelAddress.map(ModelChoice.provider) ?? ""
        let metrics = DaemonMetrics(
            registry: registry,
            tracing: tracing,
            provider: provider,
            logs: logs
        ) { note in
            readiness.take(note)
            note.write(to: logger, namesTraces: tracing != nil)
        }
        guard let store = try await openStore(metrics) else {
            logger.info("Ended.")
            return
        }
        let relay = try await relay(store, metrics)
        let bus = try await openBus(store)
        let parts = try await assemble(store, metrics, readiness, bus)
        let own = OwnReplica(name: name, role: options.role.rawValue)
        let presence = redis.presence(of: own)
        let lingering = Lingering(options.lingers)
        let talk = try await conversations(
            store,
            parts.client,
            readiness,
            bus,
            redis.sessions,
            tracing?.sampling
        )
        let services = GatewayServices(
            engine: parts.client,
            store: store,
            roles: roles,
            readiness: readiness,
            about: about(store: store.place),
            lingering: lingering,
            // Of runs that others hold they tell.
            metrics: { metrics.answer(to: $0, of: await parts.engine?.snapshot().fleet ?? Fleet()) },
            observer: metrics,
            tracer: settings.tracesRequests ? tracing : nil,
            missing: parts.missing,
            limiter: redis.limiter,
            replicas: DaemonReplicas(presence: presence, own: own),
            conversations: talk.gateway
        )
        var bounds = GatewayOptions()
        bounds.runsActiveMax = parts.sharesRuns ? .max : settings.runsActiveMax
        bounds.checksWorkspace = options.role == .all
        let gateway = Gateway(services, options: bounds, logger: logger)
        do throws(DaemonError) {
            try await listen(gateway)
        } catch {
            await parts.leave()
            try? await store.close()
            throw error
        }
        own.listens(at: gateway.addresses.map(\.description))
        if options.checksOnly {
            await gateway.stop(grace: .zero)
            await parts.leave()
            var verdict = await store.verdict()
            for problem in [await relay?.needed.problem(), await bus?.needed.problem()].compactMap(\.self) {
                // Both ask the same brokers.
                if !verdict.problems.contains(problem.description) {
                    verdict.problems.append(problem.description)
                }
            }
            if let warning = await redis.warning() { verdict.warnings.append(warning) }
            // Runs go on without a collector.
            if let trouble = await tracing?.exporter.problem() {
                verdict.warnings.append("tracing.endpoint: \(trouble)")
            }
            try? await store.close()
            for warning in verdict.warnings { logger.warning("\(warning)") }
            guard verdict.problems.isEmpty else {
                throw DaemonError(verdict.problems.joined(separator: "\n"))
            }
            return
        }
        // What goes to others ends last: what the engine still makes durable is sent, too.
        let senders: [any Service] = [relay, tracing?.service(store)].compactMap(\.self)
        ending.started()
        var beside = talk.services
        if let shared = store as? PostgresStore {
            beside.append(
                WarningWatch(
                    logger,
                    every: .seconds(60),
                    over: "The clocks of the store's server and of this machine are together again."
                ) { try await shared.clockWarning() }
            )
            beside.append(
                WarningWatch(
                    logger,
                    every: .seconds(10),
                    over: "The store's server gives this process as many connections as it wants again."
                ) { try await shared.shortageWarning() }
            )
        }
        let failure = await serve(parts, gateway, readiness, lingering, beside, senders, presence)
        ending.failure = failure
        if failure == nil { try? await store.leaveInOrder() }
        try? await store.close(grace: min(Self.closeTime, ending.left))
        if let failure { throw failure }
        logger.info("Ended.")
    }

    /// Runs the services until one is told to end or fails.
    private func serve(
        _ parts: DaemonParts,
        _ gateway: Gateway,
        _ readiness: Readiness,
        _ lingering: Lingering,
        _ others: [any Service],
        _ senders: [any Service],
        _ presence: ReplicaPresence?
    ) async -> DaemonError? {
        var services = senders
        services += [parts.work, GatewayService(gateway: gateway, readiness: readiness)]
        services += others
        if let beside = parts.beside { services.append(beside) }
        services.append(ReloadService(daemon: self, engine: parts.engine))
        if let presence { services.append(PresenceService(presence: presence)) }
        if options.lingers, let engine = parts.engine {
            services.append(
                LingerService(
                    engine: engine,
                    gateway: gateway,
                    lingering: lingering,
                    limit: settings.daemonLinger
                )
            )
        }
        // Ended in reverse: first nobody new comes in, then the engine drains. What the engine's service throws
        // is why the process ends.
        return await serve(services + [EndingService(ending: ending, isLast: true)])
    }

    /// Runs services until one of them ends.
    func serve(_ services: [any Service]) async -> DaemonError? {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        do {
            try await ServiceGroup(configuration: configuration).run()
            return nil
        } catch {
            return error as? DaemonError ?? DaemonError("\(error)")
        }
    }
}
