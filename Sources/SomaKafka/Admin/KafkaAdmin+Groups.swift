internal import CRdKafka
package import SomaEngine

/// A group of consumers as the cluster describes it.
package struct KafkaGroup: Sendable, Hashable {
    package let name: String
    /// The cluster's own word: `Stable`, `Empty`, `PreparingRebalance`.
    package let state: String
    package let members: Int
    /// Why it can't be described, where that is so; nothing else is known of it then.
    package let problem: String?
}

/// Looks at a whole cluster with few questions. Joins nothing, and changes nothing.
extension KafkaAdmin {
    /// All groups by name.
    package func groups() async throws(BusError) -> [KafkaGroup] {
        let all = try await asking("list the groups") { [handle] limit in
            var list: UnsafePointer<rd_kafka_group_list>?
            let code = rd_kafka_list_groups(handle.client, nil, &list, limit)
            defer { if let list { rd_kafka_group_list_destroy(list) } }
            // Where one broker of several is away, the groups of the others are told all the same.
            let isPartial = code == RD_KAFKA_RESP_ERR__PARTIAL
            return (isPartial ? RD_KAFKA_RESP_ERR_NO_ERROR : code, list.map { Self.read($0.pointee) } ?? [])
        }
        return all.sorted { $0.name < $1.name }
    }

    private static func read(_ list: rd_kafka_group_list) -> [KafkaGroup] {
        UnsafeBufferPointer(start: list.groups, count: Int(list.group_cnt)).compactMap { group in
            guard let name = group.group else { return nil }
            let isKnown = group.err == RD_KAFKA_RESP_ERR_NO_ERROR
            return KafkaGroup(
                name: String(cString: name),
                state: group.state.map { String(cString: $0) } ?? "",
                members: Int(group.member_cnt),
                problem: isKnown ? nil : String(cString: rd_kafka_err2str(group.err))
            )
        }
    }

    /// What partitions hold now, in two questions to each broker, however many they are. Those that no broker answers for are
    /// left out.
    package func ranges(of partitions: [BusPartition]) async throws(BusError) -> [BusPartition: KafkaRange] {
        guard !partitions.isEmpty else { return [:] }
        let highs = try await ends(of: partitions, Int64(RD_KAFKA_OFFSET_END))
        let lows = try await ends(of: partitions, Int64(RD_KAFKA_OFFSET_BEGINNING))
        return highs.reduce(into: [:]) { ranges, entry in
            guard let low = lows[entry.key] else { return }
            ranges[entry.key] = KafkaRange(clamping: min(low, entry.value), entry.value)
        }
    }

    /// Kafka takes the ends of a partition for moments: -1 is its newest, -2 its oldest.
    private func ends(of partitions: [BusPartition], _ end: Int64) async throws(BusError) -> [BusPartition:
        Int64]
    {
        let found = try await asking("read the offsets of all partitions") { [handle] limit in
            PartitionList.with(partitions.map { ($0, end) }) { list in
                (rd_kafka_offsets_for_times(handle.client, list, limit), PartitionList.read(list))
            }
        }
        return Dictionary(
            found.filter { $0.code == RD_KAFKA_RESP_ERR_NO_ERROR && $0.offset >= 0 }.map {
                ($0.partition, $0.offset)
            }
        ) { $1 }
    }

    /// How far a group has committed, wherever it has; nothing of a group that isn't there.
    /// - Parameter limit: How long that may take; ``KafkaOptions/requestTimeout`` where it isn't said.
    package func committed(_ group: String, within limit: Duration? = nil) async throws(BusError)
        -> [BusPartition: Int64]
    {
        try await asking("read what the group \(group) has committed", within: limit) { [handle] limit in
            Self.committed(handle, group, limit)
        }
    }

    private static func committed(
        _ handle: KafkaHandle,
        _ group: String,
        _ limit: Int32
    ) -> (rd_kafka_resp_err_t, [BusPartition: Int64]) {
        var question = rd_kafka_ListConsumerGroupOffsets_new(group, nil)
        guard question != nil, let queue = rd_kafka_queue_new(handle.client),
            let options = rd_kafka_AdminOptions_new(handle.client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
        else { return (RD_KAFKA_RESP_ERR__INVALID_ARG, [:]) }
        defer {
            rd_kafka_ListConsumerGroupOffsets_destroy(question)
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        var text = [CChar](repeating: 0, count: 256)
        rd_kafka_AdminOptions_set_request_timeout(options, limit, &text, text.count)
        rd_kafka_ListConsumerGroupOffsets(handle.client, &question, 1, options, queue)
        guard let event = rd_kafka_queue_poll(queue, limit + 100) else {
            return (RD_KAFKA_RESP_ERR__TIMED_OUT, [:])
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        var count = 0
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR,
            let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
                rd_kafka_event_ListConsumerGroupOffsets_result(event),
                &count
            ), count > 0, let first = groups[0]
        else { return (code, [:]) }
        // The question was answered, and the answer may still be that this group can't be told of.
        if let error = rd_kafka_group_result_error(first) { return (rd_kafka_error_code(error), [:]) }
        let list = PartitionList.read(rd_kafka_group_result_partitions(first))
        // Offsets may outlive their topic.
        let fine = [RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART]
        if let failed = list.first(where: { !fine.contains($0.code) }) { return (failed.code, [:]) }
        return (code, Dictionary(list.filter { $0.offset >= 0 }.map { ($0.partition, $0.offset) }) { $1 })
    }
}
