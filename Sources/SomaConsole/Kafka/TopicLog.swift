import SomaCore

/// The messages of a topic that passed its filter, the latest so many of them, and how many there were.
///
/// A value that shares its parts: taking in a batch costs what is new, whatever is kept.
package struct TopicLog: Sendable {
    /// The most messages and bytes that are kept.
    static let recordsMax = 50_000
    static let bytesMax = 64 << 20

    /// Where the first kept message stands among all that passed.
    private(set) var first = 0
    private var parts: [(records: [TopicRecord], size: Int)] = []
    /// How many messages each part begins after, from the first kept one on.
    private var starts: [Int] = []
    private(set) var count = 0
    private var size = 0

    /// How many messages were looked at.
    package private(set) var read = 0
    /// How many passed, those included that are no longer at hand.
    package private(set) var matched = 0
    /// The bytes that were looked at.
    package private(set) var bytes = 0
    /// How many messages are still to come up to where the topic ended when it was last asked.
    package var behind = 0
    /// Where the reading began, so that another filter can begin there as well.
    package var begin: [Int32: Int64] = [:]

    package init() {}

    /// Takes in a batch.
    mutating func take(_ batch: TopicBatch) {
        read += batch.read
        matched += batch.records.count
        bytes += batch.bytes
        if let behind = batch.behind { self.behind = behind }
        if let begin = batch.begin { self.begin = begin }
        guard !batch.records.isEmpty else { return }
        let weight = batch.records.reduce(0) { $0 + $1.size }
        starts.append(first + count)
        parts.append((batch.records, weight))
        count += batch.records.count
        size += weight
        while parts.count > 1, count > Self.recordsMax || size > Self.bytesMax {
            let part = parts.removeFirst()
            starts.removeFirst()
            first += part.records.count
            count -= part.records.count
            size -= part.size
        }
    }

    /// The places of those that are kept, among all that passed and were shown.
    package var range: Range<Int> { first..<first + count }

    /// The message at a place of `range`.
    package subscript(_ place: Int) -> TopicRecord? {
        guard range.contains(place) else { return nil }
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return parts[low].records[place - starts[low]]
    }

    /// The place of the last message that was there at a time; `nil` where none at hand was.
    func place(at time: Timestamp) -> Int? {
        var end = range.upperBound
        for part in parts.reversed() {
            // Times need not rise across partitions, nor within one.
            if let last = part.records.lastIndex(where: { $0.at.map { $0 <= time } ?? false }) {
                return end - part.records.count + last
            }
            end -= part.records.count
        }
        return nil
    }

    /// Where a message of a partition stands, looked for from a place on; `nil` where it isn't at hand.
    func place(of wanted: TopicRecord.Place, from start: Int) -> Int? {
        for (part, first) in zip(parts, starts) where first + part.records.count > start {
            if let index = part.records.firstIndex(where: { $0.place == wanted }) { return first + index }
        }
        return nil
    }

    /// All that are kept, the oldest first.
    package var records: [TopicRecord] { parts.flatMap(\.records) }
}

/// What was read of a topic since the last batch.
package struct TopicBatch: Sendable {
    /// What passed the filter, in the order in which it came.
    package var records: [TopicRecord] = []
    /// How many messages, and bytes, were looked at.
    package var read = 0
    package var bytes = 0
    /// How many are to come, where that has changed.
    package var behind: Int?
    /// The offsets that the reading began at, with its first batch.
    package var begin: [Int32: Int64]?

    package init() {}

    package var isEmpty: Bool { read == 0 && begin == nil && behind == nil }

    /// Puts what came later behind it.
    package mutating func add(_ later: TopicBatch) {
        records += later.records
        read += later.read
        bytes += later.bytes
        behind = later.behind ?? behind
    }

    /// Puts the messages of all partitions into the order of their times, without changing the order within a partition,
    /// which times need not follow.
    package mutating func mergeByTime() {
        let first = records.first?.place.partition
        guard records.contains(where: { $0.place.partition != first }) else { return }
        var partitions: [Int32: [TopicRecord]] = [:]
        for record in records { partitions[record.place.partition, default: []].append(record) }
        var queues = partitions.sorted { $0.key < $1.key }.map { (records: $0.value, next: 0) }
        var merged: [TopicRecord] = []
        merged.reserveCapacity(records.count)
        while merged.count < records.count {
            var earliest: (queue: Int, at: Timestamp)?
            for (place, queue) in queues.enumerated() where queue.next < queue.records.count {
                // What has no time comes when it comes.
                let at = queue.records[queue.next].at ?? Timestamp(microseconds: .min)
                if earliest.map({ at < $0.at }) ?? true { earliest = (place, at) }
            }
            guard let queue = earliest?.queue else { break }
            merged.append(queues[queue].records[queues[queue].next])
            queues[queue].next += 1
        }
        records = merged
    }
}
