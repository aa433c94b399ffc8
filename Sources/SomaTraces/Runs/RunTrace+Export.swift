package import SomaCore

/// Following a log for as long as it grows: what has ended is handed on and forgotten.
extension RunTrace {
    /// Takes out the spans that have ended since the last time, in the order in which they began. What still goes on stays.
    ///
    /// What a span is told after its end, such as what a call cost, must have been taken in before: it comes in the same
    /// decision.
    package mutating func takeFinished() -> [TraceSpan] {
        let going = Set(open.values)
        guard trace.set.spans.count > going.count else { return [] }
        var finished: [TraceSpan] = []
        var kept: [TraceSpan] = []
        var places: [Int: Int] = [:]
        for (index, span) in trace.set.spans.enumerated() {
            if going.contains(index) {
                places[index] = kept.count
                kept.append(span)
            } else {
                finished.append(span)
                finished[finished.count - 1].trace = trace.id
            }
        }
        trace.set.spans = kept
        open = open.compactMapValues { places[$0] }
        runs = runs.compactMapValues { places[$0] }
        tries = tries.compactMapValues { places[$0] }
        calls = [:]
        delegations = [:]
        visits = visits.filter { open[$0.key] != nil }
        requests = requests.filter { key, request in
            request.activation.map { visits[Key(run: key.run, seq: $0)] != nil } ?? true
        }
        return finished
    }

    /// How much it keeps.
    package var openCount: Int { open.count }

    /// The trace's id.
    package var id: TraceID { trace.id }
}
