public import SomaCore

/// The engine at work: the shell around `EngineCore` that commits, performs and keeps time.
///
/// One thread decides for all runs; the store writes on another; effects run as tasks. What arrives while a
/// commit is on its way to the disk forms the next one.
///
/// Alone on its store it takes up all runs (`recover`). As one of several it works on those that its leases hold:
/// `LeaseWork` gives it runs and takes them back.
public actor Engine {
    /// How many runs that have ended stay at hand for lists.
    public static let endedAtHandMax = 1000
    /// How much of a log is read at a time to find where a decision began.
    private static let pageMax = 256
    /// How long the engine sleeps at a stretch, however long a run may wait.
    private static let sleepMax: Duration = .seconds(3600)

    /// The latest transitions, for live readers.
    public nonisolated let hub: EventHub
    /// Who holds the runs, as it stands in their logs: process and machine.
    public nonisolated let holder: String

    let store: any EventStore
    let leases: any RunLeases
    let observer: any EngineObserver
    private let effects: any EffectHandler
    private let clock: any WallClock
    let publishesCommits: Bool
    private(set) var catalog: any Catalog
    private let queue = SerialQueueExecutor(label: "soma.engine")

    var core: EngineCore
    /// The fold of what is durable: unfinished runs and those that ended of late.
    var fleet: Fleet
    var position: Position
    var commits: CommitPipeline
    /// The writing of the newest commit that is on its way.
    var lastWrite: Task<Void, Never>?
    /// When what comes after it may be written.
    var lastTurn: CommitTurn?
    private var replies: [Int: CheckedContinuation<Result<CommandReceipt, CommandRefusal>, Never>] = [:]
    private var nextCommand = 1
    var performing: [EffectKey: Try] = [:]
    private var triesBegun = 0
    /// Calls that must not happen twice and that wait for leases that are good for sure.
    var withheld: [EffectCall] = []
    /// Takes results that came after their runs had gone to another process.
    var takeLate: (@Sendable (EffectCall, EffectResult) async -> Void)?
    /// Why the leases have to be taken anew, where the engine itself has found out.
    var lapse: StoreError?
    private var timers = TimerQueue()
    private var timerTask: (task: Task<Void, Never>, due: Duration)?
    private let opened = ContinuousClock.now
    private(set) var failure: StoreError?
    private(set) var isDraining = false
    private(set) var isDrained = false
    private var endWaiters: [CheckedContinuation<StoreError?, Never>] = []

    struct EffectKey: Hashable {
        let run: RunID
        let effect: Int
    }

    /// A try under way: a later one of the same effect takes its place, and so does the same one begun again.
    struct Try {
        let number: Int
        let call: EffectCall
        /// Whether it goes on without this process.
        let outlives: Bool
        let task: Task<Void, Never>

        var effectClass: EffectClass { call.effectClass }
    }

    /// Runs the actor on a thread of its own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Opens the engine on a store. It does nothing until `recover`, or until `LeaseWork` gives it runs.
    ///
    /// - Parameters:
    ///   - leases: Its part in sharing the store's runs; alone it has them all.
    ///   - decisionsPerGroupMax: How many decisions of a run may become durable together; see `EngineCore`.
    ///   - liveReaders: Who follows live in this process, where they are told of commits by the store and not here.
    public init(
        store: any EventStore,
        catalog: any Catalog,
        effects: any EffectHandler,
        holder: String,
        leases: any RunLeases = SoleHolder(),
        decisionsPerGroupMax: Int = EngineLimits.decisionsPerGroupMax,
        liveReaders: EventHub? = nil,
        clock: any WallClock = SystemWallClock(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        observer: any EngineObserver = SilentObserver()
    ) async throws(StoreError) {
        self.store = store
        self.leases = leases
        self.effects = effects
        self.holder = holder
        self.clock = clock
        self.observer = observer
        self.catalog = catalog
        let hasher = KeyedContentHasher(secret: try await store.contentSecret())
        core = EngineCore(
            catalog: catalog,
            hasher: hasher,
            generator: generator,
            holder: holder,
            decisionsPerGroupMax: decisionsPerGroupMax,
            outlives: { effects.outlives($0, $1) }
        )
        position = try await store.head()
        hub = liveReaders ?? EventHub(head: position)
        publishesCommits = liveReaders == nil
        fleet = Fleet()
        commits = CommitPipeline(isShared: leases.isShared)
    }

    // MARK: Asking

    /// Starts a run; returns once its first transition is durable.
    public func start(_ request: StartRequest) async -> Result<CommandReceipt, CommandRefusal> {
        // Asked once more by the core, which knows what has begun meanwhile.
        if let id = request.id, core.state(of: id) == nil, let state = try? await store.run(id, at: nil) {
            return .success(CommandReceipt(run: id, seq: state.seq, status: state.status))
        }
        // A beginning that was forgotten with its lease is on its way: whether it counts is seen first.
        if let id = request.id, commits.runsUnderWay.contains(id), core.state(of: id) == nil {
            return .failure(.moved(id))
        }
        return await submit { .start(request, command: $0) }
    }

    /// Asks something of a run; returns once what it led to is durable.
    public func command(
        _ run: RunID,
        _ command: RunCommand,
        by: String
    ) async -> Result<CommandReceipt, CommandRefusal> {
        if core.state(of: run) == nil, let state = try? await store.run(run, at: nil) {
            if state.status.isTerminal { return .failure(.ended(state)) }
            if leases.isShared, core.state(of: run) == nil { return .failure(.moved(run)) }
        }
        return await submit { .command(run, command, by: by, command: $0) }
    }

    /// Starts a run that goes on from another's state after one of its transitions.
    ///
    /// - Parameters:
    ///   - id: The new run's name; `nil` for one that is chosen here.
    ///   - edit: Changes to the document there; `null` removes a key.
    public func fork(
        _ run: RunID,
        at seq: Int,
        id: RunID? = nil,
        edit: JSONObject,
        by: String
    ) async -> Result<CommandReceipt, CommandRefusal> {
        do throws(StoreError) {
            guard let origin = try await store.run(run, at: seq), origin.seq == seq else {
                let message = "\(run.short) has no transition \(seq) to fork from."
                return .failure(CommandRefusal(.missing, code: "transition.missing", message))
            }
            let library = Library(try await store.content(Array(origin.references)))
            // What a fork shares is in the log of the run that it comes from, and so is its state there.
            let run = origin.id
            let last = try await store.transitions(of: run, after: seq - 1, limit: 1).first?.transition
            let start = EngineInput.ForkOrigin(
                state: origin,
                library: library,
                more: last?.more ?? 0,
                endBefore: last?.more ?? 0 > 0 ? try await lastDecision(of: run, before: seq) : nil
            )
            return await submit { .fork(start, id: id, edit: edit, by: by, command: $0) }
        } catch {
            return .failure(
                CommandRefusal(.unavailable, code: "store.\(error.kind.rawValue)", error.description)
            )
        }
    }

    /// The last transition before `seq` that ended a decision; `nil` where there is none.
    private func lastDecision(of run: RunID, before seq: Int) async throws(StoreError) -> Int? {
        var end = seq
        while end > 1 {
            let start = max(0, end - 1 - Engine.pageMax)
            let page = try await store.transitions(of: run, after: start, limit: end - 1 - start)
            if let last = page.last(where: { $0.transition.more == 0 }) { return last.transition.seq }
            // The log of a fork begins with its first transition.
            guard page.first.map({ $0.transition.seq < end }) ?? false else { return nil }
            end = start + 1
        }
        return nil
    }

    /// The runs at hand (unfinished, and the last that ended), and the place that they are true for.
    public func snapshot() -> (fleet: Fleet, position: Position) { (fleet, position) }

    /// The durable state of one run at hand.
    public func state(of run: RunID) -> RunState? { fleet[run] }

    /// Whether a run is at work here.
    public func isAtWork(_ run: RunID) -> Bool { core.machines[run] != nil }

    /// Uses other roles for runs that start from now on.
    public func use(_ catalog: any Catalog) {
        self.catalog = catalog
        core.use(catalog)
    }

    /// How many effects are under way.
    public var effectsUnderWay: Int { performing.count }

    private func submit(
        _ input: (Int) -> EngineInput
    ) async -> Result<CommandReceipt, CommandRefusal> {
        if let failure {
            let code = "store.\(failure.kind.rawValue)"
            return .failure(CommandRefusal(.unavailable, code: code, failure.description))
        }
        let command = nextCommand
        nextCommand += 1
        let input = input(command)
        return await withCheckedContinuation { continuation in
            replies[command] = continuation
            feed(input)
        }
    }

    // MARK: Deciding

    func feed(_ input: EngineInput) {
        carryOut(core.receive(input, at: now))
        pump()
    }

    func carryOut(_ outputs: [EngineOutput]) {
        for output in outputs {
            switch output {
            case .commit(let group): commits.add(group)
            case .perform(let call): perform(call)
            case .abandon(let run, let effect): abandon(EffectKey(run: run, effect: effect))
            case .timer(let run, let key, let wait):
                timers.add(.init(due: elapsed + wait, run: run, key: key))
                armTimer()
            case .reply(let command, let result):
                replies.removeValue(forKey: command)?.resume(returning: result)
            case .ended: break
            }
        }
    }

    func perform(_ call: EffectCall) {
        // Others may take it for in doubt by now, and a person may say that it didn't happen.
        guard call.effectClass.mayRepeat || leases.isValid else { return withheld.append(call) }
        let key = EffectKey(run: call.run.id, effect: call.effect)
        let hub = hub
        triesBegun += 1
        let number = triesBegun
        let task = Task { [effects] in
            let started = ContinuousClock.now
            let result = await effects.perform(call) { bytes in
                hub.publish(EventHub.Output(run: call.run.id, effect: call.effect, bytes: bytes))
            }
            self.performed(call, number, result, took: ContinuousClock.now - started)
        }
        let outlives = effects.outlives(call.kind, call.name)
        performing[key] = Try(number: number, call: call, outlives: outlives, task: task)
    }

    private func abandon(_ key: EffectKey) {
        // What waits for the leases to be good again is not begun any more.
        withheld.removeAll { $0.run.id == key.run && $0.effect == key.effect }
        guard let tried = performing[key] else { return }
        guard tried.outlives else { return tried.task.cancel() }
        Task { [effects] in
            await effects.abandoned(tried.call)
            tried.task.cancel()
        }
    }

    /// Whether a run here has a try in doubt, so that its result would still count.
    public func isInDoubt(_ call: ToolCall) -> Bool {
        guard let request = core.machines[call.run]?.state.request(call.effect) else { return false }
        return request.state == .inDoubt && request.attempt == call.attempt
    }

    /// A try that was given up, because nobody could know what became of it, has ended after all.
    public func ended(late call: ToolCall, _ result: EffectResult) {
        feed(.effectEnded(call.run, effect: call.effect, attempt: call.attempt, result))
    }

    private func performed(_ call: EffectCall, _ number: Int, _ result: EffectResult, took: Duration) {
        let key = EffectKey(run: call.run.id, effect: call.effect)
        let isMine = performing[key]?.number == number
        if isMine { performing[key] = nil }
        // Whoever has the run now waits for the same try: another process, or this one since it took the run up again.
        if !isMine, effects.outlives(call.kind, call.name) { return }
        observer.effectEnded(call, result, took: took)
        guard core.state(of: call.run.id) != nil || call.effectClass.mayRepeat else {
            if let takeLate { Task { await takeLate(call, result) } }
            return
        }
        feed(.effectEnded(call.run.id, effect: call.effect, attempt: call.attempt, result))
    }

    // MARK: Failing

    /// The store has failed: what it holds is no longer known, so nothing more is decided. Whoever runs the
    /// engine ends the process; the log is read again by the next one.
    func fail(_ error: StoreError) {
        failure = error
        let refusal = CommandRefusal(
            .unavailable,
            code: "store.\(error.kind.rawValue)",
            error.description
        )
        for reply in replies.values { reply.resume(returning: .failure(refusal)) }
        replies = [:]
        endWaiting()
    }

    private func endWaiting() {
        for waiter in endWaiters { waiter.resume(returning: failure) }
        endWaiters = []
    }

    /// Waits until the store has failed for good, which is told, or `drain` is through, which is `nil`.
    public func failedOrDrained() async -> StoreError? {
        if failure != nil || isDrained { return failure }
        return await withCheckedContinuation { endWaiters.append($0) }
    }

    /// Whether any run has not ended.
    public var hasUnfinishedRuns: Bool { !core.machines.isEmpty }

    // MARK: Time

    /// How long the engine has been open, on a clock that nobody sets.
    private var elapsed: Duration { ContinuousClock.now - opened }

    var now: Moment { Moment(wall: clock.now, elapsed: elapsed) }

    private func armTimer() {
        guard let next = timers.next else { return }
        if let timerTask, timerTask.due <= next { return }
        timerTask?.task.cancel()
        let wait = min(max(.zero, next - elapsed), Engine.sleepMax)
        let task = Task {
            do { try await Task.sleep(for: wait) } catch { return }
            self.ring()
        }
        timerTask = (task, next)
    }

    private func ring() {
        timerTask = nil
        let now = now
        for entry in timers.due(at: now.elapsed) {
            carryOut(core.receive(.timer(entry.run, entry.key), at: now))
        }
        pump()
        armTimer()
    }

    // MARK: Beginning and end

    /// Decides nothing more, waits for effects under way up to `grace`, and for what they led to to be durable. Runs
    /// that others can take over are let go as soon as nothing is under way for them. Where the store doesn't answer, it
    /// takes a second or two longer.
    public func drain(grace: Duration) async {
        isDraining = true
        feed(.drain)
        let deadline = ContinuousClock.now + grace
        while ContinuousClock.now < deadline, failure == nil, isBusy {
            await letGoIdle()
            try? await Task.sleep(for: .milliseconds(20))
        }
        await letGoIdle()
        for tried in performing.values where !tried.outlives { tried.task.cancel() }
        timerTask?.task.cancel()
        hub.close()
        isDrained = true
        endWaiting()
    }

    /// How many runs have decided something that is not durable yet.
    public var runsUnwritten: Int { commits.runsUnderWay.union(commits.waiting.map(\.run)).count }

    private var isBusy: Bool {
        performing.values.contains { !$0.outlives } || !commits.isIdle
    }
}
