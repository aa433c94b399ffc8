/// Sends messages to topics.
package protocol BusProducer: Sendable {
    /// Sends records; the broker has all of them, on all its replicas, when it returns.
    ///
    /// Records of one key keep the order in which they are given, also over calls that are made one after the other.
    /// Waits where too much is on its way.
    /// - Throws: What the first failing record failed with. Others of the same call may have been delivered.
    func send(_ records: [BusRecord]) async throws(BusError)
}

/// Receives the messages of topics as a member of a group, which shares their partitions out.
package protocol BusConsumer: Sendable {
    /// The next messages, at least one and at most `max`; each partition's in order.
    ///
    /// Waits for the first one. One task at a time may wait here.
    /// - Returns: Nothing once the consumer is closed.
    func next(max: Int) async throws(BusError) -> [BusMessage]

    /// Notes that everything up to these messages, in their partitions, is handled for good: nobody in the group gets
    /// it again. Messages of partitions that were taken away meanwhile are left out: their new owner decides.
    func commit(_ messages: [BusMessage]) async throws(BusError)

    /// Leaves the group.
    func close() async
}

/// Why something with the bus didn't work.
package struct BusError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        /// No broker could be reached, or none answered in time.
        case unavailable
        /// The topic, or the partition, isn't there.
        case missingTopic
        /// The message is larger than the client or the broker takes.
        case tooLarge
        /// The broker lets this client not do this, or not in at all.
        case refused
        /// Settings don't fit together, or the library for it is missing.
        case configuration
        /// The client can't go on and must be opened anew.
        case fatal
        /// The client was closed, or the task cancelled.
        case closed
        /// Anything else that the broker said.
        case broker
    }

    package let kind: Kind
    /// What failed, on what.
    package let message: String
    /// The setting that it hangs on and what to do; empty where there is nothing to say.
    package let hint: String

    package init(_ kind: Kind, _ message: String, hint: String = "") {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// Whether the same may succeed later without anybody changing anything.
    package var isPassing: Bool { kind == .unavailable || kind == .broker }

    package var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}
