package import SomaCore

/// A message that can't be handled, put aside with the reason so that those behind it go on.
///
/// It lies in a topic of its own beside the one it came from, with its key, value and headers, and says in further
/// headers where it came from and why it is there.
package struct DeadLetter: Sendable, Hashable {
    /// Where it came from.
    package var origin: BusPartition
    package var offset: Int64
    package var reason: String
    package var at: Timestamp
    /// Whether the value was left out because no broker would take it.
    package var isWithoutValue: Bool
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// The headers that it came with.
    package var headers: [BusHeader]

    /// The longest reason that is kept, in bytes.
    package static let reasonBytesMax = 2_000

    private enum Name {
        static let topic = "soma_dead_topic"
        static let partition = "soma_dead_partition"
        static let offset = "soma_dead_offset"
        static let reason = "soma_dead_reason"
        static let at = "soma_dead_at"
        static let withoutValue = "soma_dead_without_value"
        static let all = [topic, partition, offset, reason, at, withoutValue]
    }

    /// The topic that a topic's dead letters go to.
    package static func topic(of topic: String) -> String { topic + ".dead-letters" }

    /// Whether a topic holds dead letters.
    package static func isTopic(_ topic: String) -> Bool { topic.hasSuffix(".dead-letters") }

    /// Puts a message aside.
    package init(_ message: BusMessage, reason: String, at: Timestamp) {
        self.init(
            origin: message.partition,
            offset: message.offset,
            reason: reason,
            at: at,
            key: message.key,
            value: message.value,
            headers: message.headers
        )
    }

    /// Puts a record aside that never got into its topic: partition and offset are -1.
    package init(undelivered record: BusRecord, reason: String, at: Timestamp, withoutValue: Bool = false) {
        self.init(
            origin: BusPartition(topic: record.topic, number: -1),
            offset: -1,
            reason: reason,
            at: at,
            isWithoutValue: withoutValue,
            key: record.key,
            value: withoutValue ? nil : record.value,
            headers: record.headers
        )
    }

    private init(
        origin: BusPartition,
        offset: Int64,
        reason: String,
        at: Timestamp,
        isWithoutValue: Bool = false,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [BusHeader]
    ) {
        self.origin = origin
        self.offset = offset
        self.reason = String(decoding: reason.utf8.prefix(Self.reasonBytesMax), as: UTF8.self)
        self.at = at
        self.isWithoutValue = isWithoutValue
        self.key = key
        self.value = value
        self.headers = headers.filter { !Name.all.contains($0.name) }
    }

    /// Reads what lies in a topic of dead letters; `nil` for a message that nobody put aside.
    package init?(stored message: BusMessage) {
        guard let topic = message.header(Name.topic), let reason = message.header(Name.reason) else {
            return nil
        }
        self.init(
            origin: BusPartition(
                topic: topic,
                number: message.header(Name.partition).flatMap(Int32.init) ?? -1
            ),
            offset: message.header(Name.offset).flatMap(Int64.init) ?? -1,
            reason: reason,
            at: message.header(Name.at).flatMap(Timestamp.init) ?? message.timestamp
                ?? Timestamp(microseconds: 0),
            isWithoutValue: message.header(Name.withoutValue) != nil,
            key: message.key,
            value: message.value,
            headers: message.headers
        )
    }

    /// Says that the value was left out.
    package mutating func leaveOutValue() { (value, isWithoutValue) = (nil, true) }

    /// What is sent to put it aside.
    package var record: BusRecord {
        var marks = [
            BusHeader(Name.topic, origin.topic), BusHeader(Name.partition, "\(origin.number)"),
            BusHeader(Name.offset, "\(offset)"), BusHeader(Name.reason, reason), BusHeader(Name.at, "\(at)"),
        ]
        if isWithoutValue { marks.append(BusHeader(Name.withoutValue, "1")) }
        return BusRecord(
            topic: Self.topic(of: origin.topic),
            key: key,
            value: value,
            headers: headers + marks
        )
    }

    /// What is sent to try it again where it came from; `nil` where the value is not at hand.
    package var redriven: BusRecord? {
        isWithoutValue ? nil : BusRecord(topic: origin.topic, key: key, value: value, headers: headers)
    }
}
