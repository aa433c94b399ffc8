import Logging
import SomaCore
import SomaEngine
import SomaKafka
import SomaSettings
import Synchronization

/// The daemon's way to Kafka, opened as soon as a broker answers. While none does, what is said there is lost, which costs
/// time and nothing else: all that matters is in the store.
final class DaemonBus: Sendable {
    /// How long a broker that is away is left alone at most.
    private static let waitMax: Duration = .seconds(5)
    /// How long something that is said may be on its way.
    private static let sendTimeout: Duration = .seconds(10)

    let options: KafkaOptions
    let logger: Logger
    private let newTopics: KafkaAdmin.NewTopics
    private let state = Mutex<(producer: KafkaProducer?, trouble: String?)>(
        (nil, "no broker has answered yet")
    )

    /// - Throws: Where settings don't fit together.
    init(_ settings: Settings, name: String, logger: Logger) throws(DaemonError) {
        do throws(BusError) {
            var options = try KafkaOptions(settings) ?? KafkaOptions(brokers: [])
            options.clientID = name
            self.options = options
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        newTopics = KafkaAdmin.NewTopics(settings)
        self.logger = logger
    }

    /// Why nothing can be said or heard just now; `nil` while all is well.
    var trouble: String? { state.withLock { $0.trouble.map { "Kafka (\(options.address)): \($0)" } } }

    func note(_ trouble: String?) { state.withLock { $0.trouble = trouble } }

    /// Opens what is needed, however long it takes; sees that the topics are there.
    func open() async {
        var wait = Duration.milliseconds(200)
        while !Task.isCancelled {
            do throws(BusError) {
                let admin = try await KafkaAdmin.open(options, logger: logger)
                defer { Task { await admin.close() } }
                let made = try await admin.ensure(Topics.all, newTopics)
                if !made.isEmpty { logger.info("Made the topics \(made.joined(separator: ", ")).") }
                let producer = try await KafkaProducer.open(
                    options,
                    deliveryTimeout: Self.sendTimeout,
                    logger: logger
                )
                return state.withLock { $0 = (producer, nil) }
            } catch {
                if trouble?.hasSuffix(error.description) != true { logger.warning("\(error)") }
                note(error.description)
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, Self.waitMax)
        }
    }

    /// Says something; what can't be said is dropped, since the store knows it.
    func say(_ records: [BusRecord]) async {
        guard let producer = state.withLock({ $0.producer }) else { return }
        do throws(BusError) {
            try await producer.send(records)
            note(nil)
        } catch {
            note(error.description)
        }
    }

    /// Puts a message aside, so that those behind it go on.
    ///
    /// - Throws: Where it could not be put aside.
    func putAside(_ message: BusMessage, _ reason: String) async throws(BusError) {
        guard let producer = state.withLock({ $0.producer }) else {
            throw BusError(.unavailable, "Kafka (\(options.address)) is away.")
        }
        logger.warning(
            "A message was put aside: \(reason)",
            metadata: ["topic": "\(message.topic)", "offset": "\(message.offset)"]
        )
        let letter = DeadLetter(message, reason: reason, at: SystemWallClock().now)
        try await producer.send([letter.record])
    }

    func close() async { await state.withLock { $0.producer }?.close() }
}
