internal import CRdKafka
package import Logging
package import SomaEngine
import Synchronization

/// Sends to Kafka: idempotent, confirmed by all replicas, compressed.
///
/// ```swift
/// let producer = try await KafkaProducer.open(options, logger: logger)
/// try await producer.send([BusRecord(topic: "orders", key: key, value: bytes)])
/// await producer.close()
/// ```
package final class KafkaProducer: ClosableProducer {
    /// Records handed to librdkafka before others may hand over theirs.
    private static let chunk = 256

    private let handle: KafkaHandle
    private let loop: KafkaLoop
    private let ledger: Ledger
    private let address: String

    /// The ledger, as the thread and the senders share it.
    private final class Ledger: Sendable {
        let state = Mutex(DeliveryLedger())

        func end(_ outcomes: [DeliveryLedger.Outcome]) {
            for waiter in state.withLock({ $0.end(outcomes) }) { waiter.resume() }
        }
    }

    private init(handle: KafkaHandle, notices: KafkaNotices, address: String) {
        self.handle = handle
        self.address = address
        loop = KafkaLoop(handle)
        ledger = Ledger()
        loop.start(
            named: "soma.kafka.producer",
            onEvent: { [ledger, notices, address] event, type in
                if type == RD_KAFKA_EVENT_DR {
                    ledger.end(Self.outcomes(event, address))
                } else {
                    _ = notices.take(event, type)
                }
            }
        )
    }

    deinit { loop.stop() }

    /// Opens a producer, which finds its brokers by itself, also later.
    ///
    /// - Parameter deliveryTimeout: How long a record may be on its way; `nil`: for as long as it takes. Only then are
    ///   records of one key never delivered past one that failed.
    package static func open(
        _ options: KafkaOptions,
        deliveryTimeout: Duration? = .seconds(30),
        logger: Logger? = nil,
        onStatistics: (@Sendable (KafkaStatistics) -> Void)? = nil
    ) async throws(BusError) -> KafkaProducer {
        var properties = options.properties + properties(options, deliveryTimeout: deliveryTimeout)
        properties.append(KafkaProperty("statistics.interval.ms", onStatistics == nil ? "0" : "5000"))
        let all = properties
        return try await blocking { () throws(BusError) in
            let handle = try KafkaHandle(.producer, all, events: RD_KAFKA_EVENT_DR | KafkaNotices.events)
            return KafkaProducer(
                handle: handle,
                notices: KafkaNotices(logger: logger, onStatistics: onStatistics),
                address: options.address
            )
        }
    }

    /// What makes a client a producer as ours are.
    static func properties(_ options: KafkaOptions, deliveryTimeout: Duration?) -> [KafkaProperty] {
        [
            KafkaProperty("enable.idempotence", "true"),
            KafkaProperty("acks", "all"),
            KafkaProperty("compression.codec", options.compression.rawValue, from: "kafka.compression"),
            // Java's way, so that everybody's records of one key meet.
            KafkaProperty("partitioner", "murmur2_random"),
            KafkaProperty("linger.ms", "2"),
            KafkaProperty("batch.size", "524288"),
            KafkaProperty(
                "delivery.timeout.ms",
                "\(deliveryTimeout.map { Int($0 / .milliseconds(1)) } ?? 0)"
            ),
            // Ours are lower, so that librdkafka's own are never met.
            KafkaProperty("queue.buffering.max.messages", "\(DeliveryLedger.messagesMax * 2)"),
            KafkaProperty("queue.buffering.max.kbytes", "\(DeliveryLedger.bytesMax / 1024 * 4)"),
            KafkaProperty("topic.metadata.propagation.max.ms", "10000"),
        ]
    }

    package func send(_ records: [BusRecord]) async throws(BusError) {
        let flight = ledger.state.withLock { $0.begin() }
        var next = 0
        var refusal: BusError?
        while next < records.count, refusal == nil {
            let chunk = records[next..<min(next + Self.chunk, records.count)]
            let (count, isClosed) = ledger.state.withLock { ledger in
                guard !ledger.isClosed else { return (0, true) }
                return (ledger.admit(chunk.lazy.map(Self.size), to: flight), false)
            }
            if isClosed || Task.isCancelled {
                refusal = .closed("send")
                ledger.end([Self.unsent(chunk.prefix(count), flight)])
            } else if count == 0 {
                await wait(flight) { $0.waitForRoom(flight, $1) }
            } else {
                let queued = queue(chunk.prefix(count), flight)
                next += queued.count
                refusal = queued.refusal
            }
        }
        await wait(flight) { $0.seal(flight, $1) }
        let (isComplete, error) = ledger.state.withLock { $0.finish(flight) }
        if let problem = refusal ?? error { throw problem }
        if !isComplete { throw .closed("send") }
    }

    package func close() async { await close(grace: .seconds(5)) }

    /// Ends it, once what is on its way is delivered, or the grace is over: the rest is then given up.
    package func close(grace: Duration) async {
        for waiter in ledger.state.withLock({ $0.close() }) { waiter.resume() }
        let deadline = ContinuousClock.now + grace
        while !isIdle, ContinuousClock.now < deadline { await rest() }
        if !isIdle {
            rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            let deadline = ContinuousClock.now + .seconds(1)
            while !isIdle, ContinuousClock.now < deadline { await rest() }
        }
        loop.stop()
        await loop.end()
        // Nobody is told of a delivery any more.
        for waiter in ledger.state.withLock({ $0.abandon() }) { waiter.resume() }
    }

    /// A task of its own: that of whoever closes may be cancelled, and would not wait at all.
    private func rest() async { await Task { try? await Task.sleep(for: .milliseconds(10)) }.value }

    /// How many records are on their way.
    package var queuedMessages: Int { ledger.state.withLock { $0.messages } }

    private var isIdle: Bool { ledger.state.withLock(\.isEmpty) }
}

