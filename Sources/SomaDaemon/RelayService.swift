import Logging
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaKafka
import SomaPostgres
import SomaSettings
import SomaTelemetry
import Synchronization

/// Sends transitions on to Kafka, in turn with the other processes on the store.
struct RelayService: Service {
    /// How long nobody telling of news is believed to mean that there is none.
    private static let newsInterval = Duration.seconds(1)

    /// How long records that are on their way may take at the end, and noting how far they are. Whoever relays next sends
    /// the rest, or the last of it once more.
    private static let endTime = Duration.seconds(4)

    let store: PostgresStore
    let options: KafkaOptions
    let topics: Topics
    /// The topic that is relayed to, and that of what no broker takes.
    let needed: NeededTopics
    let traces: TraceSampling?
    let metrics: MetricsRegistry
    let logger: Logger
    let ending: Ending

    /// What the settings say; `nil` where they name no broker.
    /// - Throws: Where they don't fit together, or the store is one that nobody relays from.
    init?(
        _ settings: Settings,
        _ store: any DaemonStore,
        _ traces: TraceSampling?,
        _ metrics: MetricsRegistry,
        _ logger: Logger,
        _ ending: Ending
    ) throws(DaemonError) {
        do throws(BusError) {
            guard let options = try KafkaOptions(settings) else { return nil }
            self.options = options
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        guard let store = store as? PostgresStore else {
            throw DaemonError(
                "kafka.brokers: transitions go to Kafka from a store in Postgres. Set store to postgres://…, or "
                    + "leave kafka.brokers out.",
                exitCode: 2
            )
        }
        self.store = store
        topics = Topics(prefix: settings.kafkaTopicPrefix)
        needed = NeededTopics(
            names: [topics.transitions, DeadLetter.topic(of: topics.transitions)],
            options: options,
            newTopics: KafkaAdmin.NewTopics(settings),
            logger: logger
        )
        self.traces = traces
        self.metrics = metrics
        self.logger = logger
        self.ending = ending
    }

    func run() async throws {
        let observer = RelayMetrics(metrics, logger)
        let bell = Bell()
        let work = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await store.news.follow(.log, bell) }
                group.addTask { await relay(observer, bell).run() }
            }
        }
        try? await gracefulShutdown()
        work.cancel()
        await ending.wait(atMost: Self.endTime) { await work.value }
    }

    private func relay(_ observer: RelayMetrics, _ bell: Bell) -> Relay {
        Relay(
            desk: store,
            topic: topics.transitions,
            traces: traces,
            observer: observer,
            open: { () async throws(BusError) in
                try await needed.ensure()
                return try await KafkaProducer.open(
                    options,
                    deliveryTimeout: nil,
                    logger: logger,
                    onStatistics: { observer.note($0) }
                )
            },
            waitForNews: { await bell.wait(atMost: Self.newsInterval) },
            now: { SystemWallClock().now }
        )
    }
}

/// What the relay does, as metrics and in the log.
final class RelayMetrics: RelayObserver {
    /// What is waited for isn't told again for so long.
    private static let repeatInterval = Duration.seconds(60)

    private let registry: MetricsRegistry
    private let logger: Logger
    private let said = Mutex<(words: String, at: ContinuousClock.Instant)?>(nil)

    init(_ registry: MetricsRegistry, _ logger: Logger) {
        self.registry = registry
        self.logger = logger
        hasTurn(false)
    }

    func relayed(_ count: Int) { registry.counter(SomaMetrics.relaySent).increment(by: Int64(count)) }

    func putAside(_ record: BusRecord, reason: String) {
        registry.counter(SomaMetrics.relayDeadLetters).increment(by: Int64(1))
        logger.error(
            "A transition can't go to Kafka and was put aside: \(reason)",
            metadata: ["run": "\(String(decoding: record.key ?? [], as: UTF8.self))"]
        )
    }

    func isBehind(by count: Int, _ age: Duration) {
        registry.gauge(SomaMetrics.relayLag).set(Int64(count))
        registry.gauge(SomaMetrics.relayAge).set(age / .seconds(1))
    }

    func waits(for error: BusError, _ time: Duration) {
        let (words, now) = ("\(error)", ContinuousClock.now)
        let isNew = said.withLock { said in
            if let last = said, last.words == words, now - last.at < Self.repeatInterval { return false }
            said = (words, now)
            return true
        }
        if isNew { logger.warning("The relay to Kafka waits: \(words)") }
    }

    func hasTurn(_ hasTurn: Bool) {
        registry.gauge(SomaMetrics.relayTurn).set(Int64(hasTurn ? 1 : 0))
        guard !hasTurn else { return }
        // The process that relays now tells how far behind it is.
        for metric in [SomaMetrics.relayLag, SomaMetrics.relayAge] { registry.replaceGauge(metric, with: []) }
    }

    /// What librdkafka counts.
    func note(_ statistics: KafkaStatistics) {
        registry.gauge(SomaMetrics.kafkaQueued).set(Int64(statistics.queuedMessages))
        registry.gauge(SomaMetrics.kafkaBrokersUp).set(Int64(statistics.brokersUp))
        registry.gauge(SomaMetrics.kafkaRoundTrip).set(statistics.roundTrip / .seconds(1))
    }
}
