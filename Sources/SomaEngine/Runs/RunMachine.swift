import SomaCore

/// One run at work: takes what happened, decides, and says what is to be made durable and then done.
///
/// Pure. A turn takes what is in the mailbox, decides for as long as each decision follows from the log alone, and ends
/// with at most one group of transitions. While that group is on its way to the store, whatever happens waits in the
/// mailbox. What is to be done outside is given out only once the transition that says so is durable.
struct RunMachine {
    var state: RunState
    var library: Library
    let program: Program

    /// Something that happened to the run.
    enum Input: Sendable {
        /// Somebody asks something of it.
        case command(RunCommand, by: String, command: Int)
        /// A try that this or an earlier process performed has ended.
        case effectEnded(effect: Int, attempt: Int, EffectResult)
        /// A wait is over.
        case timer(TimerKey)
        /// A run that it delegated to has ended.
        case childEnded(RunState, outcome: Words?)
        /// A run that it delegated to, and that has ended, turned out to have used more.
        case childCharged(RunID, Usage)
        /// A person wants a run that it delegated to to have these limits.
        case grant(Grant)
        /// This process has taken it up from the store; the one before may have let it go in order.
        case adopted(isHandedOver: Bool)
        /// What it decided last can't be kept.
        case refused(String)
    }

    /// Limits that a person wants for a child.
    struct Grant: Sendable {
        let child: RunID
        let limits: Limits
        let by: String
        let command: Int
    }

    // What the run is in the middle of.
    var mailbox: [Input] = []
    var isCommitting = false
    /// The tries that this process performs and whose results the run waits for, by effect.
    var performing: [Int: Performance] = [:]
    /// All tries that this process performs, those that nobody waits for any more included.
    var underWay: Set<RunState.Try> = []
    /// The waits before another try, by effect.
    var backoffs: [Int: BackoffWait] = [:]
    var clock = WorkClock()
    /// How far the log went, by the clock of the process before, when this one took the run up.
    var leftAt: Timestamp?
    var transitionsSinceSnapshot = 0
    /// After how many of them the state is weighed next.
    var nextWeighing = RunMachine.weighingStart

    /// A try that this process performs.
    struct Performance {
        let attempt: Int
        let since: Duration
    }

    // What follows once the group under way is durable.
    /// What is to be done.
    var afterCommit: [EngineOutput] = []
    /// The runs whose first transition is in the group.
    var startedChildren: [RunID] = []
    /// Limits of children for which the group sets enough aside.
    var granted: [Grant] = []
    /// What calls that were given up turned out to have used, charged in the group of a run that has ended.
    var chargedAfterEnd = Usage.zero

    // What the present turn has gathered.
    var now = Moment(wall: Timestamp(microseconds: 0), elapsed: .zero)
    var transitions: [Transition] = []
    var content: [Content] = []
    /// How many bytes of words.
    var contentSize = 0
    var spawned: [RunMachine] = []
    var immediate: [EngineOutput] = []

    init(state: RunState, library: Library, program: Program) {
        self.state = state
        self.library = library
        self.program = program
    }

    /// The outcome of a turn.
    struct Turn {
        var outputs: [EngineOutput] = []
        /// Runs that the group starts; they go on once it is durable.
        var spawned: [RunMachine] = []
        /// Limits that children may have, where nothing had to become durable for them.
        var granted: [Grant] = []
    }

    /// Takes something that happened.
    mutating func receive(
        _ input: Input,
        at now: Moment,
        mayDecide: Bool,
        _ services: inout EngineServices
    ) -> Turn {
        mailbox.append(input)
        return isCommitting ? Turn() : advance(at: now, mayDecide: mayDecide, &services)
    }

    /// The group under way is durable.
    mutating func committed(
        at now: Moment,
        mayDecide: Bool,
        _ services: inout EngineServices
    ) -> Turn {
        isCommitting = false
        let due = afterCommit
        afterCommit = []
        var turn = advance(at: now, mayDecide: mayDecide, &services)
        turn.outputs = due + turn.outputs
        return turn
    }

