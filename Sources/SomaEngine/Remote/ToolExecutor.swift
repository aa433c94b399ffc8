import SomaCore

/// Performs calls to tools that runs of other processes ask for.
///
/// A call is taken in the store before anything is done, so that however often it is announced, and to whomever, one
/// executor performs it once. The executor says again and again that it still has its calls; one that says nothing any more
/// has lost them, and what they may have done is decided by their class where the run is.
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
    private let announce: @Sendable (ToolCall) async -> Void
    private var working: [ToolCall: Task<Void, Never>] = [:]
    private var isStopping = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var roomWaiters: [CheckedContinuation<Void, Never>] = []

    /// Creates an executor.
    ///
    /// - Parameters:
    ///   - handler: Performs the calls, with all of the checks that it makes for runs of its own process.
    ///   - announce: Tells that a call is over; it may fail silently.
    public init(
        name: String,
        store: any Store,
        handler: any EffectHandler,
        leaseTime: Duration = ToolExecutor.leaseTime,
        announce: @escaping @Sendable (ToolCall) async -> Void
    ) {
        self.name = name
        self.store = store
        self.handler = handler
        self.leaseTime = leaseTime
        self.announce = announce
    }

    /// How many calls it performs now.
    public var count: Int { working.count }

    /// Waits until it performs fewer than so many calls, or is about to end.
    public func waitForRoom(below most: Int) async {
        while working.count >= most, !isStopping { await withCheckedContinuation { roomWaiters.append($0) } }
    }

    /// Takes a call and begins to perform it.
    ///
    /// - Returns: Once it is durable that the call is this executor's, somebody else's, or nobody's.
    public func accept(_ call: ToolCall) async throws(StoreError) {
        guard working[call] == nil, !isStopping else { return }
        guard let seq = try await store.take(call, by: name, for: leaseTime) else { return }
        // Meanwhile the same may have been announced once more.
        guard working[call] == nil else { return }
        working[call] = Task { await self.perform(call, seq: seq) }
    }

    private func perform(_ call: ToolCall, seq: Int) async {
        let result = await result(of: call, seq: seq)
        do throws(StoreError) {
            try await store.finish(call, result)
            await announce(call)
        } catch {
            // Nobody learns of it: after the lease's time the call counts as lost, and its class decides.
        }
        working[call] = nil
        makeRoom()
        if working.isEmpty {
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
    }

    private func result(of call: ToolCall, seq: Int) async -> EffectResult {
        let effect: EffectCall
        do throws(StoreError) {
            guard let found = try await effectCall(call, seq: seq) else {
                return EffectResult(
                    succeeded: false,
                    status: "invalid",
                    words: Words(json: ["text": "The log doesn't say what was asked for."])
                )
            }
            effect = found
        } catch {
            // Nothing was done, so it may be asked for again, whatever its class.
            return EffectResult(
                succeeded: false,
                status: "error",
                isRetryable: true,
                words: Words(json: ["text": .string("The executor could not read the call: \(error)")])
            )
        }
        let result = await handler.perform(effect) { _ in }
        // Ended by us and not by its own doing: what it did until then nobody knows.
        guard isStopping, Task.isCancelled, !result.succeeded else { return result }
        return RemoteEffects.lost("The executor had to end in the middle of the call.")
    }

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
        guard let unwanted = try? await store.hold(calls, by: name, for: leaseTime) else { return }
        for call in unwanted { working[call]?.cancel() }
    }

    /// Takes nothing more and lets what is under way end for up to `grace`; what is left is ended and told as lost, so that
    /// nobody waits for the lease's time.
    public func drain(grace: Duration) async {
        isStopping = true
        makeRoom()
        let watch = Task {
            do { try await Task.sleep(for: grace) } catch { return }
            self.cancelAll()
        }
        if !working.isEmpty { await withCheckedContinuation { waiters.append($0) } }
        watch.cancel()
    }

    private func makeRoom() {
        for waiter in roomWaiters { waiter.resume() }
        roomWaiters = []
    }

    private func cancelAll() { for task in working.values { task.cancel() } }
}
