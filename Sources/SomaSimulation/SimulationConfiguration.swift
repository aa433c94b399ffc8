/// How hard a simulation is on the engine.
public struct SimulationConfiguration: Sendable {
    /// How many faults strike the process, its store and its clock: each kind once before any comes again.
    public var faults = 7...10
    /// How many events there may be, before the simulation counts as one that doesn't come to rest.
    public var eventsMax = 200_000
    /// How likely a person or program does something between two events.
    public var commandLikelihood = 0.05
    /// How likely an effect doesn't go well, while faults strike.
    public var effectTrouble = 0.25
    /// How many of the last events a failure shows.
    public var traceLength = 80
    /// Whether every event is kept for the report.
    public var tracesAll = false
    /// What is checked.
    public var checks = Set(Check.allCases)
    /// What is broken on purpose, to see that the checks notice.
    package var sabotage: Sabotage?

    /// Creates the usual configuration.
    public init() {}
}

/// What must hold of every simulation.
public enum Check: String, Sendable, Hashable, CaseIterable {
    /// What was acknowledged is in the log for good.
    case acknowledged
    /// Every seq is there once, without gaps.
    case sequence
    /// The log, read again, gives the engine's own state.
    case replay
    /// Stored states are the folds of the log.
    case snapshots
    /// No `once` effect is started twice.
    case once
    /// No budget is overspent, and nothing is spent outside of its grant.
    case budget
    /// What children used is counted in the runs that delegated to them, once they have ended.
    case children
    /// A run has at most one group on its way to the store.
    case groups
    /// A run's times never go backwards.
    case time
    /// Nothing is decided for a run that has ended.
    case ended
    /// An answer closes the question that it was given to, once.
    case answers
    /// Effects are performed only once it is durable that they are.
    case intent
    /// What waits for a time waits for as long as it should, whatever is done to the clock on the wall.
    case timers
    /// What a call used is charged once, also if it is known only after the call was given up.
    case charges
    /// Nobody writes to a run that was given to somebody else.
    case leases
    /// A fork begins where a decision is complete.
    case forks
    /// Every run ends or waits for a named reason, and every command is answered.
    case liveness
}

/// What strikes the process, its store and its clock. What goes wrong with effects comes on top.
public enum Fault: String, Sendable, Hashable, CaseIterable {
    /// The process ends between any two steps; the batch under way is there as a whole or not at all.
    case crash
    /// The process ends, and only the first groups of a batch are there: harder than a store that keeps its promise.
    case tornBatch
    /// A write fails, which ends the process: whether it counts shows when the log is read again.
    case error
    /// The store has no room for a while.
    case full
    /// The store takes long.
    case delay
    /// The clock on the wall jumps, or runs backwards.
    case clock
    /// The process is told to end in an orderly way.
    case drain
}

/// What a test breaks on purpose.
package enum Sabotage: String, Sendable, CaseIterable {
    case losesGroup, repeatsGroup, repeatsTransition, skipsSeq, bendsBytes, bendsSnapshot, repeatsOnce,
        forgetsDoubt
    case overspends, forgetsGrant, hidesUsage, commitsTwice, turnsBackTime, decidesAfterEnd,
        answersAnyQuestion
    case performsEarly, swallowsResults, swallowsReplies, acknowledgesEarly, forgetsRun, followsWall
    case forgetsLateUsage, chargesTwice, forksAnywhere
    // In a cluster only.
    case ignoresEpochs, trustsLease, losesTimers
}
