public import SomaCore
import Synchronization

/// Has calls to tools performed by other processes, and everything else here.
///
/// A call is noted in the store, then announced. What comes of it is announced too, but the store is looked at now and
/// then as well: lost announcements cost time and nothing else. A call outlives the process that asked for it: whoever
/// takes the run over waits for the same one.
public final class RemoteEffects: EffectHandler {
    /// How long nobody does anything.
    public struct Patience: Sendable {
        /// How often the store is looked at while calls are waited for.
        public var look: Duration = .seconds(2)
        /// After how long a call that nobody has taken is announced again; executors look for such calls themselves.
        public var announce: Duration = .seconds(5)

        /// The usual.
        public init() {}
    }

    /// Somebody who waits for a call; the same call may be waited for again before the first has noticed that it is not
    /// to wait any longer.
    private struct Waiter {
        let number: Int
        /// Where the call stands in its run's trace, for announcing it once more.
        let trace: TraceContext?
        let continuation: CheckedContinuation<EffectResult?, Never>
    }

    private struct State {
        var waiters: [ToolCall: Waiter] = [:]
        var waitersBegun = 0
        /// Calls whose executor is gone, and that may still end: nobody knows whether they happened.
        var lost: Set<ToolCall> = []
    }

    private let local: any EffectHandler
    private let calls: any ToolCallStore
    private let isRemote: @Sendable (String) -> Bool
    private let traces: TraceSampling?
    private let announce: @Sendable ([ToolCall: TraceContext?]) async -> Void
    private let patience: Patience
    private let state = Mutex(State())
    /// How many lost calls are watched for a late result.
    private static let lostMax = 10_000

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - local: Performs what is not performed elsewhere.
    ///   - isRemote: Whether a tool, by its name, is performed elsewhere.
    ///   - traces: What of the traces is exported; `nil` where none are.
    ///   - announce: Tells executors of calls, each with its place in its run's trace; it may fail silently.
    public init(
        local: any EffectHandler,
        calls: any ToolCallStore,
        isRemote: @escaping @Sendable (String) -> Bool,
        patience: Patience = Patience(),
        traces: TraceSampling? = nil,
        announce: @escaping @Sendable ([ToolCall: TraceContext?]) async -> Void
    ) {
        self.local = local
        self.calls = calls
        self.isRemote = isRemote
        self.traces = traces
        self.announce = announce
        self.patience = patience
    }

    /// Whether calls go on without the process that asked for them.
    public func outlives(_ kind: EffectRequest.Kind, _ name: String) -> Bool {
        kind == .tool && isRemote(name)
    }

    /// Performs one try. The same try again, in this process or another, waits for the same call.
    public func perform(
        _ call: EffectCall,
        emit: @escaping @Sendable ([UInt8]) -> Void
    ) async -> EffectResult {
        guard outlives(call.kind, call.name) else { return await local.perform(call, emit: emit) }
        let id = ToolCall(call)
        while !Task.isCancelled {
            do throws(StoreError) {
                try await calls.want(id, seq: call.run.seq)
                break
            } catch {
                // The store waits for a server that is away by itself; this is something else, or it took too long.
                guard error.kind == .full || error.kind == .unavailable else {
                    return Self.failure("error", "The call could not be noted: \(error)", isRetryable: true)
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        // Told once somebody waits for what comes of it.
        let trace = call.run.traceContext(ofEffect: call.effect, heardOf: traces)
        return await result(of: id, trace) { await self.announce([id: trace]) }
            ?? Self.failure("cancelled", "Nobody waits for it any more.")
    }

    /// The engine wants a try no longer. What an executor had done of it by then is still told, late.
    public func abandoned(_ call: EffectCall) async {
        guard outlives(call.kind, call.name) else { return await local.abandoned(call) }
        let id = ToolCall(call)
        guard let wasTaken = try? await calls.withdraw(id) else { return }
        if wasTaken {
            state.withLock { state in
                if state.lost.count < Self.lostMax { state.lost.insert(id) }
            }
        } else {
            resume(
                id,
                with: Self.failure(
                    "undelivered",
                    "No executor took the call in time. Is a somad with --role tool-executor at work?"
                )
            )
        }
    }

    private func result(
        of id: ToolCall,
        _ trace: TraceContext?,
        _ begin: @escaping @Sendable () async -> Void
    ) async -> EffectResult? {
        let number = state.withLock { state in
            state.waitersBegun += 1
            return state.waitersBegun
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A second wait for the same try takes the place of the first.
                let old = state.withLock { state -> CheckedContinuation<EffectResult?, Never>? in
                    guard !Task.isCancelled else { return continuation }
                    let waiter = Waiter(number: number, trace: trace, continuation: continuation)
                    return state.waiters.updateValue(waiter, forKey: id)?.continuation
                }
                old?.resume(returning: nil)
                Task { await begin() }
            }
        } onCancel: {
            let mine = state.withLock { state in
                state.waiters[id]?.number == number ? state.waiters.removeValue(forKey: id) : nil
            }
            mine?.continuation.resume(returning: nil)
        }
    }

    private func resume(_ id: ToolCall, with result: EffectResult?) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: result)
    }

