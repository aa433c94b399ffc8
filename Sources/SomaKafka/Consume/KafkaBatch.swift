package import SomaEngine

/// What a reader received at a time.
package struct KafkaBatch: Sendable {
    /// Each partition's in order.
    package var messages: [BusMessage] = []
    /// Partitions that were read to their end, and the offset there: whatever stands before it and can be read has come with
    /// this batch or before it.
    ///
    /// The last offsets of a partition need not hold a message: the mark of a transaction's end has one, and so has what
    /// compaction took away. Nor may what an open transaction has written be read.
    package var ends: [BusPartition: Int64] = [:]

    package init() {}

    package var isEmpty: Bool { messages.isEmpty && ends.isEmpty }

    /// Puts what came later behind it.
    mutating func add(_ later: KafkaBatch) {
        messages += later.messages
        ends.merge(later.ends) { $1 }
    }

    /// Takes out so many messages, and the ends once no message is left before them.
    mutating func take(_ max: Int) -> KafkaBatch {
        guard messages.count > max else {
            defer { self = KafkaBatch() }
            return self
        }
        var taken = KafkaBatch()
        taken.messages = Array(messages.prefix(max))
        messages.removeFirst(max)
        return taken
    }
}
