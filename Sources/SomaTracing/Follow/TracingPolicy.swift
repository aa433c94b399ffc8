package import SomaCore

/// What of the traces is exported.
package struct TracingPolicy: Sendable, Hashable {
    /// The share of all traces that is exported while their runs go on.
    package var sampling: TraceSampling
    /// Whether runs outside that share are exported at their end where something was wrong: they failed, had an effect in
    /// doubt or a child that failed, or were slow.
    package var hasTail: Bool
    /// From how long on a run is slow; `nil` where none is.
    package var slow: Duration?
    /// Whether commits are spans.
    package var hasCommits: Bool

    /// Creates a policy.
    package init(
        sampling: TraceSampling = .all,
        hasTail: Bool = true,
        slow: Duration? = nil,
        hasCommits: Bool = true
    ) {
        self.sampling = sampling
        self.hasTail = hasTail
        self.slow = slow
        self.hasCommits = hasCommits
    }
}

extension TracingPolicy {
    /// Whether a run is exported while it goes on.
    /// - Parameter first: The run's first transition.
    func includes(_ first: Transition) -> Bool {
        sampling.includes(TraceIdentity.trace(of: first), caller: first.body["sampled"]?.bool)
    }

    /// Whether a run outside the share is told whole at its end.
    /// - Parameters:
    ///   - hasTrouble: Whether one of its transitions was trouble.
    ///   - start: When it began.
    ///   - end: When it ended.
    func isTail(hasTrouble: Bool, from start: Timestamp, to end: Timestamp) -> Bool {
        guard hasTail else { return false }
        return hasTrouble || slow.map { end - start >= $0 } ?? false
    }

    /// Whether a transition says that something is wrong with its run.
    static func isTrouble(_ transition: Transition) -> Bool {
        switch transition.kind {
        case .runFailed, .effectInDoubt: true
        case .childFinished: transition.body["status"]?.string == RunStatus.failed.rawValue
        default: false
        }
    }
}

extension Transition {
    /// Whether its run, or the part of it that is in this log, begins with it.
    var beginsRun: Bool { kind == .runStarted && seq == 1 || kind == .runForked }
}

/// A commit of the store, as spans tell of it.
package struct CommitFacts: Sendable, Hashable {
    /// When it began.
    package var at: Timestamp
    /// How long it took.
    package var took: Duration
    /// How many runs' decisions were made durable together.
    package var groups: Int

    /// Creates facts.
    package init(at: Timestamp, took: Duration, groups: Int) {
        self.at = at
        self.took = took
        self.groups = groups
    }
}
