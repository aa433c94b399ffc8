internal import CRdKafka
import Dispatch
import Glibc
import SomaEngine
import Synchronization

/// Sole owner of one client of librdkafka, and of the queue that its events come out of.
///
/// `@unchecked Sendable`: librdkafka documents that all functions on a client and on a queue may be called from any
/// thread. Whoever uses the pointers holds the handle meanwhile.
final class KafkaHandle: @unchecked Sendable {
    /// A pointer to something of librdkafka's that any thread may use.
    struct Reference: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    enum Role {
        case producer, consumer
    }

    let client: OpaquePointer
    /// A consumer's is the one that its group's events come from.
    let queue: OpaquePointer
    private let topics = Mutex<[String: Reference]>([:])

    /// Opens a client, which begins to look for its brokers.
    init(_ role: Role, _ properties: [KafkaProperty], events: Int32) throws(BusError) {
        try KafkaLibrary.load()
        let configuration = try Self.configuration(properties, events: events)
        // Without it a consumer works, too.
        if role == .consumer { _ = soma_rdkafka_rest(configuration) }
        var text = [CChar](repeating: 0, count: 512)
        let type = role == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let client = rd_kafka_new(type, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            let reason = String(text)
            // Its words name its own property.
            throw Self.refused(
                reason,
                by: properties.first { !$0.setting.isEmpty && reason.contains($0.name) }
            )
        }
        self.client = client
        if role == .consumer, rd_kafka_poll_set_consumer(client) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let queue = rd_kafka_queue_get_consumer(client)
        {
            self.queue = queue
        } else {
            queue = rd_kafka_queue_get_main(client)
        }
        rd_kafka_set_log_queue(client, queue)
    }

    deinit {
        let (client, queue) = (Reference(pointer: client), Reference(pointer: queue))
        let topics = topics.withLock { Array($0.values) }
        // It waits for librdkafka's own threads, and the last reference may go anywhere.
        DispatchQueue.global().async {
            for topic in topics { rd_kafka_topic_destroy(topic.pointer) }
            rd_kafka_queue_destroy(queue.pointer)
            // A group was left before, or is to see a member vanish.
            rd_kafka_destroy_flags(client.pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
    }

    /// librdkafka's own object for a topic; `nil` for a name that no topic can have.
    func topic(_ name: String) -> Reference? {
        topics.withLock { topics in
            if let found = topics[name] { return found }
            guard !name.isEmpty, !name.utf8.contains(0), let made = rd_kafka_topic_new(client, name, nil)
            else {
                return nil
            }
            let reference = Reference(pointer: made)
            topics[name] = reference
            return reference
        }
    }

    // MARK: Settings

    private static func configuration(
        _ properties: [KafkaProperty],
        events: Int32
    ) throws(BusError) -> OpaquePointer {
        guard let configuration = rd_kafka_conf_new() else { throw BusError(.configuration, "No memory.") }
        var text = [CChar](repeating: 0, count: 512)
        for property in properties {
            guard !property.value.utf8.contains(0),
                rd_kafka_conf_set(configuration, property.name, property.value, &text, text.count)
                    == RD_KAFKA_CONF_OK
            else {
                rd_kafka_conf_destroy(configuration)
                // librdkafka's text quotes the value.
                let reason = property.name == "sasl.password" ? "the value can't be used" : String(text)
                throw refused(reason, by: property)
            }
        }
        rd_kafka_conf_set_events(configuration, events)
        return configuration
    }

    private static func refused(_ reason: String, by property: KafkaProperty?) -> BusError {
        let setting = property?.setting ?? ""
        if let property, property.name.hasSuffix(".location"), access(property.value, R_OK) != 0 {
            return BusError(
                .configuration,
                "The file \(property.value) can't be read: \(String(cString: strerror(errno))).",
                hint: "Correct \(setting), or the file's rights."
            )
        }
        return BusError(
            .configuration,
            "librdkafka \(KafkaLibrary.version) refuses the settings: \(reason).",
            hint: setting.isEmpty ? "Look at the settings under kafka." : "Look at \(setting)."
        )
    }
}

extension String {
    /// Reads up to the zero.
    init(_ text: [CChar]) {
        self.init(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