// MARK: Handing over

extension KafkaProducer {
    private static func size(_ record: BusRecord) -> Int {
        (record.key?.count ?? 0) + (record.value?.count ?? 0)
    }

    private static func unsent(_ records: some Collection<BusRecord>, _ flight: UInt)
        -> DeliveryLedger.Outcome
    {
        DeliveryLedger.Outcome(
            flight: flight,
            count: records.count,
            bytes: records.reduce(0) { $0 + size($1) }
        )
    }

    /// Hands records to librdkafka until one is refused; those that weren't handed over give their room back.
    private func queue(_ records: ArraySlice<BusRecord>, _ flight: UInt) -> (count: Int, refusal: BusError?) {
        var topic = RecentTopic(handle)
        // Where they lie: whoever takes them out of the array counts references to all that each has.
        return records.withUnsafeBufferPointer { records in
            for index in records.indices {
                let code = Self.produce(records[index], tag: flight, &topic)
                guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                ledger.end([Self.unsent(records[index...], flight)])
                let record = records[index]
                return (
                    index,
                    .of(
                        code,
                        while: "send \(Self.size(record)) bytes to the topic \(record.topic)",
                        at: address
                    )
                )
            }
            return (records.count, nil)
        }
    }

    /// The topic of the record before, which is mostly that of the next: to find one by its name takes a lock and a hash.
    struct RecentTopic {
        let handle: KafkaHandle
        private var last: (name: String, topic: KafkaHandle.Reference)?

        init(_ handle: KafkaHandle) { self.handle = handle }

        /// librdkafka's own object for a topic; `nil` for a name that no topic can have.
        mutating func pointer(_ name: String) -> OpaquePointer? {
            if let last, last.name == name { return last.topic.pointer }
            last = handle.topic(name).map { (name, $0) }
            return last?.topic.pointer
        }
    }

    /// Queues a copy of a record.
    static func produce(_ record: borrowing BusRecord, tag: UInt, _ topic: inout RecentTopic)
        -> rd_kafka_resp_err_t
    {
        guard let pointer = topic.pointer(record.topic) else { return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION }
        var headers: OpaquePointer?
        if !record.headers.isEmpty {
            headers = rd_kafka_headers_new(record.headers.count)
            record.headers.withUnsafeBufferPointer { all in
                for index in all.indices {
                    rd_kafka_header_add(
                        headers,
                        all[index].name,
                        -1,
                        all[index].value,
                        all[index].value?.count ?? 0
                    )
                }
            }
        }
        let client = topic.handle.client
        let code = Self.withBytes(record.key) { key in
            Self.withBytes(record.value) { value in
                soma_rdkafka_produce(
                    client,
                    pointer,
                    RD_KAFKA_PARTITION_UA,
                    key.baseAddress,
                    key.count,
                    value.baseAddress,
                    value.count,
                    headers,
                    tag
                )
            }
        }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers { rd_kafka_headers_destroy(headers) }
        return code
    }

    /// No bytes have an address too: no address means no value.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard let bytes else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard !bytes.isEmpty else {
            return [0 as UInt8].withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0.prefix(0))) }
        }
        return bytes.withUnsafeBytes(body)
    }

    /// The outcomes of a delivery report, which is about many records, mostly of one flight.
    private static func outcomes(_ event: OpaquePointer, _ address: String) -> [DeliveryLedger.Outcome] {
        var outcomes: [DeliveryLedger.Outcome] = []
        while let message = rd_kafka_event_message_next(event)?.pointee {
            let flight = UInt(bitPattern: message._private)
            if outcomes.last?.flight != flight { outcomes.append(DeliveryLedger.Outcome(flight: flight)) }
            let last = outcomes.count - 1
            outcomes[last].count += 1
            outcomes[last].bytes += message.len + message.key_len
            if message.err != RD_KAFKA_RESP_ERR_NO_ERROR, outcomes[last].error == nil {
                let topic = String(cString: rd_kafka_topic_name(message.rkt))
                outcomes[last].error = .of(message.err, while: "send to the topic \(topic)", at: address)
            }
        }
        return outcomes
    }

    /// Waits for room or for the end of a flight, or until the task is cancelled.
    private func wait(_ flight: UInt, _ register: (inout DeliveryLedger, DeliveryLedger.Waiter) -> Bool) async
    {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isOver = ledger.state.withLock { register(&$0, waiter) }
                if isOver {
                    waiter.resume()
                } else if Task.isCancelled {
                    ledger.state.withLock { $0.giveUp(flight) }?.resume()
                }
            }
        } onCancel: {
            ledger.state.withLock { $0.giveUp(flight) }?.resume()
        }
    }
}
