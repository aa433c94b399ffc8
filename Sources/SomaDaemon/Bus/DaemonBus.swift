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
    /// How long whoever says something waits for the broker's word. It goes on then, and what was said is still on its way.
    private static let sayTime: Duration = .milliseconds(500)
    /// How long it may still be on its way when the process ends.
    private static let closeTime: Duration = .seconds(1)

    private struct State {
        var producer: KafkaProducer?
        var trouble: String?
        /// Why whoever listens hears nothing; `nil` while nobody does.
        var absence: (@Sendable () -> BusError?)?
        /// Brokers that whoever listens had a connection to when they were last counted.
        var brokersUp = 0
    }

    let options: KafkaOptions
    let topics: Topics
    let logger: Logger
    /// The topics that work comes by.
    let needed: NeededTopics
    /// The store that this process works on, as messages name it.
    private let store: String
    private let strangerSeen = Mutex<ContinuousClock.Instant?>(nil)
    private let state: Mutex<State>

    /// - Throws: Where settings don't fit together.
    init(_ settings: Settings, store: String, name: String, logger: Logger) throws(DaemonError) {
        do throws(BusError) {
            var options = try KafkaOptions(settings) ?? KafkaOptions(brokers: [])
            options.clientID = name
            self.options = options
        } catch {
            throw DaemonError(error.description, exitCode: 2)
        }
        topics = Topics(prefix: settings.kafkaTopicPrefix)
        self.store = store
        needed = NeededTopics(
            names: topics.work,
            options: options,
            newTopics: KafkaAdmin.NewTopics(settings),
            logger: logger
        )
        state = Mutex(State(trouble: "No broker has answered yet at Kafka (\(options.address))."))
        self.logger = logger
    }

    /// Why nothing can be said or heard just now; `nil` while all is well.
    var trouble: String? { state.withLock { $0.trouble } ?? absence?.description }

    func note(_ trouble: String?) { state.withLock { $0.trouble = trouble } }

    /// Somebody listens from now on, and knows why nothing is heard; `nil`: nobody does any more.
    func listens(_ absence: (@Sendable () -> BusError?)?) {
        state.withLock { ($0.absence, $0.brokersUp) = (absence, 0) }
    }

    /// Takes in what whoever listens counts now and then. Where a broker is there, what went wrong before is over: on a
    /// quiet topic nothing else would tell.
    func counted(_ statistics: KafkaStatistics) {
        state.withLock { state in
            state.brokersUp = statistics.brokersUp
            if state.absence != nil, statistics.brokersUp > 0 { state.trouble = nil }
        }
    }

    /// Why nothing is heard: all brokers went away, and none is known to be back.
    private var absence: BusError? {
        let absence = state.withLock { $0.brokersUp == 0 ? $0.absence : nil }
        return absence?()
    }

    /// Opens what is needed, however long it takes; sees that the topics are there.
    func open() async {
        var wait = Duration.milliseconds(200)
        while !Task.isCancelled {
            do throws(BusError) {
                try await needed.ensure()
                let producer = try await KafkaProducer.open(
                    options,
                    deliveryTimeout: Self.sendTimeout,
                    logger: logger
                )
                return state.withLock { ($0.producer, $0.trouble) = (producer, nil) }
            } catch {
                if trouble != error.description { logger.warning("\(error)") }
                note(error.description)
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, Self.waitMax)
        }
    }

    /// The header that says of which store a message is.
    private static let storeHeader = "soma_store"
    /// How often it is said that others use the same topics.
    private static let strangerInterval: Duration = .seconds(60)

    /// Whether a message is of another store, whose own processes will find what it is about without it.
    func isStranger(_ message: BusMessage) -> Bool {
        guard let other = message.header(Self.storeHeader), other != store else { return false }
        let isNew = strangerSeen.withLock { last in
            let now = ContinuousClock.now
            if let last, now - last < Self.strangerInterval { return false }
            last = now
            return true
        }
        if isNew {
            logger.warning(
                """
                Messages of another cluster are in \(message.topic) and are passed over: both wait longer for theirs. Give \
                each cluster a kafka.topic_prefix of its own.
                """
            )
        }
        return true
    }

    /// Says something; what can't be said is dropped, since the store knows it. A broker that is away costs whoever says it a
    /// moment, and not all the time in which it might come back.
    func say(_ records: [BusRecord]) async {
        guard let producer = state.withLock({ $0.producer }) else { return }
        let sending = Task {
            do throws(BusError) {
                try await producer.send(
                    records.map { record in
                        var record = record
                        record.headers.append(BusHeader(Self.storeHeader, store))
                        return record
                    }
                )
                note(nil)
            } catch {
                note(error.description)
            }
        }
        await TimeLimit.wait(atMost: Self.sayTime) { await sending.value }
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
        var letter = DeadLetter(message, reason: reason, at: SystemWallClock().now)
        do throws(BusError) {
            try await producer.send([letter.record])
        } catch {
            guard error.kind == .tooLarge else { throw error }
            // It was allowed to be sent, and with the reason it isn't. The message itself stays where it is for a while.
            letter.leaveOutValue()
            try await producer.send([letter.record])
        }
    }

    /// What is on its way is only told sooner by it than it would be found out: nothing else has to wait for long.
    func close() async { await state.withLock { $0.producer }?.close(grace: Self.closeTime) }
}
