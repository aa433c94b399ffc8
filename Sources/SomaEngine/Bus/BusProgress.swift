/// Finds out how far each partition's messages are handled where they end in another order than they came.
///
/// What may be committed is never past a message that is still at work.
package struct BusProgress: Sendable {
    private struct Lane {
        /// Messages at work, by offset.
        var open: Set<Int64> = []
        /// Messages handled behind one that is still at work.
        var handled: [Int64: BusMessage] = [:]
    }

    private var lanes: [BusPartition: Lane] = [:]

    package init() {}

    /// How many messages are at work.
    package var openCount: Int { lanes.values.reduce(0) { $0 + $1.open.count } }

    /// How many messages of these partitions are at work.
    package func openCount(in partitions: some Sequence<BusPartition>) -> Int {
        partitions.reduce(0) { $0 + (lanes[$1]?.open.count ?? 0) }
    }

    /// Work on messages begins.
    package mutating func begin(_ messages: [BusMessage]) {
        for message in messages { lanes[message.partition, default: Lane()].open.insert(message.offset) }
    }

    /// A message is handled.
    /// - Returns: The message to commit, where one may be committed now.
    package mutating func end(_ message: BusMessage) -> BusMessage? {
        guard var lane = lanes[message.partition], lane.open.remove(message.offset) != nil else { return nil }
        lane.handled[message.offset] = message
        let firstOpen = lane.open.min() ?? Int64.max
        let ready = lane.handled.keys.filter { $0 < firstOpen }
        let last = ready.max().flatMap { lane.handled[$0] }
        for offset in ready { lane.handled[offset] = nil }
        lanes[message.partition] = lane.open.isEmpty && lane.handled.isEmpty ? nil : lane
        return last
    }

    /// Forgets partitions that were taken away: what is still at work there is no longer ours to commit.
    package mutating func drop(_ partitions: some Sequence<BusPartition>) {
        for partition in partitions { lanes[partition] = nil }
    }
}