    /// Handles what is in the mailbox and decides; gives a group where anything came of it.
    private mutating func advance(at now: Moment, mayDecide: Bool, _ services: inout EngineServices) -> Turn {
        self.now = Moment(wall: max(now.wall, state.lastAt), elapsed: now.elapsed)
        clock.advance(to: now.elapsed, isAtWork: state.status == .running && !state.isHeld)
        while !mailbox.isEmpty, !state.status.isTerminal { handle(mailbox.removeFirst(), &services) }
        if state.status.isTerminal { handleAfterEnd() }
        completeDecision(from: 0)
        var left = services.decisionsPerGroupMax - (transitions.isEmpty ? 0 : 1)
        while left > 0, mayDecide, state.status == .running, contentSize < EngineLimits.groupContentMax {
            let before = transitions.count
            decide(&services)
            guard transitions.count > before else { break }
            completeDecision(from: before)
            left -= 1
        }
        return finishTurn()
    }

    mutating func finishTurn() -> Turn {
        var turn = Turn(outputs: immediate, spawned: spawned)
        immediate = []
        startedChildren += spawned.map(\.state.id)
        spawned = []
        guard !transitions.isEmpty else {
            turn.granted = granted
            granted = []
            return turn
        }
        transitionsSinceSnapshot += transitions.count
        var snapshots: [RunState] = []
        if state.status.isTerminal || isSnapshotDue() {
            snapshots.append(state)
            transitionsSinceSnapshot = 0
            nextWeighing = Self.weighingStart
        }
        turn.outputs.append(
            .commit(
                CommitGroup(run: state.id, transitions: transitions, content: content, snapshots: snapshots)
            )
        )
        transitions = []
        content = []
        contentSize = 0
        isCommitting = true
        if library.count > EngineLimits.libraryMax { library.keep(only: state.references) }
        return turn
    }

    /// Says in each transition since `first` how many of the run's own follow in the same decision.
    private mutating func completeDecision(from first: Int) {
        var following = 0
        for index in transitions[first...].indices.reversed() where transitions[index].run == state.id {
            transitions[index].more = following
            following += 1
        }
    }

    /// Snapshots are due by size: when what was written since the last is about four times what one takes, so
    /// that they add at most a quarter to what is stored, however large a state grows.
    private mutating func isSnapshotDue() -> Bool {
        guard transitionsSinceSnapshot >= nextWeighing else { return false }
        // Weighing takes a walk through the state.
        nextWeighing = transitionsSinceSnapshot + 16
        return transitionsSinceSnapshot * 400 >= 4 * state.weight
    }

    private static let weighingStart = 64
}

extension RunMachine {
    /// Decides a transition: it is folded at once and durable with the group.
    mutating func emit(
        _ kind: TransitionKind,
        node: String? = nil,
        attempt: Int = 0,
        cause: Int? = nil,
        span: String? = nil,
        body: JSONObject = JSONObject(),
        content: [ContentReference] = []
    ) {
        if kind != .runResumed { noteClockJump() }
        let transition = Transition(
            run: state.id,
            seq: state.seq + 1,
            at: now.wall,
            kind: kind,
            tenant: state.tenant,
            subject: state.subject,
            agent: state.role,
            parent: state.parent,
            node: node,
            attempt: attempt,
            cause: cause,
            trace: state.trace,
            span: span,
            body: body,
            content: content
        )
        state.apply(transition)
        transitions.append(transition)
    }

    /// The name of words, which are stored with the group.
    mutating func store(_ words: Words, _ services: EngineServices) -> ContentID {
        let id = services.hasher.id(of: words, after: nil, subject: state.subject)
        if library[id] == nil {
            content.append(Content(id: id, subject: state.subject, words: words))
            contentSize += words.bytes.count
            library.add(words, as: id)
        }
        return id
    }

    mutating func afterCommit(_ output: EngineOutput) { afterCommit.append(output) }
}
