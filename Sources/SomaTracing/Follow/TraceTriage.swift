package import SomaCore
package import SomaEngine

/// Tells apart, where transitions become durable, those that are to become spans.
///
/// Most runs may be outside the share that is exported. What goes on in those would be kept for a while only to be
/// dropped; here no more is kept of such a run than what decides at its end whether it is told after all, from its log.
/// Runs whose beginning it hasn't seen are followed: ``SpanFold`` finds out about them.
package struct TraceTriage: Sendable {
    /// What becomes of some transitions.
    package struct Result: Sendable, Hashable {
        /// Those that are to become spans, in order.
        package var followed: [Transition] = []
        /// Runs that ended and are to be told whole, with their last transitions' seqs.
        package var tails: [Tail] = []

        /// A run that is to be told whole.
        package struct Tail: Sendable, Hashable {
            package let run: RunID
            package let seq: Int
        }
    }

    /// What is known of a run outside the share.
    private struct Passed {
        let began: Timestamp
        var hasTrouble = false
    }

    /// More than there are runs in a process. Runs that went away untold don't add up beyond it.
    private static let most = 200_000

    private let policy: TracingPolicy
    private var passed: [RunID: Passed] = [:]

    /// Begins with nothing.
    package init(_ policy: TracingPolicy) { self.policy = policy }

    /// How many runs outside the share go on.
    package var count: Int { passed.count }

    /// Takes in what one commit made durable.
    package mutating func take(_ commit: [StoredTransition]) -> Result {
        var result = Result()
        var start = 0
        while start < commit.count {
            let run = commit[start].transition.run
            var end = start + 1
            while end < commit.count, commit[end].transition.run == run { end += 1 }
            if passes(run, commit, start) {
                if let tail = judge(run, commit, start..<end) { result.tails.append(tail) }
            } else {
                if result.followed.isEmpty { result.followed.reserveCapacity(commit.count - start) }
                for index in start..<end { result.followed.append(commit[index].transition) }
            }
            start = end
        }
        return result
    }

    /// Forgets all runs, some of which are other processes' now: those that go on here are followed.
    package mutating func forgetAll() { passed = [:] }

    // Transitions are looked at where they lie: to copy one costs more than all that is asked of it.

    private mutating func passes(_ run: RunID, _ commit: [StoredTransition], _ first: Int) -> Bool {
        if !passed.isEmpty, passed[run] != nil { return true }
        switch commit[first].transition.kind {
        case .runStarted, .runForked: break
        default: return false
        }
        let first = commit[first].transition
        guard first.beginsRun, !policy.includes(first) else { return false }
        if passed.count >= Self.most { forgetAll() }
        passed[run] = Passed(began: first.at)
        return true
    }

    private mutating func judge(_ run: RunID, _ commit: [StoredTransition], _ range: Range<Int>)
        -> Result.Tail?
    {
        var hasEnded = false
        for index in range {
            switch commit[index].transition.kind {
            case .runCompleted, .runFailed, .runCancelled, .effectInDoubt, .childFinished:
                let transition = commit[index].transition
                if TracingPolicy.isTrouble(transition) { passed[run]?.hasTrouble = true }
                if transition.kind.isTerminal { hasEnded = true }
            default: break
            }
        }
        let last = range.upperBound - 1
        guard hasEnded, let ended = passed.removeValue(forKey: run),
            policy.isTail(hasTrouble: ended.hasTrouble, from: ended.began, to: commit[last].transition.at)
        else { return nil }
        return Result.Tail(run: run, seq: commit[last].transition.seq)
    }
}
