package import SomaCore

/// A message of a topic, as it came out of Kafka.
package struct TopicRecord: Sendable, Hashable {
    /// A named value beside the message's own.
    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: [UInt8]?

        package init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// Where a message is within its topic.
    package struct Place: Sendable, Hashable {
        package var partition: Int32
        package var offset: Int64

        package init(_ partition: Int32, _ offset: Int64) {
            self.partition = partition
            self.offset = offset
        }
    }

    package var place: Place
    /// When it was made, or put into the topic; `nil` where the topic keeps no times.
    package var at: Timestamp?
    package var key: [UInt8]?
    /// `nil` in a tombstone: what was kept under the key is to be forgotten.
    package var value: [UInt8]?
    package var headers: [Header]

    package init(
        _ place: Place,
        at: Timestamp? = nil,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [Header] = []
    ) {
        self.place = place
        self.at = at
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The header that says where in a trace a message stands (W3C Trace Context).
    static let traceHeader = "traceparent"

    /// The text of that header; `nil` where there is none.
    var traceparent: String? {
        headers.last { $0.name == Self.traceHeader }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }

    /// What it weighs in memory, about.
    var size: Int {
        headers.reduce(120 + (key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + 64 + $1.name.utf8.count + ($1.value?.count ?? 0)
        }
    }

    /// How an event of Soma's begins: other JSON, which may be large, isn't read for each frame.
    private static let eventStart = Array(#"{"specversion":"1.0","id":""#.utf8)
    /// Larger ones are shown as the JSON that they are.
    private static let eventBytesMax = 64 << 10

    /// The transition of a run that it is, if it is one of Soma's.
    package var transition: Transition? {
        guard let value, value.count <= Self.eventBytesMax, value.starts(with: Self.eventStart) else {
            return nil
        }
        return try? Transition(cloudEvent: value)
    }
}
