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
