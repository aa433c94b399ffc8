internal import CRdKafka
import SomaCore
import SomaEngine

extension BusMessage {
    /// Copies a message out of librdkafka's memory.
    init(_ pointer: UnsafePointer<rd_kafka_message_t>) {
        let message = pointer.pointee
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(pointer, &kind)
        self.init(
            partition: BusPartition(
                topic: String(cString: rd_kafka_topic_name(message.rkt)),
                number: message.partition
            ),
            offset: message.offset,
            key: Self.bytes(message.key, message.key_len),
            value: Self.bytes(message.payload, message.len),
            headers: Self.headers(pointer),
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
                ? nil : Timestamp(microseconds: milliseconds &* 1000)
        )
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    private static func headers(_ message: UnsafePointer<rd_kafka_message_t>) -> [BusHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
        var headers: [BusHeader] = []
        var (name, value, size): (UnsafePointer<CChar>?, UnsafeRawPointer?, Int) = (nil, nil, 0)
        let done = RD_KAFKA_RESP_ERR_NO_ERROR
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == done, let name {
            headers.append(BusHeader(String(cString: name), bytes(value, size)))
        }
        return headers
    }
}
