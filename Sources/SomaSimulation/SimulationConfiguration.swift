/// How hard a simulation is on the engine.
public struct SimulationConfiguration: Sendable {
    /// How many faults strike the process, its store and its clock, at least.
    public var faults = 5...9
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
    /// Every run ends or waits for a named reason, and every command is answered.
    case liveness
}

/// What a test breaks on purpose.
package enum Sabotage: String, Sendable, CaseIterable {
    case losesGroup, repeatsTransition, bendsBytes, bendsSnapshot, repeatsOnce, forgetsDoubt, overspends
    case hidesUsage, commitsTwice, turnsBackTime, decidesAfterEnd, answersAnyQuestion, performsEarly
    case swallowsResults, swallowsReplies, acknowledgesEarly
}
