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
    /// How many passed while too many came to be shown, and were left out.
    package private(set) var skipped = 0
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
        matched += batch.records.count + batch.skipped
        skipped += batch.skipped
        bytes += batch.bytes
        behind = batch.behind
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

    /// All that are kept, the oldest first.
    package var records: [TopicRecord] { parts.flatMap(\.records) }
}

/// What was read of a topic since the last batch.
package struct TopicBatch: Sendable {
    /// What passed the filter, in the order in which it came.
    package var records: [TopicRecord] = []
    /// How many passed and were left out, because more came than can be shown.
    package var skipped = 0
    /// How many messages, and bytes, were looked at.
    package var read = 0
    package var bytes = 0
    /// How many are to come, as far as that is known.
    package var behind = 0
    /// The offsets that the reading began at, with its first batch.
    package var begin: [Int32: Int64]?

    package init() {}

    package var isEmpty: Bool { read == 0 && begin == nil }
}
