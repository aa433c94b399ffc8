public import SomaCore

/// What happens to the engine.
public enum EngineInput: Sendable {
    /// Somebody wants a run.
    case start(StartRequest, command: Int)
    /// Somebody wants a run that goes on from another's state, with changes to the document.
    case fork(ForkOrigin, id: RunID? = nil, edit: JSONObject, by: String, command: Int)
    /// Somebody wants something of a run.
    case command(RunID, RunCommand, by: String, command: Int)
    /// A run that was at work in another process.
    case adopt(Adoption)
    /// Decide nothing more for these runs: another process is to have them.
    case retire([RunID])
    /// These runs are, or are to be, another process's: forget them.
    case drop([RunID])
    /// The last group that the run gave can't be kept, ever: forget the run, and tell whoever asked for it.
    case refused(RunID, CommandRefusal)
    /// A group is durable: the last one that the run gave.
    case committed(RunID)
    /// A try has ended.
    case effectEnded(RunID, effect: Int, attempt: Int, EffectResult)
    /// A time has come.
    case timer(RunID, TimerKey)
    /// Decide nothing more: the process is about to end.
    case drain

    /// Where a fork begins.
    public struct ForkOrigin: Sendable {
        /// The state that the run had there.
        public var state: RunState
        /// The words that the state refers to.
        public var library: Library
        /// How many transitions of the same decision follow there; a fork begins only where it is 0.
        public var more: Int
        /// The last transition before it that ended a decision; `nil` where there is none.
        public var endBefore: Int?

        /// Creates an origin.
        public init(state: RunState, library: Library, more: Int = 0, endBefore: Int? = nil) {
            self.state = state
            self.library = library
            self.more = more
            self.endBefore = endBefore
        }
    }

    /// A run taken up from the store.
    public struct Adoption: Sendable {
        /// Its state.
        public var state: RunState
        /// The words that the state refers to.
        public var library: Library
        /// What it runs.
        public var program: Program
        /// Those of its children that have ended already, with the words of their outcomes.
        public var endedChildren: [(state: RunState, outcome: Words?)]
        /// Whether the run that delegated it has ended without it.
        public var isOrphan: Bool
        /// Whether the process that had it let it go in order.
        public var isHandedOver: Bool
        /// Why it can't go on, where what it decided last can't be kept.
        public var refused: String?

        /// Creates an adoption.
        public init(
            state: RunState,
            library: Library,
            program: Program,
            endedChildren: [(state: RunState, outcome: Words?)] = [],
            isOrphan: Bool = false,
            isHandedOver: Bool = false,
            refused: String? = nil
        ) {
            self.state = state
            self.library = library
            self.program = program
            self.endedChildren = endedChildren
            self.isOrphan = isOrphan
            self.isHandedOver = isHandedOver
            self.refused = refused
        }
    }
}

/// What a timer is for.
public enum TimerKey: Sendable, Hashable {
    /// The next try of an effect is due.
    case retry(effect: Int, attempt: Int)
    /// A try has taken too long.
    case timeout(effect: Int, attempt: Int)
    /// The run may have worked for as long as it may.
    case deadline
}

/// What the engine wants done.
public enum EngineOutput: Sendable {
    /// Make this durable, then say `committed`.
    case commit(CommitGroup)
    /// Perform this, then say `effectEnded`.
    case perform(EffectCall)
    /// End the try that is under way; its result is not wanted.
    case abandon(RunID, effect: Int)
    /// Say `timer` when this much time has passed, whatever is done to the clock on the wall.
    case timer(RunID, TimerKey, after: Duration)
    /// Tell whoever gave the command. What it led to is durable.
    case reply(Int, Result<CommandReceipt, CommandRefusal>)
    /// The run's end is durable; it is forgotten here.
    case ended(RunState)
}
