import SomaCore
import SomaTraces

/// What is kept of a run while it goes on.
struct FollowedRun: Sendable {
    /// The last transition that was taken in.
    private(set) var seq: Int
    /// `nil` for a run that isn't chosen.
    var trace: RunTrace?
    let began: Timestamp
    private(set) var hasTrouble = false

    init(seq: Int, trace: RunTrace?, began: Timestamp) {
        (self.seq, self.trace, self.began) = (seq, trace, began)
    }

    /// Whether it is exported while it goes on.
    var isChosen: Bool { trace != nil }

    /// Takes in one of some transitions, unless it was taken in before.
    mutating func append(_ transitions: ArraySlice<Transition>, _ index: Int) {
        guard transitions[index].seq > seq else { return }
        seq = transitions[index].seq
        trace?.append(transitions[index])
        if TracingPolicy.isTrouble(transitions[index]) { hasTrouble = true }
    }

    /// Takes in of a transition only what decides about the run.
    mutating func judge(_ transition: Transition) {
        guard transition.seq > seq else { return }
        seq = transition.seq
        if TracingPolicy.isTrouble(transition) { hasTrouble = true }
    }

    /// Takes out the spans that have ended.
    mutating func takeFinished() -> [TraceSpan] { trace?.takeFinished() ?? [] }

    /// The span of a commit; `nil` in a run that isn't chosen.
    /// - Parameters:
    ///   - last: The last of the run's transitions in it.
    ///   - count: How many of them are in it.
    func span(of commit: CommitFacts, _ last: Transition, count: Int) -> TraceSpan? {
        guard let id = trace?.id, let parent = trace?.span(for: last) else { return nil }
        let (start, duration) = (commit.at.microseconds, commit.took.components)
        var span = TraceSpan(
            trace: id,
            id: TraceIdentity.commit(of: last.run, seq: last.seq),
            parent: parent,
            name: "commit",
            start: max(0, start).multipliedClamped(by: 1000),
            duration: duration.seconds.multipliedClamped(by: 1_000_000_000)
                + duration.attoseconds / 1_000_000_000
        )
        span.kind = .internal
        span.attributes = [
            Attribute("soma.run.id", .string(last.run.rawValue)),
            Attribute("soma.seq", .int(Int64(last.seq))),
            Attribute("soma.commit.transitions", .int(Int64(count))),
            Attribute("soma.commit.groups", .int(Int64(commit.groups))),
        ]
        return span
    }
}

extension Int64 {
    /// Held within 64 bits.
    fileprivate func multipliedClamped(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
