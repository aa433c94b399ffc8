import SomaCore
import SomaEngine

/// A node that does what a test says.
struct ScriptedNode: Node {
    let script: @Sendable (NodeVisit) -> NodeStep

    init(_ script: @escaping @Sendable (NodeVisit) -> NodeStep) { self.script = script }

    func step(_ visit: NodeVisit) -> NodeStep { script(visit) }

    /// Leaves at once.
    static func leaves(_ label: String = "done", _ update: Update = Update()) -> ScriptedNode {
        ScriptedNode { _ in .leave(label, update) }
    }

    /// Asks for these things at first, then leaves.
    static func asks(_ requests: NodeRequest..., then label: String = "done") -> ScriptedNode {
        ScriptedNode { $0.answers.isEmpty ? .ask(requests) : .leave(label) }
    }
}

/// Knows the programs of a test by their goals.
struct ScriptedCatalog: Catalog {
    var programs: [String: Program]
    var limits = Limits()

    init(_ programs: [String: Program], limits: Limits = Limits()) {
        self.programs = programs
        self.limits = limits
    }

    /// A graph of one node.
    init(_ node: ScriptedNode, limits: Limits = Limits()) {
        self.init(["goal": .single(node)], limits: limits)
    }

    func prepare(_ request: StartRequest) throws(StartRefusal) -> PreparedRun {
        guard let program = programs[request.goal] else {
            throw StartRefusal(
                code: "goal.unknown",
                message: "Nobody knows \(request.goal).",
                hint: "Try goal."
            )
        }
        return PreparedRun(
            role: request.role ?? "tester",
            program: program,
            pinned: [(name: "graph", words: Words(request.goal))],
            document: ["workspace": .string(request.workspace)],
            limits: limits
        )
    }

    func program(for run: RunState, pinned: [String: Words]) throws(StartRefusal) -> Program {
        guard let program = programs[pinned["graph"]?.text ?? ""] else {
            throw StartRefusal(code: "graph.unknown", message: "The graph is not known any more.")
        }
        return program
    }
}

extension Program {
    /// One node, then the end.
    static func single(_ node: ScriptedNode) -> Program {
        Program(
            graph: Graph(
                name: "single",
                entry: "Only",
                nodes: [.init("Only", .task("only"))],
                edges: [.init("Only", "*", Graph.end)]
            ),
            behaviours: ["only": node]
        )
    }

    /// A graph with behaviours by name.
    static func of(_ graph: Graph, _ nodes: [String: ScriptedNode]) -> Program {
        Program(graph: graph, behaviours: nodes)
    }
}

extension NodeRequest {
    static func tool(
        _ name: String = "tool",
        _ effectClass: EffectClass = .read,
        attempts: Int = 1,
        timeout: Duration = .seconds(10),
        arguments: String = "{}",
        approval: EffectRequest.Approval? = nil
    ) -> NodeRequest {
        .effect(
            EffectRequest(
                kind: .tool,
                name: name,
                effectClass: effectClass,
                arguments: Words(arguments),
                timeout: timeout,
                attemptsMax: attempts,
                approval: approval
            )
        )
    }

    static func model(tokens: Int, arguments: String = "prompt") -> NodeRequest {
        .effect(
            EffectRequest(
                kind: .model,
                name: "model",
                effectClass: .model,
                arguments: Words(arguments),
                reserve: Usage(tokens: tokens)
            )
        )
    }
}

/// A conversation with the engine's core: what it is told, and all that it answers.
struct Conversation {
    let catalog: any Catalog
    var core: EngineCore
    var now = Timestamp(microseconds: 1_800_000_000_000_000)
    var elapsed = Duration.zero
    /// All that is durable, in order.
    var log: [Transition] = []
    var content: [ContentID: Words] = [:]
    var snapshots: [RunState] = []
    var pending: [CommitGroup] = []
    var performed: [EffectCall] = []
    var abandoned: [Int] = []
    /// When timers ring, on the clock that only goes forward.
    var timers: [(run: RunID, key: TimerKey, at: Duration)] = []
    var replies: [Int: Result<CommandReceipt, CommandRefusal>] = [:]
    var ended: [RunState] = []
    private var commands = 0

    /// Whether calls to tools go on without the process.
    private let outlives: Bool

    init(_ catalog: any Catalog, outlives: Bool = false) {
        self.catalog = catalog
        self.outlives = outlives
        core = Conversation.core(catalog, 1, outlives)
    }

    init(_ node: ScriptedNode) { self.init(ScriptedCatalog(node)) }

    private static func core(_ catalog: any Catalog, _ seed: UInt64, _ outlives: Bool) -> EngineCore {
        EngineCore(
            catalog: catalog,
            hasher: KeyedContentHasher(secret: Array(repeating: 7, count: 32)),
            generator: TestGenerator(state: seed),
            holder: "tests",
            outlives: { kind, _ in outlives && kind == .tool }
        )
    }

    /// Tells the core something and takes what it answers; what is to be committed waits.
    mutating func tell(_ input: EngineInput) {
        for output in core.receive(input, at: Moment(wall: now, elapsed: elapsed)) {
            switch output {
            case .commit(let group): pending.append(group)
            case .perform(let call): performed.append(call)
            case .abandon(_, let effect): abandoned.append(effect)
            case .timer(let run, let key, let wait): timers.append((run, key, elapsed + wait))
            case .reply(let number, let result): replies[number] = result
            case .ended(let state): ended.append(state)
            }
        }
    }

