package import SomaCore

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
    /// - Parameter traces: What of the traces is exported; `nil` where none are.
    package init(_ stored: StoredTransition, traces: TraceSampling? = nil) {
        let transition = stored.transition
        self.init(
            key: Array(transition.run.description.utf8),
            value: stored.bytes,
            headers: [BusHeader("ce_type", transition.kind.eventType)],
            parent: Self.traceParent(
                of: transition.run,
                seq: transition.seq,
                transition.kind,
                in: transition.trace,
                traces
            )
        )
    }

    /// - Parameter headers: Those that all events of its type have.
    init(key: [UInt8], value: [UInt8], headers: [BusHeader], parent: String?) {
        var headers = headers
        if let parent { headers.append(BusHeader("traceparent", parent)) }
        self.init(topic: RelayParcel.topic, key: key, value: value, headers: headers)
    }

    /// Where a transition stands in its run's trace, for readers that go on from there: the span that it began, else the run's.
    ///
    /// Where traces aren't exported, only of a run that was started in somebody's trace, and marked as not recorded.
    static func traceParent(
        of run: RunID,
        seq: Int,
        _ kind: TransitionKind,
        in trace: String?,
        _ traces: TraceSampling?
    ) -> String? {
        guard traces != nil || trace.map({ TraceIdentity.isTrace($0) }) ?? false else { return nil }
        let id = TraceIdentity.trace(of: run, in: trace)
        let span = TraceIdentity.span(for: kind, of: run, seq: seq)
        return TraceIdentity.traceparent(id, span, isSampled: traces?.includes(id) ?? false)
    }
}
