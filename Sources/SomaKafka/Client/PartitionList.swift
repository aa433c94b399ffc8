internal import CRdKafka
import SomaEngine

/// Partitions with an offset each, as librdkafka takes and gives them.
enum PartitionList {
    /// No offset: for an assignment it means what the group has committed.
    static let unset = Int64(RD_KAFKA_OFFSET_INVALID)

    /// - Warning: The pointer is valid only inside `body`.
    static func with<Result>(
        _ partitions: some Sequence<(partition: BusPartition, offset: Int64)>,
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Result
    ) -> Result {
        guard let list = rd_kafka_topic_partition_list_new(8) else {
            preconditionFailure("librdkafka has no memory left for a list.")
        }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in partitions {
            rd_kafka_topic_partition_list_add(list, partition.topic, partition.number).pointee.offset = offset
        }
        return body(list)
    }

    /// The same without offsets.
    static func with<Result>(
        _ partitions: some Sequence<BusPartition>,
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Result
    ) -> Result {
        with(partitions.map { ($0, unset) }, body)
    }

    /// The end of a partition, and its offset, where that is what an event tells.
    static func end(_ event: OpaquePointer, _ type: Int32) -> (partition: BusPartition, offset: Int64)? {
        guard type == RD_KAFKA_EVENT_ERROR, rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__PARTITION_EOF,
            let found = rd_kafka_event_topic_partition(event)
        else { return nil }
        defer { rd_kafka_topic_partition_destroy(found) }
        let element = found.pointee
        return (
            BusPartition(topic: String(cString: element.topic), number: element.partition), element.offset
        )
    }

    /// What stands in a list.
    static func read(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> [(partition: BusPartition, offset: Int64, code: rd_kafka_resp_err_t)] {
        guard let list = list?.pointee, let elements = list.elems else { return [] }
        return UnsafeBufferPointer(start: elements, count: Int(list.cnt)).map { element in
            let partition = BusPartition(topic: String(cString: element.topic), number: element.partition)
            return (partition, element.offset, element.err)
        }
    }
}
