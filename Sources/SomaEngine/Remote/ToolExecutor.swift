public import SomaCore

/// Performs calls to tools that runs of other processes ask for.
///
/// A call is taken in the store before anything is done, so that however often it is announced, and to whomever, one
/// executor performs it once. The executor says again and again that it still has its calls; one that says nothing any more
/// has lost them, and what they may have done is decided by their class where the run is. Whoever decides that, a person
/// perhaps, must be able to rely on nothing more happening: an executor that could not say so in time, by its own clock,
/// begins nothing, and ends what it is at.
public actor ToolExecutor {
    /// How long the store believes an executor that says nothing.
    public static let leaseTime: Duration = .seconds(5)
    /// How long a call may wait for the executor that hears of it, before others take it.
    public static let lookInterval: Duration = .seconds(1)
    /// After how long calls are forgotten that nobody asked about any more.
    public static let keepTime: Duration = .seconds(24 * 3600)

    /// What it works with.
    public typealias Store = EventStore & ToolCallStore

    /// The name under which it takes calls; no other has it.
    public nonisolated let name: String
    private let store: any Store
    private let handler: any EffectHandler
    private let leaseTime: Duration
    private let traces: TraceSampling?
    private let announce: @Sendable (ToolCall, TraceContext?) async -> Void
    private var working: [ToolCall: Task<Void, Never>] = [:]
    /// Until when the store believes that a call is here, counted from before it was asked.
    private var held: [ToolCall: ContinuousClock.Instant] = [:]
    /// Calls that the store is asked for just now: each is asked for once at a time, however often it is announced.
    private var claims: [ToolCall: Task<Result<Void, StoreError>, Never>] = [:]
    private var isStopping = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var roomWaiters: [CheckedContinuation<Void, Never>] = []

    /// Creates an executor.
    ///
    /// - Parameters:
    ///   - handler: Performs the calls, with all of the checks that it makes for runs of its own process.
    ///   - traces: What of the traces is exported; `nil` where none are.
    ///   - announce: Tells that a call is over, with its place in its run's trace; it may fail silently.
    public init(
        name: String,
        store: any Store,
        handler: any EffectHandler,
        leaseTime: Duration = ToolExecutor.leaseTime,
        traces: TraceSampling? = nil,
        announce: @escaping @Sendable (ToolCall, TraceContext?) async -> Void
    ) {
        self.name = name
        self.store = store
        self.handler = handler
        self.leaseTime = leaseTime
        self.traces = traces
        self.announce = announce
    }

    /// How many calls it performs now.
    public var count: Int { working.count }

    /// Whether it takes calls; not any more once it is about to end.
    var takesMore: Bool { !isStopping }

    /// Waits until it performs fewer than so many calls, or is about to end.
    public func waitForRoom(below most: Int) async {
        while working.count >= most, !isStopping { await withCheckedContinuation { roomWaiters.append($0) } }
    }

    /// Takes a call and begins to perform it.
    ///
    /// - Returns: Once it is durable that the call is this executor's, somebody else's, or nobody's.
    /// - Throws: `.unavailable` where the executor is about to end: the call is for others.
    public func accept(_ call: ToolCall) async throws(StoreError) {
        guard working[call] == nil else { return }
        guard !isStopping else { throw Self.ending }
        // A task of its own: what asks may be cancelled, and then nobody would know whether the call was taken.
        if let claim = claims[call] { return try await claim.value.get() }
        let claim = Task { await self.claim(call) }
        claims[call] = claim
        try await claim.value.get()
    }

    private func claim(_ call: ToolCall) async -> Result<Void, StoreError> {
        defer {
            claims[call] = nil
            tellIfIdle()
        }
        let asked = ContinuousClock.now
        do throws(StoreError) {
            guard let seq = try await store.take(call, by: name, for: leaseTime) else { return .success(()) }
            guard !isStopping else {
                await giveBack(call)
                return .failure(Self.ending)
            }
            held[call] = asked + leaseTime
            working[call] = Task { await self.perform(call, seq: seq) }
            return .success(())
        } catch {
            // It may have been taken all the same. Only at the end, when this executor can't take it again: what is given
            // back late must be nothing that was begun since.
            if isStopping { await giveBack(call) }
            return .failure(error)
        }
    }

    private static let ending = StoreError(
        .unavailable,
        "The executor is about to end and takes no more calls.",
        hint: "Others take them."
    )

    private func perform(_ call: ToolCall, seq: Int) async {
        if let (result, trace) = await outcome(of: call, seq: seq) {
            await keep(result, of: call, trace)
        } else {
            await giveBack(call)
        }
        (working[call], held[call]) = (nil, nil)
        makeRoom()
        tellIfIdle()
    }

    /// Lets others have a call at once that was taken and not begun. Where that fails, they learn it from the lease's time.
    private func giveBack(_ call: ToolCall) async {
        // A task of its own, as this one may be cancelled.
        await Task { [store, name] in try? await store.giveBack([call], by: name) }.value
    }

    /// Writes a result down, however long the store is away: it is taken late, too, and one that is lost may cost a person's
    /// time, who has to find out what happened. Given up where nobody wants it, or this process has to end.
    private func keep(_ result: EffectResult, of call: ToolCall, _ trace: TraceContext?) async {
        var pause = Duration.milliseconds(50)
        while true {
            // Tasks of their own, here and below: this one may be cancelled, and then neither store nor clock would do
            // anything for it.
            let isKept = await Task { [store, announce] in
                do throws(StoreError) { try await store.finish(call, result) } catch { return false }
                await announce(call, trace)
                return true
            }.value
            if isKept { return }
            guard !Task.isCancelled || (!isStopping && held[call] != nil) else { return }
            let wait = pause
            await Task { try? await Task.sleep(for: wait) }.value
            pause = min(pause * 2, .seconds(2))
        }
    }

    /// - Returns: `nil` where nothing was begun, because the executor has to end.
    private func outcome(of call: ToolCall, seq: Int) async -> (EffectResult, TraceContext?)? {
        let effect: EffectCall
        do throws(StoreError) {
            guard let found = try await effectCall(call, seq: seq) else {
                let result = EffectResult(
                    succeeded: false,
                    status: "invalid",
                    words: Words(json: ["text": "The log doesn't say what was asked for."])
                )
                return (result, nil)
            }
            effect = found
        } catch {
            if isStopping { return nil }
            // Asked again it would use up a try of the run's, for something that isn't the tool's doing.
            if Task.isCancelled {
                return (RemoteEffects.lost("The executor lost the call before it could read it."), nil)
            }
            // Nothing was done, so it may be asked for again, whatever its class.
            let result = EffectResult(
                succeeded: false,
                status: "error",
                isRetryable: true,
                words: Words(json: ["text": .string("The executor could not read the call: \(error)")])
            )
            return (result, nil)
        }
        let trace = effect.run.traceContext(ofEffect: call.effect, heardOf: traces)
        return await result(of: call, effect).map { ($0, trace) }
    }

    private func result(of call: ToolCall, _ effect: EffectCall) async -> EffectResult? {
        // The answer may have taken longer than the lease lasts, or this process have been stopped.
        guard isHeld(call) else {
            return RemoteEffects.lost(
                "The executor came to the call when its lease was over, and did nothing."
            )
        }
        if isStopping { return nil }
        let result = await handler.perform(effect) { _ in }
        // Ended by us and not by its own doing: what it did until then nobody knows.
        guard Task.isCancelled, !result.succeeded else { return result }
        if isStopping { return RemoteEffects.lost("The executor had to end in the middle of the call.") }
        guard !isHeld(call) else { return result }
        return RemoteEffects.lost(
            "The executor lost touch with the store in the middle of the call, and ended it."
        )
    }

    private func isHeld(_ call: ToolCall) -> Bool { held[call].map { ContinuousClock.now < $0 } ?? false }

    /// The call as the run's own process would perform it, read from the log.
    private func effectCall(_ call: ToolCall, seq: Int) async throws(StoreError) -> EffectCall? {
        guard let run = try await store.run(call.run, at: seq), run.seq == seq,
            let request = run.request(call.effect), request.kind == .tool
        else { return nil }
        let library = Library(try await store.content(Array(run.references)))
        return EffectCall(
            run: run,
            effect: call.effect,
            attempt: call.attempt,
            kind: .tool,
            name: request.name,
            effectClass: request.effectClass,
            arguments: library[request.arguments] ?? Words(""),
            timeout: request.timeout,
            library: library
        )
    }

    /// Looks for calls that nobody has taken, because their announcement was lost or is with an executor that is gone,
    /// until cancelled.
    ///
    /// - Parameter most: How many calls are performed at the same time.
    public func lookAround(upTo most: Int) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.lookInterval * Double.random(in: 0.7...1.3)) } catch {
                return
            }
            let room = most - working.count
            guard room > 0, !isStopping,
                let calls = try? await store.untaken(for: Self.lookInterval, limit: room)
            else { continue }
            for call in calls { try? await accept(call) }
        }
    }

    /// Says that the calls are still here, and ends those that nobody wants, until cancelled.
    public func holdOn() async {
        // Asking the store may take long; what is lost meanwhile is ended all the same.
        async let _: Void = endLost()
        var forgotten = ContinuousClock.now
        while !Task.isCancelled {
            do { try await Task.sleep(for: leaseTime / 3 * Double.random(in: 0.7...1)) } catch { return }
            await hold()
            guard ContinuousClock.now - forgotten > .seconds(600) else { continue }
            forgotten = .now
            try? await store.forgetCalls(olderThan: Self.keepTime)
        }
    }

    private func hold() async {
        let calls = Array(working.keys)
        guard !calls.isEmpty else { return }
        let asked = ContinuousClock.now
        guard let unwanted = try? await store.hold(calls, by: name, for: leaseTime) else { return }
        // What was over meanwhile stays so: others may have been told.
        for call in calls where isHeld(call) { held[call] = asked + leaseTime }
        for call in unwanted {
            held[call] = nil
            working[call]?.cancel()
        }
    }

    /// Ends calls that the store may believe to be lost, until cancelled.
    private func endLost() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: leaseTime / 20) } catch { return }
            let now = ContinuousClock.now
            for (call, end) in held where end <= now { working[call]?.cancel() }
        }
    }

    /// Takes nothing more, gives back what was taken and not begun, and lets what is under way end for up to `grace`. What is
    /// left then is ended and told as lost, so that nobody waits for the lease's time.
    ///
    /// - Parameter limit: How long all of that may take. What doesn't end by then, although it was told to, is left to
    ///   itself: it may still do something, so it is lost only when its lease is over.
    /// - Returns: How many calls were left to themselves.
    @discardableResult
    public func drain(grace: Duration, limit: Duration) async -> Int {
        isStopping = true
        makeRoom()
        let watch = Task {
            do {
                try await Task.sleep(for: min(grace, limit))
                self.cancelAll()
                try await Task.sleep(for: max(.zero, limit - grace))
            } catch { return }
            self.leaveAll()
        }
        if !isIdle { await withCheckedContinuation { waiters.append($0) } }
        watch.cancel()
        return working.count
    }

    private var isIdle: Bool { working.isEmpty && claims.isEmpty }

    private func tellIfIdle() { if isIdle { tellWaiters() } }

    private func tellWaiters() {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    /// Waits for nothing any more, also not for what the store says of calls that it was asked for.
    private func leaveAll() {
        for claim in claims.values { claim.cancel() }
        tellWaiters()
    }

    private func makeRoom() {
        for waiter in roomWaiters { waiter.resume() }
        roomWaiters = []
    }

    private func cancelAll() { for task in working.values { task.cancel() } }
}
