import Glibc
import Logging
import ServiceLifecycle
import SomaAgents
import SomaCore
import SomaEngine
import SomaGateway
import SomaHTTP
import SomaSettings
package import SomaTelemetry
import UnixSignals

/// The daemon: settings, store, roles, engine and gateway put together, started in order and ended in reverse.
package struct Daemon: Sendable {
    /// How long effects under way may take to end when the daemon is told to.
    package static let drainGrace: Duration = .seconds(8)

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

    /// Reads and checks everything that can be checked without opening the store.
    package init(_ options: DaemonOptions, logs: LogOutput? = nil) throws(DaemonError) {
        self.options = options
        do throws(SettingsError) {
            let loader = SettingsLoader(
                environment: options.environment,
                workingFolder: options.workingFolder,
                configFile: options.configFile
            )
            settings = try loader.load(flags: options.flags)
            folder = try DataFolder(chosen: settings.dataFolder, environment: options.environment)
            addresses = try Daemon.addresses(settings, folder)
            metricsAddress = settings.metrics.flatMap { endpoint in
                if case .tcp(let host, let port) = endpoint { .tcp(host: host, port: port) } else { nil }
            }
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        guard options.role == .all else {
            throw DaemonError(
                "--role \(options.role.rawValue): one process does all roles until the cluster comes. Leave --role out.",
                exitCode: 2
            )
        }
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

    private static func addresses(
        _ settings: Settings,
        _ folder: DataFolder
    ) throws(SettingsError) -> [ListenAddress] {
        guard !settings.listen.isEmpty else {
            try DataFolder.checkSocketPath(folder.socketPath)
            return [.unix(path: folder.socketPath)]
        }
        var addresses: [ListenAddress] = []
        for endpoint in settings.listen {
            switch endpoint {
            case .unix(let path):
                try DataFolder.checkSocketPath(path)
                addresses.append(.unix(path: path))
            case .tcp(let host, let port): addresses.append(.tcp(host: host, port: port))
            }
        }
        return addresses
    }

    /// Runs until told to end. Gives the process's exit code.
    package func run() async throws(DaemonError) {
        Process.prepare()
        do throws(SettingsError) {
            try folder.prepare()
            try folder.prepareSocketFolder()
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        let store = try await DaemonStores.open(settings, folder)
        let logger = logger
        let readiness = Readiness()
        let provider = settings.modelAddress.map(ModelChoice.provider) ?? ""
        let metrics = DaemonMetrics(
            registry: MetricsRegistry(),
            provider: provider,
            readiness: readiness
        ) { note in
            note.write(to: logger)
        }
        let engine = try await openEngine(store, metrics)
        let lingering = Lingering(options.lingers)
        let talk = try await conversations(store, engine, readiness)
        let services = GatewayServices(
            engine: engine,
            store: store,
            roles: roles,
            readiness: readiness,
            about: GatewayAbout(
                pid: Int(getpid()),
                startedAt: SystemWallClock().now,
                store: store.place,
                dataFolder: folder.path,
                person: Process.userName
            ),
            lingering: lingering,
            metrics: { metrics.exposition(of: await engine.snapshot().fleet) },
            observer: metrics,
            conversations: talk.gateway
        )
        var bounds = GatewayOptions()
        bounds.runsActiveMax = settings.runsActiveMax
        let gateway = Gateway(services, options: bounds, logger: logger)
        do throws(GatewayError) {
            try await gateway.listen(addresses, isInsecure: options.isInsecure, metrics: metricsAddress)
        } catch {
            try? await store.close()
            throw DaemonError(error.description)
        }
        if options.checksOnly {
            await gateway.stop(grace: .zero)
            let verdict = await store.verdict()
            try? await store.close()
            for warning in verdict.warnings { logger.warning("\(warning)") }
            guard verdict.problems.isEmpty else {
                throw DaemonError(verdict.problems.joined(separator: "\n"))
            }
            return
        }
        let failure = await serve(engine, gateway, readiness, lingering, talk.service)
        try? await store.close()
        if let failure { throw failure }
        logger.info("Ended.")
    }

    private func openEngine(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics
    ) async throws(DaemonError) -> Engine {
        let effects = AgentEffects(
            registry: registry,
            store: store,
            model: try modelProvider(),
            settings: effectSettings,
            now: { SystemWallClock().now }
        )
        do throws(StoreError) {
            return try await Engine(
                store: store,
                catalog: roles.catalog,
                effects: effects,
                holder: "somad \(getpid()) on \(Process.hostName)",
                observer: metrics
            )
        } catch {
            throw DaemonError(error.description)
        }
    }

    /// What takes messages in, and what answers them.
    private func conversations(
        _ store: any DaemonStore,
        _ engine: Engine,
        _ readiness: Readiness
    ) async throws(DaemonError) -> (gateway: ConversationServices, service: ConversationService) {
        let secret: [UInt8]
        do throws(StoreError) {
            secret = try await store.contentSecret()
        } catch {
            throw DaemonError(error.description)
        }
        let hasher = KeyedContentHasher(secret: secret)
        let (queue, feed) = (ConversationQueue(), ConversationFeed())
        let worker = ConversationWorker(
            store: store,
            starter: engine,
            hasher: hasher,
            now: { SystemWallClock().now },
            announce: { id, _ in feed.changed(id) }
        )
        let gateway = ConversationServices(
            store: store,
            hasher: hasher,
            feed: feed,
            posted: { id, _ in queue.add(id) }
        )
        let service = ConversationService(
            worker: worker,
            queue: queue,
            store: store,
            engine: engine,
            readiness: readiness,
            logger: logger
        )
        return (gateway, service)
    }

    private func modelProvider() throws(DaemonError) -> (any ModelProvider)? {
        guard let address = settings.modelAddress else { return nil }
        do throws(SettingsError) {
            return OpenAIProvider(client: http, url: address, key: try settings.secret("model.api_key"))
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
    }

    private var effectSettings: AgentEffects.Settings {
        var effects = AgentEffects.Settings()
        effects.policy.sandbox =
            switch settings.sandbox {
            case .required: .required
            case .preferred: .preferred
            case .off: .off
            }
        effects.policy.allowsPrivateAddresses = settings.allowsPrivateAddresses
        effects.policy.outputBytesMax = settings.toolOutputBytesMax
        effects.resultBytesMax = settings.toolOutputBytesMax
        return effects
    }

    /// Runs the services until one is told to end or fails.
    private func serve(
        _ engine: Engine,
        _ gateway: Gateway,
        _ readiness: Readiness,
        _ lingering: Lingering,
        _ conversations: ConversationService
    ) async -> DaemonError? {
        let work = EngineService(engine: engine, readiness: readiness, logger: logger)
        var services: [any Service] = [work, GatewayService(gateway: gateway, readiness: readiness)]
        services.append(conversations)
        services.append(ReloadService(daemon: self, engine: engine))
        if options.lingers {
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
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        do {
            try await ServiceGroup(configuration: configuration).run()
            return nil
        } catch {
            return error as? DaemonError ?? DaemonError("\(error)")
        }
    }
}

extension DaemonNote {
    /// Writes it into the log.
    func write(to logger: Logger) {
        switch self {
        case .ended(let transition):
            logger.info(
                "The run has ended.",
                metadata: ["run": "\(transition.run)", "how": "\(transition.kind.name)"]
            )
        case .storeFailed(let error): logger.error("\(error.description)")
        case .storeWrites: logger.notice("There is room again, and everything goes on.")
        case .notAdopted(let run, let reason): logger.error("\(reason)", metadata: ["run": "\(run)"])
        }
    }
}