    /// Makes what waits durable, and what comes of it, until nothing waits.
    mutating func commit() {
        while !pending.isEmpty { commitOne() }
    }

    mutating func commitOne() {
        let group = pending.removeFirst()
        log += group.transitions
        for item in group.content { content[item.id] = item.words }
        snapshots += group.snapshots
        tell(.committed(group.run))
    }

    /// Tells, and makes durable what comes of it.
    mutating func say(_ input: EngineInput) {
        tell(input)
        commit()
    }

    /// Starts a run; the id is that of the newest run.
    @discardableResult
    mutating func start(_ goal: String = "goal", limits: Limits = Limits(), commits: Bool = true) -> RunID {
        let before = pending.count
        commands += 1
        tell(.start(StartRequest(goal: goal, limits: limits), command: commands))
        // The group may hold children's first transitions, too.
        let run = pending.dropFirst(before).first?.run ?? RunID("none")
        if commits { commit() }
        return run
    }

    /// Gives a command and says what became of it.
    @discardableResult
    mutating func command(
        _ run: RunID,
        _ command: RunCommand
    ) -> Result<CommandReceipt, CommandRefusal>? {
        commands += 1
        say(.command(run, command, by: "tester", command: commands))
        return replies[commands]
    }

    mutating func refusal(_ run: RunID, _ command: RunCommand) -> String? {
        guard case .failure(let refusal) = self.command(run, command) else { return nil }
        return refusal.code
    }

    /// Forks a run and says the new run's id, or the refusal's code.
    ///
    /// - Parameter isOld: As if the log didn't say yet where decisions are complete.
    mutating func fork(
        _ run: RunID,
        at seq: Int,
        edit: JSONObject = [:],
        isOld: Bool = false
    ) -> Result<RunID, CommandRefusal> {
        commands += 1
        let log = log.filter { $0.run == run }
        let origin = EngineInput.ForkOrigin(
            state: folded(run, upTo: seq),
            library: Library(content),
            more: isOld ? 0 : log.first { $0.seq == seq }?.more ?? 0,
            endBefore: log.last { $0.seq < seq && $0.more == 0 }?.seq
        )
        say(.fork(origin, edit: edit, by: "tester", command: commands))
        switch replies[commands] {
        case .success(let receipt): return .success(receipt.run)
        case .failure(let refusal): return .failure(refusal)
        case nil: return .failure(CommandRefusal(.invalid, code: "silence", "No answer."))
        }
    }

    /// Ends the last try that was performed.
    mutating func finish(_ result: EffectResult = EffectResult(succeeded: true, words: Words("fine"))) {
        guard let call = performed.last else { return }
        say(.effectEnded(call.run.id, effect: call.effect, attempt: call.attempt, result))
    }

    /// Goes to the time of the first timer of a kind and rings it.
    mutating func ring(where matches: (TimerKey) -> Bool) {
        guard let place = timers.firstIndex(where: { matches($0.key) }) else { return }
        let timer = timers.remove(at: place)
        if timer.at > elapsed { wait(timer.at - elapsed) }
        say(.timer(timer.run, timer.key))
    }

    /// Lets time pass.
    mutating func wait(_ duration: Duration) {
        now = now + duration
        elapsed += duration
    }

    /// Sets the clock on the wall, back where `duration` is negative.
    mutating func setClock(by duration: Duration) { now = now + duration }

    /// The process ends; another one takes up what the log holds.
    mutating func crash() {
        pending = []
        timers = []
        performed = []
        elapsed = .zero
        core = Conversation.core(catalog, UInt64(log.count) + 99, outlives)
        let states = runs.map { folded($0) }
        let open = Set(states.filter { !$0.status.isTerminal }.map(\.id))
        for state in states where open.contains(state.id) {
            let library = Library(content)
            guard let program = try? catalog.program(for: state, pinned: library.pinned(by: state)) else {
                continue
            }
            let children = states.filter { state.children.contains($0.id) && $0.status.isTerminal }
            tell(
                .adopt(
                    .init(
                        state: state,
                        library: library,
                        program: program,
                        endedChildren: children.map { ($0, $0.outcome.flatMap { content[$0] }) },
                        isOrphan: state.parent.map { !open.contains($0) } ?? false
                    )
                )
            )
        }
        commit()
    }

    /// The runs in the log, in the order in which they began.
    var runs: [RunID] {
        var runs: [RunID] = []
        for transition in log where !runs.contains(transition.run) { runs.append(transition.run) }
        return runs
    }

    /// A run's state as its log has it.
    func folded(_ run: RunID, upTo seq: Int = .max) -> RunState {
        log.filter { $0.run == run && $0.seq <= seq }.reduce(into: RunState(id: run)) { $0.apply($1) }
    }

    /// What happened to a run: kinds, with their nodes.
    func story(_ run: RunID) -> [String] {
        log.filter { $0.run == run }.map { $0.kind.name + ($0.node.map { " " + $0 } ?? "") }
    }

    func last(_ kind: TransitionKind) -> Transition? { log.last { $0.kind == kind } }

    func count(_ kind: TransitionKind) -> Int { log.count { $0.kind == kind } }

    /// The words of the last message of a run that failed.
    var message: String { last(.runFailed)?.content("message").flatMap { content[$0]?.text } ?? "" }
}

struct TestGenerator: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 33
    }
}
