/// Transitions that are sent together.
package struct RelayParcel: Sendable, Hashable {
    /// The topic that transitions go to, where nothing else is said.
    package static let topic = "orchestrator.transitions"
    /// A larger one is sent alone: what a broker refuses for its size then takes no other with it.
    package static let aloneBytes = 256 << 10

    package let records: [BusRecord]

    package init(records: [BusRecord]) { self.records = records }
}

/// Shares the transitions of a page out, in order.
package struct RelayParcels: Sendable {
    private let topic: String
    private var closed: [RelayParcel] = []
    private var open: [BusRecord] = []

    /// - Parameter count: About how many there will be.
    package init(to topic: String = RelayParcel.topic, of count: Int) {
        self.topic = topic
        open.reserveCapacity(count)
    }

    package mutating func append(_ record: consuming BusRecord) {
        if record.topic != topic { record.topic = topic }
        if record.value?.count ?? 0 > RelayParcel.aloneBytes {
            close()
            closed.append(RelayParcel(records: [record]))
        } else {
            open.append(record)
        }
    }

    /// The parcels, now that there is nothing more.
    package consuming func all() -> [RelayParcel] {
        close()
        return closed
    }

    private mutating func close() {
        if !open.isEmpty { closed.append(RelayParcel(records: open)) }
        open = []
    }
}
