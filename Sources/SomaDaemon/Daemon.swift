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

    private static func addresses(
        _ settings: Settings,
        _ folder: DataFolder,
        _ role: DaemonOptions.Role
    ) throws(SettingsError) -> [ListenAddress] {
        guard !settings.listen.isEmpty else {
            // Clients look for a gateway there.
            if !role.hasGateway { return [] }
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
            provider: provider
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
        do throws(GatewayError) {
            try await gateway.listen(
                addresses,
                isInsecure: options.isInsecure,
                isCareOnly: !options.role.hasGateway,
                metrics: metricsAddress
            )
        } catch {
            await parts.leave()
            try? await store.close()
            throw DaemonError(error.description)
        }
        own.listens(at: gateway.addresses.map(\.description))
        if options.checksOnly {
            await gateway.stop(grace: .zero)
            await parts.leave()
            var verdict = await store.verdict()
            for problem in [await relay?.problem(), await bus?.problem()].compactMap(\.self) {
                // Both ask the same brokers.
                if !verdict.problems.contains(problem.description) {
                    verdict.problems.append(problem.description)
                }
            }
            if let warning = await redis.warning() { verdict.warnings.append(warning) }
            // Runs go on without a collector.
            if let trouble = await tracing?.exporter.problem() {
                verdict.warnings.append("Traces: \(trouble)")
            }
            try? await store.close()
            for warning in verdict.warnings { logger.warning("\(warning)") }
            guard verdict.problems.isEmpty else {
                throw DaemonError(verdict.problems.joined(separator: "\n"))
            }
            return
        }
        if let shared = store as? PostgresStore, let warning = try? await shared.clockWarning() {
            logger.warning("\(warning)")
        }
        // What goes to others ends last: what the engine still makes durable is sent, too.
        let senders: [any Service] = [relay, tracing?.service(store)].compactMap(\.self)
        let failure = await serve(parts, gateway, readiness, lingering, talk.services, senders, presence)
        if failure == nil { try? await store.leaveInOrder() }
        try? await store.close()
        if let failure { throw failure }
        logger.info("Ended.")
    }

    /// Orchestrators relay.
    private func relay(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics
    ) async throws(DaemonError) -> RelayService? {
        guard [.all, .orchestrator].contains(options.role) else { return nil }
        do throws(DaemonError) {
            return try RelayService(settings, store, metrics.tracing?.sampling, metrics.registry, logger)
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// What works together in this process.
    private func assemble(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics,
        _ readiness: Readiness,
        _ bus: DaemonBus?
    ) async throws(DaemonError) -> DaemonParts {
        guard let shared = store as? PostgresStore else {
            let engine = try await openEngine(store, metrics, try agentEffects(store, metrics))
            let work = EngineService(engine: engine, readiness: readiness, logger: logger)
            return DaemonParts(engine: engine, client: engine, work: work)
        }
        if options.role == .toolExecutor, let bus {
            let work = ToolExecutorService(
                shared,
                try agentEffects(store, metrics),
                bus,
                name: name,
                callsMax: settings.toolCallsMax,
                metrics.tracing?.sampling,
                readiness
            )
            return DaemonParts(client: IdleEngine(holder: name), work: work, missing: { bus.trouble })
        }
        let cluster: ClusterParts
        do throws(StoreError) {
            cluster = try await ClusterParts(
                shared,
                name: name,
                settings: settings,
                hasGateway: options.role != .orchestrator,
                hasEngine: options.role == .all || options.role == .orchestrator
            )
        } catch {
            throw DaemonError(error.description)
        }
        var engine: Engine?
        var beside: (any Service)?
        if let leases = cluster.leases {
            let effects = try agentEffects(store, metrics)
            // A process that does everything performs its tools itself.
            let traces = metrics.tracing?.sampling
            let tools =
                options.role == .all
                ? nil : bus.map { RemoteTools(effects, shared, $0, name: name, traces) }
            let opened = try await openEngine(
                shared,
                metrics,
                tools?.effects ?? effects,
                leases,
                cluster.follower?.hub
            )
            if let tools, let bus { beside = BesideService(bus: bus) { await tools.run(opened) } }
            engine = opened
        }
        return DaemonParts(
            engine: engine,
            client: cluster.client(engine, settings),
            work: ClusterService(cluster, engine, settings, readiness),
            beside: beside,
            sharesRuns: true,
            missing: { [role = options.role] in
                // Runs go on without Kafka, and so does what a gateway serves.
                if let missing = await cluster.missing() { return missing }
                return role == .conversationWorker ? bus?.trouble : nil
            },
            leave: { await cluster.leases?.leave() }
        )
    }

    /// Who the process is, to others.
    var name: String { "somad \(getpid()) on \(Process.hostName)" }

    private func openBus(_ store: any DaemonStore) async throws(DaemonError) -> DaemonBus? {
        guard !settings.kafkaBrokers.isEmpty, options.role != .all else { return nil }
        let secret: [UInt8]
        do throws(StoreError) { secret = try await store.contentSecret() } catch {
            throw DaemonError(error.description)
        }
        // Each store has a secret of its own; this tells it from others and nothing about it.
        let mark = KeyedContentHasher(secret: secret).id(of: Words("store"), after: nil, subject: "")
        return try DaemonBus(settings, store: mark.description, name: name, logger: logger)
    }

    private func agentEffects(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics
    ) throws(DaemonError) -> any EffectHandler {
        var settings = effectSettings
        settings.traces = metrics.tracing?.sampling
        let effects = AgentEffects(
            registry: registry,
            store: store,
            model: try modelProvider(),
            settings: settings,
            now: { SystemWallClock().now }
        )
        // Clients watch wherever they like.
        guard let outputs = (store as? PostgresStore)?.outputs else { return effects }
        return ToldEffects(effects) { outputs.tell($0) }
    }

    private func openEngine(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics,
        _ effects: any EffectHandler,
        _ leases: any RunLeases = SoleHolder(),
        _ readers: EventHub? = nil
    ) async throws(DaemonError) -> Engine {
        do throws(StoreError) {
            return try await Engine(
                store: store,
                catalog: roles.catalog,
                effects: effects,
                holder: name,
                leases: leases,
                liveReaders: readers,
                observer: metrics.observer
            )
        } catch {
            throw DaemonError(error.description)
        }
    }

    /// What takes messages in, and what answers them.
    private func conversations(
        _ store: any DaemonStore,
        _ engine: any EngineClient,
        _ readiness: Readiness,
        _ bus: DaemonBus?,
        _ sessions: (any SessionKeeper)?,
        _ traces: TraceSampling?
    ) async throws(DaemonError) -> (gateway: ConversationServices, services: [any Service]) {
        let secret: [UInt8]
        do throws(StoreError) {
            secret = try await store.contentSecret()
        } catch {
            throw DaemonError(error.description)
        }
        let hasher = KeyedContentHasher(secret: secret)
        let (queue, feed) = (ConversationQueue(), ConversationFeed())
        let topics = bus.map { ConversationTopics(bus: $0, name: name) }
        let worker = ConversationWorker(
            store: store,
            sessions: sessions,
            starter: engine,
            hasher: hasher,
            now: { SystemWallClock().now },
            traces: traces,
            announce: { id, message, trace in
                feed.changed(id)
                await topics?.answered(id, message, trace)
            }
        )
        let gateway = ConversationServices(
            store: store,
            hasher: hasher,
            feed: feed,
            posted: { id, message in
                if let topics { await topics.posted(id, message) } else { queue.add(id) }
            }
        )
        let service = ConversationService(
            worker: worker,
            queue: queue,
            store: store,
            engine: engine,
            readiness: readiness,
            logger: logger
        )
        guard let bus, let topics else { return (gateway, options.role == .orchestrator ? [] : [service]) }
        switch options.role {
        case .gateway: return (gateway, [BesideService(bus: bus) { await topics.follow(feed) }])
        case .conversationWorker:
            return (gateway, [service, BesideService(bus: bus) { await topics.work(worker) }])
        case .all, .orchestrator, .toolExecutor: return (gateway, [])
        }
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
        _ parts: DaemonParts,
        _ gateway: Gateway,
        _ readiness: Readiness,
        _ lingering: Lingering,
        _ conversations: [any Service],
        _ senders: [any Service],
        _ presence: ReplicaPresence?
    ) async -> DaemonError? {
        var services = senders
        services += [parts.work, GatewayService(gateway: gateway, readiness: readiness)]
        services += conversations
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
        return await serve(services)
    }

    /// Runs services until one ends, or the process is told to.
    func serve(_ services: [any Service]) async -> DaemonError? {
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
