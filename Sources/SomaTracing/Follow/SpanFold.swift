package import SomaCore
package import SomaTraces

/// Makes spans of what is made durable: each when it ends, from nothing but the log.
///
/// A pure fold. What it hasn't seen of a run's log it asks for, so that it may begin at any place: after a start, when a run
/// comes from another process, and after a gap. It keeps what goes on in runs that are chosen, and of the others only
/// whether something went wrong.
package struct SpanFold: Sendable {
    /// What transitions led to.
    package enum Step: Sendable, Hashable {
        /// These spans have ended.
        case spans([TraceSpan])
        /// The run's log is needed up to this seq; to be given to ``take(log:of:from:)`` with `from`.
        case needsLog(through: Int, from: Int)
    }

    private let policy: TracingPolicy
    private var runs: [RunID: Following] = [:]

    private struct Following {
        var seq: Int
        /// `nil` for a run that isn't chosen.
        var trace: RunTrace?
        let began: Timestamp
        var hasTrouble = false
    }

    /// Begins with nothing.
    package init(_ policy: TracingPolicy) { self.policy = policy }

    /// How many runs it follows.
    package var count: Int { runs.count }

    /// The last transition of a run that it has taken in; `nil` where it doesn't follow the run.
    package func seq(of run: RunID) -> Int? { runs[run]?.seq }

    /// Takes in transitions of one run that were made durable together.
    /// - Parameters:
    ///   - transitions: In order.
    ///   - commit: The commit; `nil` where there is nothing to tell of it.
    package mutating func take(_ transitions: [Transition], commit: CommitFacts? = nil) -> Step {
        guard let first = transitions.first, let last = transitions.last else { return .spans([]) }
        let run = first.run
        if runs[run] == nil, Self.begins(first) { begin(first) }
        guard let known = runs[run]?.seq else {
            // Whoever had the run before has told of what ended there, unless it was killed before it could: its last seconds
            // would be missing, and spans that come twice have the same ids.
            let isCrash = transitions.contains {
                $0.kind == .runResumed && $0.body["after"]?.string == "crash"
            }
            return .needsLog(through: last.seq, from: isCrash ? 1 : first.seq)
        }
        let news = transitions.drop { $0.seq <= known }
        guard let next = news.first else { return .spans([]) }
        guard next.seq == known + 1 || Self.begins(next) else {
            return .needsLog(through: last.seq, from: known + 1)
        }
        var spans: [TraceSpan] = []
        for transition in news { append(transition) }
        if let commit, policy.hasCommits, let trace = runs[run]?.trace {
            spans.append(Self.span(of: commit, trace, last, count: news.count))
        }
        spans += runs[run]?.trace?.takeFinished() ?? []
        guard news.contains(where: \.kind.isTerminal) else { return .spans(spans) }
        guard let ended = runs.removeValue(forKey: run), ended.trace == nil, isTail(ended, last) else {
            return .spans(spans)
        }
        return .needsLog(through: last.seq, from: 1)
    }

    /// Takes in a run's log as it was read, from its beginning.
    /// - Parameters:
    ///   - seq: From which transition on spans that ended are told.
    /// - Returns: The spans that ended there, all of them where the run has ended and something was wrong.
    package mutating func take(log: [Transition], of run: RunID, from seq: Int) -> [TraceSpan] {
        runs[run] = nil
        guard let first = log.first, let last = log.last else { return [] }
        begin(first)
        for transition in log { append(transition, judging: true) }
        guard var followed = runs[run] else { return [] }
        let hasEnded = log.contains { $0.kind.isTerminal }
        let isChosen = followed.trace != nil
        guard isChosen || hasEnded && isTail(followed, last) else {
            if hasEnded { runs[run] = nil }
            return []
        }
        // Folded up to where nothing is told first: what ended by then is taken out and left.
        // Outside the share, the request that began the run in its own trace isn't recorded either: nothing has that span.
        let hasCaller = isChosen || first.trace != nil || first.parent != nil
        var trace = RunTrace(root: run, hasCaller: hasCaller)
        let start = isChosen ? seq : 1
        for transition in log.prefix(while: { $0.seq < start }) { trace.append(transition) }
        _ = trace.takeFinished()
        for transition in log.drop(while: { $0.seq < start }) { trace.append(transition) }
        let spans = trace.takeFinished()
        followed.trace = trace
        runs[run] = hasEnded ? nil : followed
        return spans
    }

    /// Forgets all runs, some of which are other processes' now: of those that go on here the log is read again.
    package mutating func forgetAll() { runs = [:] }

    private static func begins(_ transition: Transition) -> Bool {
        transition.kind == .runStarted && transition.seq == 1 || transition.kind == .runForked
    }

    private mutating func begin(_ first: Transition) {
        let caller = first.body["sampled"]?.bool
        let isChosen = policy.sampling.includes(TraceIdentity.trace(of: first), caller: caller)
        runs[first.run] = Following(
            seq: first.seq - 1,
            trace: isChosen ? RunTrace(root: first.run, hasCaller: true) : nil,
            began: first.at
        )
    }

    /// - Parameter judging: Whether only what decides about the run is looked at.
    private mutating func append(_ transition: Transition, judging: Bool = false) {
        guard transition.seq > runs[transition.run]?.seq ?? .max else { return }
        runs[transition.run]?.seq = transition.seq
        if !judging { runs[transition.run]?.trace?.append(transition) }
        if Self.isTrouble(transition) { runs[transition.run]?.hasTrouble = true }
    }

    private static func isTrouble(_ transition: Transition) -> Bool {
        switch transition.kind {
        case .runFailed, .effectInDoubt: true
        case .childFinished: transition.body["status"]?.string == RunStatus.failed.rawValue
        default: false
        }
    }

    private func isTail(_ run: Following, _ last: Transition) -> Bool {
        guard policy.hasTail else { return false }
        return run.hasTrouble || policy.slow.map { last.at - run.began >= $0 } ?? false
    }

    private static func span(of commit: CommitFacts, _ trace: RunTrace, _ last: Transition, count: Int)
        -> TraceSpan
    {
        let (start, duration) = (commit.at.microseconds, commit.took.components)
        var span = TraceSpan(
            trace: trace.id,
            id: TraceIdentity.commit(of: last.run, seq: last.seq),
            parent: trace.span(for: last),
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
