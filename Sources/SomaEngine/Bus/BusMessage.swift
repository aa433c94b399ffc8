package import SomaCore

/// A part of a topic, which is in order within itself.
package struct BusPartition: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let topic: String
    package let number: Int32

    package init(topic: String, number: Int32) {
        self.topic = topic
        self.number = number
    }

    package static func < (left: BusPartition, right: BusPartition) -> Bool {
        (left.topic, left.number) < (right.topic, right.number)
    }

    package var description: String { "\(topic)/\(number)" }
}

/// A named value beside a message's own.
package struct BusHeader: Sendable, Hashable {
    package let name: String
    package let value: [UInt8]?

    package init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

    /// `traceparent`, and `tracestate` where there is one (W3C Trace Context); none of both without a context.
    static func headers(of context: TraceContext?) -> [BusHeader] {
        guard let context else { return [] }
        let parent = BusHeader("traceparent", context.traceparent)
        return context.state.isEmpty ? [parent] : [parent, BusHeader("tracestate", context.state)]
    }
}

/// What is to be sent.
package struct BusRecord: Sendable, Hashable {
    package var topic: String
    /// Records of one key stay in order, in one partition.
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [BusHeader]

    package init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: [BusHeader] = []) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// What it weighs, about.
    package var size: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + $1.name.utf8.count + ($1.value?.count ?? 0)
        }
    }
}

/// What was received.
package struct BusMessage: Sendable, Hashable {
    package let partition: BusPartition
    package let offset: Int64
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [BusHeader]
    /// When it was produced, or the broker got it; `nil` for formats without times.
    package let timestamp: Timestamp?

    package init(
        partition: BusPartition,
        offset: Int64,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [BusHeader] = [],
        timestamp: Timestamp? = nil
    ) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    package var topic: String { partition.topic }

    /// The last header of a name as text, U+FFFD for what is no UTF-8; `nil` where there is none.
    package func header(_ name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}