    // MARK: - What came of it

    /// Calls that are waited for, or that may still end.
    private var watched: [ToolCall] { state.withLock { Array($0.waiters.keys) + $0.lost } }

    /// Looks at calls that were announced as over.
    ///
    /// - Parameters:
    ///   - isInDoubt: Whether a run of this process would know what became of a call that it gave up before.
    ///   - late: Is told results of calls that were given up as lost.
    public func over(
        _ ids: [ToolCall],
        isInDoubt: (ToolCall) async -> Bool = { _ in false },
        late: (ToolCall, EffectResult) async -> Void
    ) async {
        var mine: [ToolCall] = []
        for id in ids {
            if state.withLock({ $0.waiters[id] != nil || $0.lost.contains(id) }) {
                mine.append(id)
            } else if await isInDoubt(id) {
                state.withLock { if $0.lost.count < Self.lostMax { $0.lost.insert(id) } }
                mine.append(id)
            }
        }
        guard !mine.isEmpty, let standings = try? await calls.standings(of: mine) else { return }
        for (id, standing) in standings {
            if case .finished(let result) = standing { await take(id, result, late) }
        }
    }

    /// Looks at the store now and then, until cancelled.
    ///
    /// - Parameter late: Is told results of calls that were given up as lost.
    public func watch(late: (ToolCall, EffectResult) async -> Void) async {
        while !Task.isCancelled {
            let pause = patience.look * Double.random(in: 0.8...1.2)
            do { try await Task.sleep(for: pause) } catch { return }
            await look(late: late)
        }
    }

    /// Looks at the store once.
    public func look(late: (ToolCall, EffectResult) async -> Void) async {
        let watched = watched
        guard !watched.isEmpty, let standings = try? await calls.standings(of: watched) else { return }
        var unheard: [ToolCall: TraceContext?] = [:]
        for id in watched {
            switch standings[id] {
            case .finished(let result): await take(id, result, late)
            case .lost: lose(id)
            case .wanted(let time) where time > patience.announce:
                unheard[id] = .some(state.withLock { $0.waiters[id]?.trace })
            // Nobody has to watch a call that the store has forgotten.
            case nil: state.withLock { _ = $0.lost.remove(id) }
            case .wanted, .taken: continue
            }
        }
        if !unheard.isEmpty { await announce(unheard) }
    }

    private func take(
        _ id: ToolCall,
        _ result: EffectResult,
        _ late: (ToolCall, EffectResult) async -> Void
    ) async {
        let (waiter, wasLost) = state.withLock { state in
            (state.waiters.removeValue(forKey: id), state.lost.remove(id) != nil)
        }
        waiter?.continuation.resume(returning: result)
        if waiter == nil, wasLost, !result.isLost { await late(id, result) }
    }

    private func lose(_ id: ToolCall) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.waiters.removeValue(forKey: id) else { return nil }
            if state.lost.count < Self.lostMax { state.lost.insert(id) }
            return waiter
        }
        let lost = Self.lost("The executor that had the call says nothing any more.")
        waiter?.continuation.resume(returning: lost)
    }

    /// The result of a call of which nobody knows whether it happened.
    static func lost(_ text: String) -> EffectResult {
        EffectResult(
            succeeded: false,
            status: "lost",
            isLost: true,
            words: Words(json: ["text": .string(text)])
        )
    }

    private static func failure(_ status: String, _ text: String, isRetryable: Bool = false) -> EffectResult {
        EffectResult(
            succeeded: false,
            status: status,
            isRetryable: isRetryable,
            words: Words(json: ["text": .string(text)])
        )
    }
}
