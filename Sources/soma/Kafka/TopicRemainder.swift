import SomaEngine
import SomaKafka

/// What is left of partitions up to where they ended at some moment.
///
/// A partition is through when a message at or behind that end has come, or when it was read to its end: the last offsets
/// before an end need not hold a message.
struct TopicRemainder {
    private let ends: [BusPartition: Int64]
    private var open: Set<BusPartition>

    /// - Parameters:
    ///   - offsets: Where reading begins.
    ///   - ends: The first offset of each partition that isn't wanted any more.
    init(from offsets: [BusPartition: Int64], to ends: [BusPartition: Int64]) {
        self.ends = ends
        open = Set(offsets.filter { $0.value < ends[$0.key] ?? 0 }.keys)
    }

    var isEmpty: Bool { open.isEmpty }
    /// How many partitions aren't through.
    var count: Int { open.count }

    /// Takes in what came.
    /// - Returns: The messages that stand before the ends.
    mutating func take(_ batch: KafkaBatch) -> [BusMessage] {
        var wanted: [BusMessage] = []
        for message in batch.messages {
            guard let end = ends[message.partition] else { continue }
            if message.offset < end { wanted.append(message) }
            if message.offset >= end - 1 { open.remove(message.partition) }
        }
        open.subtract(batch.ends.keys)
        return wanted
    }
}
