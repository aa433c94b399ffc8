import SomaCore

/// What librdkafka counts, as far as it is shown.
package struct KafkaStatistics: Sendable, Hashable {
    /// The client's name in its logs, `soma#producer-1`.
    package var client = ""
    /// Messages and bytes that wait to be sent or for their confirmation.
    package var queuedMessages = 0
    package var queuedBytes = 0
    package var sentMessages = 0
    package var sentBytes = 0
    package var receivedMessages = 0
    package var receivedBytes = 0
    package var brokersUp = 0
    package var brokers = 0
    /// The slowest broker's round trip, 95th percentile.
    package var roundTrip: Duration = .zero
    /// Requests that were sent to any broker, and those that got no answer.
    package var requests = 0
    package var timeouts = 0
    /// A consumer's messages behind the end, by topic; those of partitions that it has.
    package var lag: [String: Int] = [:]

    package init() {}

    /// Reads librdkafka's document; `nil` where it is none.
    package init?(json text: String) {
        guard let document = try? JSON.parse(text), let all = document.object else { return nil }
        client = all["name"]?.string ?? ""
        queuedMessages = all["msg_cnt"]?.int ?? 0
        queuedBytes = all["msg_size"]?.int ?? 0
        sentMessages = all["txmsgs"]?.int ?? 0
        sentBytes = all["txmsg_bytes"]?.int ?? 0
        receivedMessages = all["rxmsgs"]?.int ?? 0
        receivedBytes = all["rxmsg_bytes"]?.int ?? 0
        for broker in Self.values(all["brokers"]) {
            // Negative numbers are librdkafka's own stand-ins for brokers not known yet.
            guard (broker["nodeid"]?.int ?? -1) >= 0 else { continue }
            brokers += 1
            if broker["state"]?.string == "UP" { brokersUp += 1 }
            roundTrip = max(roundTrip, .microseconds(broker["rtt"]?["p95"]?.int ?? 0))
            requests += broker["tx"]?.int ?? 0
            timeouts += broker["req_timeouts"]?.int ?? 0
        }
        for topic in all["topics"]?.object?.members ?? [] {
            for partition in Self.values(topic.value["partitions"]) {
                guard let behind = partition["consumer_lag"]?.int, behind >= 0 else { continue }
                lag[topic.key, default: 0] += behind
            }
        }
    }

    private static func values(_ table: JSON?) -> [JSON] { table?.object?.members.map(\.value) ?? [] }
}
