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
    private var runs = FollowedRuns()

    /// Begins with nothing.
    package init(_ policy: TracingPolicy) { self.policy = policy }

    /// How many runs it follows.
    package var count: Int { runs.count }

    /// The last transition of a run that it has taken in; `nil` where it doesn't follow the run.
    package func seq(of run: RunID) -> Int? { runs.place(of: run).map { runs[$0].seq } }

    /// Takes in transitions of one run that were made durable together.
    /// - Parameters:
    ///   - transitions: In order.
    ///   - commit: The commit; `nil` where there is nothing to tell of it.
    package mutating func take(_ transitions: [Transition], commit: CommitFacts? = nil) -> Step {
        take(transitions[...], commit: commit)
    }

    /// Takes in transitions of one run that were made durable together.
    ///
    /// Each is looked at where it lies: most are of runs that aren't chosen, and to copy one costs more than to look at it.
    package mutating func take(_ transitions: ArraySlice<Transition>, commit: CommitFacts? = nil) -> Step {
        guard !transitions.isEmpty else { return .spans([]) }
        let (first, last) = (transitions.startIndex, transitions.endIndex - 1)
        let run = transitions[first].run
        var found = runs.place(of: run)
        if found == nil, transitions[first].beginsRun { found = begin(transitions[first]) }
        guard let place = found else {
            // Whoever had the run before has told of what ended there, unless it was killed before it could: its last seconds
            // would be missing, and spans that come twice have the same ids.
            let isCrash = transitions.contains {
                $0.kind == .runResumed && $0.body["after"]?.string == "crash"
            }
            return .needsLog(through: transitions[last].seq, from: isCrash ? 1 : transitions[first].seq)
        }
        let known = runs[place].seq
        guard let next = transitions.indices.first(where: { transitions[$0].seq > known }) else {
            return .spans([])
        }
        guard transitions[next].seq == known + 1 || transitions[next].beginsRun else {
            return .needsLog(through: transitions[last].seq, from: known + 1)
        }
        var hasEnded = false
        for index in next...last {
            runs[place].append(transitions, index)
            if transitions[index].kind.isTerminal { hasEnded = true }
        }
        var spans: [TraceSpan] = []
        if runs[place].isChosen {
            if let commit, policy.hasCommits,
                let span = runs[place].span(of: commit, transitions[last], count: last - next + 1)
            {
                spans.append(span)
            }
            spans += runs[place].takeFinished()
        }
        guard hasEnded, let ended = runs.remove(run), !ended.isChosen, isTail(ended, transitions[last].at)
        else { return .spans(spans) }
        return .needsLog(through: transitions[last].seq, from: 1)
    }

    /// Takes in a run's log as it was read, from its beginning.
    /// - Parameters:
    ///   - seq: From which transition on spans that ended are told.
    /// - Returns: The spans that ended there, all of them where the run has ended and something was wrong.
    package mutating func take(log: [Transition], of run: RunID, from seq: Int) -> [TraceSpan] {
        _ = runs.remove(run)
        guard let first = log.first, let last = log.last else { return [] }
        let place = begin(first)
        for index in log.indices { runs[place].judge(log[index]) }
        let hasEnded = log.contains { $0.kind.isTerminal }
        let isChosen = runs[place].isChosen
        guard isChosen || hasEnded && isTail(runs[place], last.at) else {
            if hasEnded { _ = runs.remove(run) }
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
        if hasEnded { _ = runs.remove(run) } else { runs[place].trace = trace }
        return spans
    }

    /// Forgets all runs, some of which are other processes' now: of those that go on here the log is read again.
    package mutating func forgetAll() { runs = FollowedRuns() }

    private mutating func begin(_ first: Transition) -> FollowedRuns.Place {
        let isChosen = policy.includes(first)
        return runs.add(
            first.run,
            FollowedRun(
                seq: first.seq - 1,
                trace: isChosen ? RunTrace(root: first.run, hasCaller: true) : nil,
                began: first.at
            )
        )
    }

    private func isTail(_ run: FollowedRun, _ end: Timestamp) -> Bool {
        policy.isTail(hasTrouble: run.hasTrouble, from: run.began, to: end)
    }
}
