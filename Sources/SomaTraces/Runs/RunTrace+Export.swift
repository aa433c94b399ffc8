package import SomaCore

/// Following a log for as long as it grows: what has ended is handed on and forgotten.
extension RunTrace {
    /// Takes out the spans that have ended since the last time, in the order in which they began. What still goes on stays.
    ///
    /// What a span is told after its end, such as what a call cost, must have been taken in before: it comes in the same
    /// decision.
    package mutating func takeFinished() -> [TraceSpan] {
        let count = trace.set.spans.count
        guard count > open.count else { return [] }
        // Where each span goes among those that stay; none for one that has ended.
        var places = [Int](repeating: -1, count: count)
        for index in open.values { places[index] = 0 }
        var finished: [TraceSpan] = []
        finished.reserveCapacity(count - open.count)
        var kept = 0
        for index in 0..<count {
            if places[index] < 0 {
                finished.append(trace.set.spans[index])
                finished[finished.count - 1].trace = trace.id
            } else {
                places[index] = kept
                if kept < index { trace.set.spans.swapAt(kept, index) }
                kept += 1
            }
        }
        trace.set.spans.removeLast(count - kept)
        for index in open.values.indices { open.values[index] = places[open.values[index]] }
        if !runs.isEmpty { runs = Self.kept(runs, places) }
        if !tries.isEmpty { tries = Self.kept(tries, places) }
        if !calls.isEmpty { calls = [:] }
        if !delegations.isEmpty { delegations = [:] }
        for key in visits.keys.filter({ open[$0] == nil }) { visits[key] = nil }
        if !requests.isEmpty {
            requests = requests.filter { key, request in
                request.activation.map { visits[Key(run: key.run, seq: $0)] != nil } ?? true
            }
        }
        return finished
    }

    /// What names a span that stays, with its place there.
    private static func kept<Name>(_ named: [Name: Int], _ places: [Int]) -> [Name: Int] {
        guard named.contains(where: { places[$0.value] != $0.value }) else { return named }
        return named.compactMapValues { places[$0] < 0 ? nil : places[$0] }
    }

    /// How much it keeps.
    package var openCount: Int { open.count }

    /// The trace's id.
    package var id: TraceID { trace.id }
}
