import SomaCore

/// One run at work: takes what happened, decides, and says what is to be made durable and then done.
///
/// Pure. At most one group is on its way to the store; what happens meanwhile waits in the mailbox. What is to
/// be done outside is given out only once the transition that says so is durable.
struct RunMachine {
    var state: RunState
    var library: Library
    let program: Program

    /// Something that happened to the run.
    enum Input: Sendable {
        case command(RunCommand, by: String, command: Int)
        case effectEnded(effect: Int, attempt: Int, EffectResult)
        case timer(TimerKey)
        case childEnded(RunState, outcome: Words?)
        case adopted
    }

    var mailbox: [Input] = []
    var isCommitting = false
    /// The effects that this process is performing, with their tries.
    var performing: [Int: Int] = [:]
    /// The runs whose first transition is in the group under way.
    var startedChildren: [RunID] = []
    /// What is to be done once the group under way is durable.
    var afterCommit: [EngineOutput] = []
    var transitionsSinceSnapshot = 0
    var deadlineAt: Timestamp?
    /// The timers that were asked for, by effect.
    var retriesAt: [Int: Timestamp] = [:]

    // What the present turn has gathered.
    var now = Timestamp(microseconds: 0)
    var transitions: [Transition] = []
    var content: [Content] = []
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
    }

    /// Takes something that happened.
    mutating func receive(
        _ input: Input,
        at now: Timestamp,
        mayDecide: Bool,
        _ services: inout EngineServices
    ) -> Turn {
        mailbox.append(input)
        return isCommitting ? Turn() : advance(at: now, mayDecide: mayDecide, &services)
    }

    /// The group under way is durable.
    mutating func committed(
        at now: Timestamp,
        mayDecide: Bool,
        _ services: inout EngineServices
    ) -> Turn {
        isCommitting = false
        let due = afterCommit
        afterCommit = []
        guard !state.status.isTerminal else {
            return Turn(outputs: due + replies(afterEnd: mailbox))
        }
        var turn = advance(at: now, mayDecide: mayDecide, &services)
        turn.outputs = due + turn.outputs
        return turn
    }

    /// Handles what is in the mailbox, or else decides; gives a group where anything came of it.
    private mutating func advance(
        at now: Timestamp,
        mayDecide: Bool,
        _ services: inout EngineServices
    ) -> Turn {
        self.now = max(now, state.lastAt)
        while !mailbox.isEmpty, !state.status.isTerminal {
            handle(mailbox.removeFirst(), &services)
        }
        if transitions.isEmpty, mayDecide, state.status == .running { decide(&services) }
        return finishTurn(services)
    }

    mutating func finishTurn(_ services: EngineServices) -> Turn {
        var turn = Turn(outputs: immediate, spawned: spawned)
        immediate = []
        startedChildren += spawned.map(\.state.id)
        spawned = []
        guard !transitions.isEmpty else { return turn }
        transitionsSinceSnapshot += transitions.count
        var snapshots: [RunState] = []
        if state.status.isTerminal || isSnapshotDue {
            snapshots.append(state)
            transitionsSinceSnapshot = 0
        }
        turn.outputs.append(
            .commit(
                CommitGroup(run: state.id, transitions: transitions, content: content, snapshots: snapshots)
            )
        )
        transitions = []
        content = []
        isCommitting = true
        if library.count > EngineLimits.libraryMax { library.keep(only: state.references) }
        return turn
    }

    /// Snapshots are due by size: when what was written since the last is about four times what one takes, so
    /// that they add at most a quarter to what is stored, however large a state grows.
    private var isSnapshotDue: Bool {
        guard transitionsSinceSnapshot >= 64, transitionsSinceSnapshot % 16 < 4 else { return false }
        return transitionsSinceSnapshot * 400 >= 4 * state.weight
    }

    func replies(afterEnd mailbox: [Input]) -> [EngineOutput] {
        mailbox.compactMap { input in
            guard case .command(_, _, let command) = input else { return nil }
            return .reply(command, .failure(.ended(state)))
        }
    }
}

extension RunMachine {
    /// Decides a transition: it is folded at once and durable with the group.
    mutating func emit(
        _ kind: TransitionKind,
        node: String? = nil,
        attempt: Int = 0,
        cause: Int? = nil,
        body: JSONObject = JSONObject(),
        content: [ContentReference] = []
    ) {
        let transition = Transition(
            run: state.id,
            seq: state.seq + 1,
            at: now,
            kind: kind,
            tenant: state.tenant,
            subject: state.subject,
            agent: state.role,
            parent: state.parent,
            node: node,
            attempt: attempt,
            cause: cause,
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
            library.add(words, as: id)
        }
        return id
    }

    mutating func afterCommit(_ output: EngineOutput) { afterCommit.append(output) }
}
