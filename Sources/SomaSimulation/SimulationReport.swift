/// What a simulation came to.
public struct SimulationReport: Sendable, CustomStringConvertible {
    /// Something that must not be.
    public struct Violation: Sendable, Hashable, CustomStringConvertible {
        /// What should have held.
        public let check: Check
        /// What was found.
        public let message: String

        /// The check and what was found.
        public var description: String { "\(check.rawValue): \(message)" }
    }

    /// What happened, in numbers.
    public struct Counts: Sendable, Hashable {
        /// Runs, children and forks included.
        public var runs = 0
        /// Runs that other runs delegated.
        public var children = 0
        /// Runs with a limit on what they may use.
        public var limited = 0
        /// Runs by the name of their graph, forks not included.
        public var graphs: [String: Int] = [:]
        /// Transitions in the log.
        public var transitions = 0
        /// Faults that struck.
        public var faults = 0
        /// How often each kind of fault struck.
        public var faultKinds: [Fault: Int] = [:]
        /// Times that the process ended and was started again.
        public var restarts = 0
        /// Tries of effects.
        public var effects = 0
        /// Commands that were answered, and how many of them refused.
        public var replies = 0
        /// Commands that were refused.
        public var refusals = 0
        /// Effects that were in doubt.
        public var doubts = 0
        /// Questions that were put to people.
        public var questions = 0
        /// Runs that were paused for their budget.
        public var budgetPauses = 0
        /// Times that a run set more aside for a child that was under way.
        public var grants = 0
        /// Calls that were charged after they had been given up.
        public var lateCharges = 0
        /// Times that a run wrote down that the clock on the wall had jumped.
        public var clockJumps = 0
        /// Events of any kind.
        public var events = 0
        /// Runs by how they ended; those that wait, by what for.
        public var ends: [String: Int] = [:]
    }

    /// The seed that gives the same simulation again.
    public let seed: UInt64
    /// A number over all that happened: the same for the same seed.
    public let hash: UInt64
    /// What happened, in numbers.
    public let counts: Counts
    /// What must not be, and was.
    public let violations: [Violation]
    /// The last events, or all of them, one a line; only where something was wrong or it was asked for.
    public let trace: [String]

    /// Whether all that must hold held.
    public var isSound: Bool { violations.isEmpty }

    /// One line where all is well; else what was wrong, how to see it again, and the last events.
    public var description: String {
        guard !isSound else {
            return
                "seed \(seed): \(counts.runs) runs, \(counts.transitions) transitions, \(counts.faults) faults, "
                + "hash \(String(hash, radix: 16))"
        }
        let lines = violations.map { "  \($0)" } + ["Last events:"] + trace.map { "  \($0)" }
        return "seed \(seed) failed; see it again with: make sim SEED=\(seed)\n"
            + lines.joined(separator: "\n")
    }
}
