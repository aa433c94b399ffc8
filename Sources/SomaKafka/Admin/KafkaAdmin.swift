internal import CRdKafka
package import Logging
package import SomaCore
package import SomaEngine
import Synchronization

/// Asks a cluster about topics, offsets and groups, and makes topics.
package final class KafkaAdmin: Sendable {
    let handle: KafkaHandle
    private let loop: KafkaLoop
    private let notices: KafkaNotices
    private let options: KafkaOptions

    private init(_ handle: KafkaHandle, _ options: KafkaOptions, _ logger: Logger?) {
        self.handle = handle
        self.options = options
        let notices = KafkaNotices(logger: logger)
        self.notices = notices
        loop = KafkaLoop(handle)
        loop.start(named: "soma.kafka.admin", onEvent: { _ = notices.take($0, $1) })
    }

    deinit { loop.stop() }

    package static func open(_ options: KafkaOptions, logger: Logger? = nil) async throws(BusError)
        -> KafkaAdmin
    {
        try await blocking { () throws(BusError) in
            KafkaAdmin(
                try KafkaHandle(.producer, options.properties, events: KafkaNotices.events),
                options,
                logger
            )
        }
    }

    package func close() async {
        loop.stop()
        await loop.end()
    }

    // MARK: Asking

    /// All topics by name, or the one that is named; none where it isn't there. Naming one doesn't create it.
    package func topics(_ only: String? = nil) async throws(BusError) -> [KafkaTopic] {
        // Asking a broker for one topic may create it; asking for all never does.
        let all = try await asking("list the topics") { [handle] in
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(handle.client, 1, nil, &metadata, $0)
            defer { if let metadata { rd_kafka_metadata_destroy(metadata) } }
            return (code, metadata.map { Self.read($0.pointee) } ?? [])
        }
        return all.filter { only == nil || $0.name == only }.sorted { $0.name < $1.name }
    }

    /// For each partition the first offset whose message is not older than a moment; the end where all are.
    package func offsets(
        of partitions: [BusPartition],
        at moment: Timestamp
    ) async throws(BusError) -> [BusPartition: Int64] {
        let ends = try await ranges(of: partitions)
        let found = try await asking("find a moment's offsets") { [handle] limit in
            PartitionList.with(partitions.map { ($0, moment.microseconds / 1000) }) { list in
                (rd_kafka_offsets_for_times(handle.client, list, limit), PartitionList.read(list))
            }
        }
        var offsets = ends.mapValues(\.high)
        for (partition, offset, _) in found where offset >= 0 { offsets[partition] = offset }
        return offsets
    }

    /// Notes for a group, none of whose members may be at work, that messages and those before them are handled.
    package func commit(_ group: String, _ messages: [BusMessage]) async throws(BusError) {
        let member = try await member(of: group)
        var offsets: [BusPartition: Int64] = [:]
        for message in messages {
            offsets[message.partition] = max(offsets[message.partition] ?? 0, message.offset.addingClamped(1))
        }
        let list = offsets.map { ($0.key, $0.value) }
        try await asking("note what the group \(group) has handled") { _ in
            (PartitionList.with(list) { rd_kafka_commit(member.client, $0, 0) }, ())
        }
    }

    /// A client that may ask for a group's offsets; it doesn't join.
    private func member(of group: String) async throws(BusError) -> KafkaHandle {
        let properties = options.properties + [KafkaProperty("group.id", group)]
        return try await blocking { () throws(BusError) in
            try KafkaHandle(.consumer, properties, events: KafkaNotices.events)
        }
    }

    /// Runs a question that blocks, and gives up early where no broker can be reached.
    func asking<Value: Sendable>(
        _ action: String,
        within limit: Duration? = nil,
        _ body: @escaping @Sendable (_ milliseconds: Int32) -> (rd_kafka_resp_err_t, Value)
    ) async throws(BusError) -> Value {
        let whole = limit ?? options.requestTimeout
        let patience = notices.hasAnswered ? whole : min(options.firstAnswerLimit ?? whole, whole)
        let deadline = ContinuousClock.now + patience
        var time = AskingTime(until: deadline)
        while true {
            let limit = time.limit()
            let (code, value) = await blocking { body(Int32(limit / .milliseconds(1))) }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else {
                notices.reached()
                return value
            }
            let isWaiting = [
                RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__WAIT_COORD,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            ].contains(code)
            guard isWaiting, !notices.isDown, ContinuousClock.now < deadline, !Task.isCancelled else {
                var detail = isWaiting ? notices.problem : nil
                if isWaiting, detail == nil, patience < whole {
                    detail = "nothing there has answered as a Kafka broker does within \(patience)"
                }
                throw .of(code, while: action, at: options.address, detail: detail)
            }
        }
    }

    private static func read(_ metadata: rd_kafka_metadata) -> [KafkaTopic] {
        UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt)).map { topic in
            let parts = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt)).map {
                KafkaTopic.Part(
                    number: $0.id,
                    leader: $0.leader,
                    replicas: Array(UnsafeBufferPointer(start: $0.replicas, count: Int($0.replica_cnt))),
                    inSync: Array(UnsafeBufferPointer(start: $0.isrs, count: Int($0.isr_cnt)))
                )
            }
            return KafkaTopic(
                name: String(cString: topic.topic),
                parts: parts.sorted { $0.number < $1.number }
            )
        }
    }
}

