internal import CRdKafka
package import Logging
package import SomaEngine
import Synchronization

/// Receives from Kafka, as a member of a group or from given places.
///
/// ```swift
/// let consumer = try await KafkaConsumer.open(options, group: "billing", topics: ["orders"], logger: logger)
/// while case let batch = try await consumer.next(max: 100), !batch.isEmpty {
///     try await handle(batch)
///     try await consumer.commit(batch)
/// }
/// ```
package final class KafkaConsumer: BusConsumer {
    /// Where a group begins that has committed nothing yet.
    package enum Start: String, Sendable {
        case earliest, latest
    }

    private static let events =
        RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | KafkaNotices.events
    /// How often, and after what, a commit is tried again that came in the middle of a rebalance.
    private static let commitTries = 20
    private static let commitPause = Duration.milliseconds(100)

    private let core: ConsumerCore

    private init(_ core: ConsumerCore) { self.core = core }

    /// Its thread has ended by then, or must: nobody asks any more.
    deinit { core.finish() }

    /// Joins a group.
    package static func open(
        _ options: KafkaOptions,
        group: String,
        topics: [String],
        start: Start = .earliest,
        logger: Logger? = nil,
        onStatistics: (@Sendable (KafkaStatistics) -> Void)? = nil
    ) async throws(BusError) -> KafkaConsumer {
        let properties =
            options.properties + common(options, group, onStatistics != nil) + [
                KafkaProperty("auto.offset.reset", start.rawValue),
                KafkaProperty(
                    "partition.assignment.strategy",
                    options.assignment == .cooperative ? "cooperative-sticky" : options.assignment.rawValue,
                    from: "kafka.assignment"
                ),
                KafkaProperty(
                    "session.timeout.ms",
                    "\(Int(options.sessionTimeout / .milliseconds(1)))",
                    from: "kafka.session_timeout"
                ),
                KafkaProperty("heartbeat.interval.ms", "\(Int(options.sessionTimeout / .milliseconds(4)))"),
            ]
        return try await open(
            options,
            properties,
            KafkaNotices(logger: logger, onStatistics: onStatistics)
        ) { core in
            PartitionList.with(topics.map { BusPartition(topic: $0, number: RD_KAFKA_PARTITION_UA) }) {
                rd_kafka_subscribe(core.handle.client, $0)
            }
        }
    }

    /// Reads partitions from given offsets on, without a group; commits make no sense here. It tells when they are at their
    /// ends: see ``read(max:)``.
    package static func open(
        _ options: KafkaOptions,
        from offsets: [BusPartition: Int64],
        logger: Logger? = nil
    ) async throws(BusError) -> KafkaConsumer {
        // A name is needed, though no group is joined.
        let properties =
            options.properties + common(options, "soma-reader", false) + [
                KafkaProperty("enable.partition.eof", "true"),
                // Where the next offset is gone meanwhile, what is left is read: by default it would all be passed over.
                KafkaProperty("auto.offset.reset", Start.earliest.rawValue),
            ]
        return try await open(options, properties, KafkaNotices(logger: logger)) { core in
            core.assign(offsets)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// What a broker is asked for at a time. Kafka sends a first message that is larger all the same.
    private static let answerBytes = 16 << 20
    /// What is taken at most, from brokers that send all they have.
    private static let answerBytesMax = 100_000_000

    private static func common(_ options: KafkaOptions, _ group: String, _ hasStatistics: Bool)
        -> [KafkaProperty]
    {
        // librdkafka refuses to ask for less than the largest message, and to take less than it asks for.
        let asked = max(answerBytes, options.messageBytesMax)
        return [
            KafkaProperty("group.id", group),
            KafkaProperty("enable.auto.commit", "false"),
            KafkaProperty("enable.auto.offset.store", "false"),
            KafkaProperty("allow.auto.create.topics", "false"),
            // The store of messages that nobody has asked for yet: one for all partitions, as they come out of one queue. Each
            // partition may add what it is sent at a time.
            KafkaProperty("queued.max.messages.kbytes", "16384"),
            KafkaProperty("queued.min.messages", "10000"),
            KafkaProperty("fetch.max.bytes", "\(asked)"),
            KafkaProperty("receive.message.max.bytes", "\(max(answerBytesMax, asked + 4_096))"),
            KafkaProperty("fetch.wait.max.ms", "100"),
            KafkaProperty("statistics.interval.ms", hasStatistics ? "5000" : "0"),
        ]
    }

    private static func open(
        _ options: KafkaOptions,
        _ properties: [KafkaProperty],
        _ notices: KafkaNotices,
        _ begin: @escaping @Sendable (ConsumerCore) -> rd_kafka_resp_err_t
    ) async throws(BusError) -> KafkaConsumer {
        try await blocking { () throws(BusError) in
            let core = ConsumerCore(
                handle: try KafkaHandle(.consumer, properties, events: events),
                notices: notices,
                address: options.address
            )
            core.start()
            let code = begin(core)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                core.finish()
                throw .of(code, while: "subscribe", at: options.address)
            }
            return KafkaConsumer(core)
        }
    }

    package func next(max: Int) async throws(BusError) -> [BusMessage] {
        try await next(max: max, within: nil)
    }

    /// The same, for at most some time: nothing where nothing came.
    package func next(max: Int, within limit: Duration?) async throws(BusError) -> [BusMessage] {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            let batch = try await receive(max: max, within: deadline.map { $0 - .now })
            guard batch.messages.isEmpty, !batch.ends.isEmpty else { return batch.messages }
        }
    }

    /// The next messages, at most `max`, and the ends of partitions that come with them or alone.
    ///
    /// Waits for the first of either. One task at a time may wait here.
    /// - Returns: Nothing of both once the consumer is closed.
    package func read(max: Int) async throws(BusError) -> KafkaBatch {
        try await receive(max: max, within: nil)
    }

    private func receive(max: Int, within limit: Duration?) async throws(BusError) -> KafkaBatch {
        let core = core
        let number = core.state.withLock { $0.newDemand() }
        var timer: Task<Void, any Error>?
        defer { timer?.cancel() }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if let answer = core.state.withLock({ $0.ask(max, waiter) }) {
                    return waiter.resume(returning: answer)
                }
                if Task.isCancelled {
                    core.state.withLock { $0.withdraw(number) }?.resume(
                        returning: .failure(.closed("receive"))
                    )
                }
                // Only now: a time that is over before anybody waits would end nothing.
                timer = limit.map { limit in
                    Task {
                        try await Task.sleep(for: limit)
                        core.state.withLock { $0.withdraw(number) }?.resume(
                            returning: .success(KafkaBatch())
                        )
                    }
                }
                core.loop.wake()
            }
        } onCancel: {
            core.state.withLock { $0.withdraw(number) }?.resume(returning: .failure(.closed("receive")))
        }
        return try answer.get()
    }

    package func commit(_ messages: [BusMessage]) async throws(BusError) {
        var last: BusError?
        for _ in 0..<Self.commitTries {
            let offsets = core.state.withLock { $0.offsets(of: messages) }
            guard !offsets.isEmpty else { return }
            guard let error = await commit(offsets) else {
                return core.state.withLock { $0.note(committed: offsets) }
            }
            guard error.kind == .broker, (try? await Task.sleep(for: Self.commitPause)) != nil else {
                throw error
            }
            last = error
        }
        if let last { throw last }
    }

    private func commit(_ offsets: [BusPartition: Int64]) async -> BusError? {
        await withCheckedContinuation { waiter in
            let number = core.state.withLock { $0.isClosed ? 0 : $0.newCommit(waiter) }
            guard number > 0 else { return waiter.resume(returning: .closed("commit")) }
            let code = PartitionList.with(offsets.map { ($0.key, $0.value) }) { list in
                rd_kafka_commit_queue(
                    core.handle.client,
                    list,
                    core.handle.queue,
                    nil,
                    UnsafeMutableRawPointer(bitPattern: number)
                )
            }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
            core.state.withLock { $0.commits.removeValue(forKey: number) }?
                .resume(returning: ConsumerCore.commitError(code, at: core.address))
        }
    }

    /// Why nothing comes, where no broker could be reached and nothing has come since.
    package var absence: BusError? { core.absence }

    /// The partitions that this member has.
    package var assigned: Set<BusPartition> { core.state.withLock(\.assigned) }

    package func close() async {
        core.state.withLock { $0.isClosing = true }
        core.loop.wake()
        await core.loop.end()
    }
}
