package import SomaEngine

/// A topic as the cluster describes it.
package struct KafkaTopic: Sendable, Hashable {
    package struct Part: Sendable, Hashable {
        package let number: Int32
        /// The broker that leads it; negative where none does.
        package let leader: Int32
        package let replicas: [Int32]
        package let inSync: [Int32]
    }

    package let name: String
    package let parts: [Part]

    /// Topics that Kafka keeps for itself, by their custom.
    package var isInternal: Bool { name.hasPrefix("__") }
    package var partitions: [BusPartition] { parts.map { BusPartition(topic: name, number: $0.number) } }
    /// Those that have a leader, which is whom to ask about them.
    package var led: [BusPartition] {
        parts.filter { $0.leader >= 0 }.map { BusPartition(topic: name, number: $0.number) }
    }
}

/// The offsets that a partition holds: from `low` up to before `high`.
package struct KafkaRange: Sendable, Hashable {
    package let low: Int64
    package let high: Int64

    package init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }

    /// What a server says, within what can be: at a million messages a second, an offset of 2^48 takes nine years.
    init(clamping low: Int64, _ high: Int64) {
        let most: Int64 = 1 << 48
        self.low = min(max(0, low), most)
        self.high = min(max(self.low, high), most)
    }

    /// How many messages a group has before it; what it never read counts from the oldest that is kept.
    package func lag(_ committed: Int64?) -> Int64 { high - min(max(committed ?? low, low), high) }
}
