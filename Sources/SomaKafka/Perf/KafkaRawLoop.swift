internal import CRdKafka
import Dispatch
package import SomaEngine

/// The least that could be done: a loop that hands records to librdkafka on one thread and counts what is confirmed, with
/// nothing around it, under the same settings as the relay's producer.
package enum KafkaRawLoop {
    /// Sends records.
    /// - Returns: How long it took until all were confirmed.
    package static func run(
        _ options: KafkaOptions,
        records: [BusRecord]
    ) async throws(BusError) -> Duration {
        let properties = options.properties + KafkaProducer.properties(options, deliveryTimeout: nil)
        return try await blocking { () throws(BusError) in
            let handle = try KafkaHandle(
                .producer,
                properties,
                events: RD_KAFKA_EVENT_DR | KafkaNotices.events
            )
            // The connection is made before the clock runs.
            if let first = records.first { try send([first], handle, options.address) }
            let start = ContinuousClock.now
            try send(records, handle, options.address)
            return ContinuousClock.now - start
        }
    }

    private static func send(
        _ records: [BusRecord],
        _ handle: KafkaHandle,
        _ address: String
    ) throws(BusError) {
        var confirmed = 0
        func serve(_ milliseconds: Int32) throws(BusError) {
            guard let event = rd_kafka_queue_poll(handle.queue, milliseconds) else { return }
            defer { rd_kafka_event_destroy(event) }
            while let message = rd_kafka_event_message_next(event)?.pointee {
                guard message.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    throw .of(message.err, while: "send", at: address)
                }
                confirmed += 1
            }
        }
        var topic = KafkaProducer.RecentTopic(handle)
        for record in records {
            while true {
                let code = KafkaProducer.produce(record, tag: 1, &topic)
                if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
                guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                    throw .of(code, while: "send", at: address)
                }
                try serve(10)
            }
        }
        while confirmed < records.count { try serve(100) }
    }
}
