internal import CRdKafka
package import SomaEngine

/// A group of consumers as the cluster describes it.
package struct KafkaGroup: Sendable, Hashable {
    package let name: String
    /// The cluster's own word: `Stable`, `Empty`, `PreparingRebalance`.
    package let state: String
    package let members: Int
}

/// Looks at a whole cluster with few questions. Joins nothing, and changes nothing.
extension KafkaAdmin {
    /// All groups by name.
    package func groups() async throws(BusError) -> [KafkaGroup] {
        let all = try await asking("list the groups") { [handle] limit in
            var list: UnsafePointer<rd_kafka_group_list>?
            let code = rd_kafka_list_groups(handle.client, nil, &list, limit)
            defer { if let list { rd_kafka_group_list_destroy(list) } }
            return (code, list.map { Self.read($0.pointee) } ?? [])
        }
        return all.sorted { $0.name < $1.name }
    }

    private static func read(_ list: rd_kafka_group_list) -> [KafkaGroup] {
        UnsafeBufferPointer(start: list.groups, count: Int(list.group_cnt)).compactMap { group in
            guard group.err == RD_KAFKA_RESP_ERR_NO_ERROR, let name = group.group else { return nil }
            return KafkaGroup(
                name: String(cString: name),
                state: group.state.map { String(cString: $0) } ?? "",
                members: Int(group.member_cnt)
            )
        }
    }

    /// What all partitions hold, in two questions to each broker. Those that no broker answers for are left out.
    package func spans(of partitions: [BusPartition]) async throws(BusError) -> [BusPartition: KafkaRange] {
        guard !partitions.isEmpty else { return [:] }
        let highs = try await ends(of: partitions, Int64(RD_KAFKA_OFFSET_END))
        let lows = try await ends(of: partitions, Int64(RD_KAFKA_OFFSET_BEGINNING))
        return highs.reduce(into: [:]) { spans, entry in
            guard let low = lows[entry.key] else { return }
            spans[entry.key] = KafkaRange(low: min(low, entry.value), high: entry.value)
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

    /// How far a group has committed, wherever it has.
    package func committed(_ group: String) async throws(BusError) -> [BusPartition: Int64] {
        try await asking("read what the group \(group) has committed") { [handle] limit in
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
        let list = PartitionList.read(rd_kafka_group_result_partitions(first))
        return (code, Dictionary(list.filter { $0.offset >= 0 }.map { ($0.partition, $0.offset) }) { $1 })
    }
}
