import SomaCore

/// Transitions that are sent together.
package struct RelayParcel: Sendable, Hashable {
    /// The topic that transitions go to, where nothing else is said.
    package static let topic = "orchestrator.transitions"
    /// A larger one is sent alone: what a broker refuses for its size then takes no other with it.
    package static let aloneBytes = 256 << 10

    package let records: [BusRecord]

    package init(records: [BusRecord]) { self.records = records }

    /// Shares a page out, in order.
    package static func parcels(of page: [RelayEntry], to topic: String = topic) -> [RelayParcel] {
        var parcels: [RelayParcel] = []
        var open: [BusRecord] = []
        func close() {
            if !open.isEmpty { parcels.append(RelayParcel(records: open)) }
            open = []
        }
        open.reserveCapacity(page.count)
        for entry in page {
            var record = entry.record
            record.topic = topic
            if record.value?.count ?? 0 > aloneBytes {
                close()
                parcels.append(RelayParcel(records: [record]))
            } else {
                open.append(record)
            }
        }
        close()
        return parcels
    }
}

extension BusRecord {
    /// A transition as it is sent: keyed by its run, its value the bytes that the store holds.
    package init(_ stored: StoredTransition) {
        let transition = stored.transition
        var headers = [BusHeader("ce_type", Self.eventType(of: transition.kind))]
        if let parent = Self.traceParent(of: transition) { headers.append(BusHeader("traceparent", parent)) }
        self.init(
            topic: RelayParcel.topic,
            key: Array(transition.run.description.utf8),
            value: stored.bytes,
            headers: headers
        )
    }

    /// As in the event itself.
    private static func eventType(of kind: TransitionKind) -> String {
        if case .unknown(let type) = kind { return type }
        return "soma.\(kind.name).v1"
    }

    /// The trace that the transition belongs to; its span is named after the transition itself.
    private static func traceParent(of transition: Transition) -> String? {
        guard let trace = transition.trace, trace.utf8.count == 32, trace.utf8.contains(where: { $0 != 48 }),
            trace.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(transition.run)/\(transition.seq)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(max(hash, 1), radix: 16)
        return "00-\(trace)-\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)-01"
    }
}