// MARK: Making topics

extension KafkaAdmin {
    /// What topics are made with.
    package struct NewTopics: Sendable {
        package var partitions: Int
        /// Copies of each partition; negative leaves it to the cluster.
        package var replicas: Int
        /// Whether missing ones may be made at all.
        package var mayCreate: Bool

        package init(partitions: Int = 12, replicas: Int = -1, mayCreate: Bool = true) {
            self.partitions = partitions
            self.replicas = replicas
            self.mayCreate = mayCreate
        }
    }

    /// Sees that topics are there, and makes those that aren't.
    ///
    /// - Returns: The topics that were made.
    /// - Throws: `.missingTopic`, naming them and the setting, where they may not be made; `.refused` where the cluster
    ///   doesn't let us.
    @discardableResult
    package func ensure(_ names: [String], _ wanted: NewTopics = NewTopics()) async throws(BusError)
        -> [String]
    {
        let there = Set(try await topics().map(\.name))
        let missing = names.filter { !there.contains($0) }
        guard !missing.isEmpty else { return [] }
        guard wanted.mayCreate else {
            throw BusError(
                .missingTopic,
                "Kafka (\(options.address)) has no topic \(missing.joined(separator: ", ")), and kafka.create_topics "
                    + "forbids to make any.",
                hint: "Make them with some partitions each, or set kafka.create_topics to true."
            )
        }
        for name in missing { try await create(name, wanted) }
        return missing
    }

    /// Makes a topic; one that somebody else made meanwhile is as good.
    private func create(_ name: String, _ wanted: NewTopics) async throws(BusError) {
        let action = "create the topic \(name)"
        let timeout = Int32(options.requestTimeout / .milliseconds(1))
        let (code, text) = await blocking { [handle] in Self.create(handle, name, wanted, timeout) }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS else {
            return
        }
        throw .of(code, while: action, at: options.address, detail: text)
    }

    private static func create(
        _ handle: KafkaHandle,
        _ name: String,
        _ wanted: NewTopics,
        _ timeout: Int32
    ) -> (rd_kafka_resp_err_t, String?) {
        var text = [CChar](repeating: 0, count: 256)
        var topic = rd_kafka_NewTopic_new(
            name,
            Int32(wanted.partitions),
            Int32(wanted.replicas),
            &text,
            text.count
        )
        guard topic != nil, let queue = rd_kafka_queue_new(handle.client),
            let options = rd_kafka_AdminOptions_new(handle.client, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        else { return (RD_KAFKA_RESP_ERR__INVALID_ARG, String(text)) }
        defer {
            rd_kafka_NewTopic_destroy(topic)
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, &text, text.count)
        rd_kafka_CreateTopics(handle.client, &topic, 1, options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeout + 1000) else {
            return (RD_KAFKA_RESP_ERR__TIMED_OUT, nil)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return (code, rd_kafka_event_error_string(event).map { String(cString: $0) })
        }
        var count = 0
        let all = rd_kafka_event_CreateTopics_result(event)
        guard let results = rd_kafka_CreateTopics_result_topics(all, &count), count == 1,
            let result = results[0]
        else { return (RD_KAFKA_RESP_ERR__BAD_MSG, nil) }
        return (
            rd_kafka_topic_result_error(result),
            rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
        )
    }
}
