internal import CRdKafka
import SomaEngine
import Synchronization

/// The consumer's thread: hands out messages on demand, and walks through rebalances.
///
/// Messages and the group's events come out of two queues: the group is served all the time, messages only when somebody
/// asks for them. librdkafka stops fetching once it has enough of them in store.
final class ConsumerCore: Sendable {
    /// How much is handed out at a time, and one message more: whoever asks has all of it in memory.
    private static let batchBytesMax = 4 << 20

    let handle: KafkaHandle
    let loop: KafkaLoop
    let state = Mutex(ConsumerState())
    let address: String
    private let notices: KafkaNotices
    /// Where the messages of all partitions come out.
    private let messages: KafkaHandle.Reference
    /// Where the group's events come out once this member leaves; it must be there to the end.
    private let farewell: KafkaHandle.Reference

    init(handle: KafkaHandle, notices: KafkaNotices, address: String) {
        self.handle = handle
        self.notices = notices
        self.address = address
        loop = KafkaLoop(handle)
        messages = KafkaHandle.Reference(pointer: rd_kafka_queue_new(handle.client))
        farewell = KafkaHandle.Reference(pointer: rd_kafka_queue_new(handle.client))
        soma_rdkafka_wake(messages.pointer, handle.queue)
    }

    deinit {
        soma_rdkafka_wake(messages.pointer, nil)
        rd_kafka_queue_destroy(messages.pointer)
        rd_kafka_queue_destroy(farewell.pointer)
    }

    var absence: BusError? {
        guard notices.isDown else { return nil }
        return .of(
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            while: "receive",
            at: address,
            detail: notices.problem
        )
    }

    func start() {
        loop.start(named: "soma.kafka.consumer", onEvent: { self.take($0, $1) }, onTurn: { self.turn() })
    }

    private func take(_ event: OpaquePointer, _ type: Int32) {
        switch type {
        case RD_KAFKA_EVENT_REBALANCE: rebalance(event)
        case RD_KAFKA_EVENT_OFFSET_COMMIT: committed(event)
        default:
            guard let error = notices.take(event, type) else { return }
            if error.isFatal {
                fail(BusError(.fatal, "The consumer at Kafka (\(address)) can't go on: \(error.text)."))
            } else {
                let problem = BusError.of(error.code, while: "receive", at: address, detail: error.text)
                // Brokers come back; what somebody has to change is told to whoever asks.
                if [.missingTopic, .refused, .configuration, .tooLarge].contains(problem.kind) {
                    fail(problem)
                }
            }
        }
    }

    private func turn() -> Duration {
        fetch()
        return closeStep()
    }

    // MARK: Messages

    private func fetch() {
        guard let max = state.withLock({ $0.demand?.max }) else { return }
        var batch = KafkaBatch()
        var bytes = 0
        while batch.messages.count < max, bytes < Self.batchBytesMax,
            let event = rd_kafka_queue_poll(messages.pointer, 0)
        {
            let type = rd_kafka_event_type(event)
            if type == RD_KAFKA_EVENT_FETCH {
                while let message = rd_kafka_event_message_next(event) {
                    if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                        batch.messages.append(BusMessage(message))
                        bytes += message.pointee.len + message.pointee.key_len
                    }
                }
            } else if let end = PartitionList.end(event, type) {
                batch.ends[end.partition] = end.offset
            } else {
                take(event, type)
            }
            rd_kafka_event_destroy(event)
        }
        guard !batch.isEmpty else { return }
        notices.reached()
        if let (waiter, answer) = state.withLock({ $0.deliver(batch) }) { waiter.resume(returning: answer) }
    }

    private func fail(_ error: BusError) {
        if let (waiter, answer) = state.withLock({ $0.fail(error) }) { waiter.resume(returning: answer) }
    }

    // MARK: Rebalancing

    /// Nobody is waited for: what is under way with a partition that goes is done once more by whoever gets it.
    private func rebalance(_ event: OpaquePointer) {
        let partitions = PartitionList.read(rd_kafka_event_topic_partition_list(event)).map(\.partition)
        let isIncremental =
            rd_kafka_rebalance_protocol(handle.client).map { String(cString: $0) } == "COOPERATIVE"
        guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS else {
            state.withLock { $0.take(away: partitions) }
            guard isIncremental else {
                rd_kafka_assign(handle.client, nil)
                return
            }
            return PartitionList.with(partitions) { check(rd_kafka_incremental_unassign(handle.client, $0)) }
        }
        state.withLock { $0.give(partitions) }
        forward(partitions)
        PartitionList.with(partitions) { list in
            if isIncremental {
                check(rd_kafka_incremental_assign(handle.client, list))
            } else {
                rd_kafka_assign(handle.client, list)
            }
        }
    }

    private func check(_ error: OpaquePointer?) {
        guard let error else { return }
        defer { rd_kafka_error_destroy(error) }
        let text = String(cString: rd_kafka_error_string(error))
        fail(.of(rd_kafka_error_code(error), while: "take part in a group", at: address, detail: text))
    }

    /// Starts given partitions at given offsets, without a group.
    func assign(_ offsets: [BusPartition: Int64]) {
        forward(offsets.keys)
        state.withLock { $0.give(offsets.keys) }
        PartitionList.with(offsets.map { ($0.key, $0.value) }) { _ = rd_kafka_assign(handle.client, $0) }
    }

    /// Lets the messages of partitions come out of our queue.
    private func forward(_ partitions: some Sequence<BusPartition>) {
        for partition in partitions {
            guard let queue = rd_kafka_queue_get_partition(handle.client, partition.topic, partition.number)
            else {
                continue
            }
            rd_kafka_queue_forward(queue, messages.pointer)
            rd_kafka_queue_destroy(queue)
        }
    }

    // MARK: Commits

    private func committed(_ event: OpaquePointer) {
        let number = UInt(bitPattern: rd_kafka_event_opaque(event))
        guard let waiter = state.withLock({ $0.commits.removeValue(forKey: number) }) else { return }
        var code = rd_kafka_event_error(event)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            let list = PartitionList.read(rd_kafka_event_topic_partition_list(event))
            code = list.first { $0.code != RD_KAFKA_RESP_ERR_NO_ERROR }?.code ?? code
        }
        waiter.resume(returning: Self.commitError(code, at: address))
    }

    /// What a commit's code means; `nil` also where the partitions are no longer this member's.
    static func commitError(_ code: rd_kafka_resp_err_t, at address: String) -> BusError? {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__NO_OFFSET, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
            RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
            nil
        default: .of(code, while: "commit", at: address)
        }
    }

    // MARK: The end

    private func closeStep() -> Duration {
        let (begins, isClosing) = state.withLock { state in
            let begins = state.isClosing && !state.hasBegunClosing
            if begins { state.hasBegunClosing = true }
            return (begins, state.hasBegunClosing)
        }
        if begins, let error = rd_kafka_consumer_close_queue(handle.client, farewell.pointer) {
            rd_kafka_error_destroy(error)
        }
        guard isClosing else { return .seconds(1) }
        if rd_kafka_consumer_closed(handle.client) != 0 { finish() }
        return .milliseconds(10)
    }

    /// Lets everybody go who waits.
    func finish() {
        let (demand, commits) = state.withLock { $0.end() }
        demand?.waiter.resume(returning: .success(KafkaBatch()))
        for commit in commits { commit.resume(returning: .closed("commit")) }
        loop.stop()
    }
}
