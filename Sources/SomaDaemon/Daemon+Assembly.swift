import Glibc
import ServiceLifecycle
import SomaAgents
import SomaCore
import SomaEngine
import SomaGateway
import SomaMonitoring
import SomaPostgres
import SomaSettings

/// What a daemon of each role is made of.
extension Daemon {
    /// Orchestrators relay.
    func relay(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics
    ) async throws(DaemonError) -> RelayService? {
        guard [.all, .orchestrator].contains(options.role) else { return nil }
        do throws(DaemonError) {
            return try RelayService(
                settings,
                store,
                metrics.tracing?.sampling,
                metrics.registry,
                logger,
                ending
            )
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// What works together in this process.
    func assemble(
        _ store: any DaemonStore,
        _ metrics: DaemonMetrics,
        _ readiness: Readiness,
        _ bus: DaemonBus?
    ) async throws(DaemonError) -> DaemonParts {
        guard let shared = store as? PostgresStore else {
            let engine = try await openEngine(store, metrics, try agentEffects(store, metrics))
            let work = EngineService(engine: engine, readiness: readiness, ending: ending, logger: logger)
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
                readiness,
                ending
            )
            let watch = work.watch
            return DaemonParts(
                client: IdleEngine(holder: name),
                work: work,
                missing: { watch.absence() ?? bus.trouble }
            )
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
            work: ClusterService(cluster, engine, settings, readiness, ending, logger),
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

    func openBus(_ store: any DaemonStore) async throws(DaemonError) -> DaemonBus? {
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
    func conversations(
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
}
