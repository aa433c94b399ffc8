package import SomaCore

/// How urgent a need is: what it blocks × how long it waits × how fast what it blocks spends.
///
/// - *Blocked* is 1 for the run itself and 1 for each unfinished run above it, which all wait for its result.
/// - *Wait* is the time since the question, in seconds, at least 1.
/// - *Pace* is what those runs have spent, in US cents, for each minute that they were at work: money spent on work
///   that now stands still. It counts as `1 + pace`, so that runs that cost nothing are ordered by the other two.
///
/// The score is the product. It grows with each of the three and is only as good as the log: nothing is estimated.
package struct Rank: Sendable, Hashable {
    /// How many runs wait for the answer, besides the run itself.
    package var blocked: Int
    /// How long the need has been open, in seconds.
    package var waitSeconds: Double
    /// What the run and those above it have spent for each minute at work, in US cents.
    package var pace: Double
    /// How many runs above it have a time limit, whose clocks go on while they wait for this run.
    package var clocks: Int

    /// The product.
    package var score: Double { Double(1 + blocked) * max(1, waitSeconds) * (1 + pace) }

    package init(blocked: Int, waitSeconds: Double, pace: Double, clocks: Int = 0) {
        self.blocked = blocked
        self.waitSeconds = waitSeconds
        self.pace = pace
        self.clocks = clocks
    }

    /// The rank of a need.
    /// - Parameter moment: What waiting is counted to.
    package init(of need: Need, in fleet: Fleet, at moment: Timestamp) {
        var microdollars = 0
        var minutes = 0.0
        var blocked = 0
        var clocks = 0
        // Runs that claim to be each other's ancestors end the walk.
        var seen: Set<RunID> = []
        var next: RunID? = need.id.run
        while let id = next, seen.insert(id).inserted, let run = fleet[id], !run.status.isTerminal {
            microdollars = microdollars.addingClamped(run.budget.spent.microdollars)
            minutes += Double(run.worked(at: need.since).microseconds) / 60_000_000
            if id != need.id.run {
                blocked += 1
                if run.budget.limits.seconds != nil { clocks += 1 }
            }
            next = run.parent
        }
        let cents = Double(max(0, microdollars)) / 10_000
        let wait = Double(max(0, (moment - need.since).microseconds)) / 1_000_000
        // Less than a second at work says nothing about a pace.
        self.init(
            blocked: blocked,
            waitSeconds: wait,
            pace: minutes < 1.0 / 60 ? 0 : cents / minutes,
            clocks: clocks
        )
    }
}
