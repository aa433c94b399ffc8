import SomaCore
import SomaEngine
import SomaSimulation
import Synchronization

/// A store in memory that lets one kind of question wait at a gate.
final class GatedStore: MemoryBacked, ToolCallStore {
    enum Question { case take, read }

    private struct State {
        var closed: Question?
        var isAway = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
    }

    let memory = MemoryStore()
    private let state = Mutex(State())

    func close(_ question: Question) { state.withLock { $0.closed = question } }

    /// Nobody can say any more that he has a call.
    func beAway() { state.withLock { $0.isAway = true } }

    func open() {
        let waiting = state.withLock { state in
            state.closed = nil
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until somebody is at the gate.
    func arrived() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiting.isEmpty { state.arrivals.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    /// - Throws: Where the task is cancelled, as clients of servers do: nobody knows what became of the question.
    private func pass(_ question: Question) async throws(StoreError) {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOpen, arrivals) = state.withLock { state in
                    guard state.closed == question, !Task.isCancelled else {
                        return (true, [CheckedContinuation<Void, Never>]())
                    }
                    state.waiting.append(continuation)
                    defer { state.arrivals = [] }
                    return (false, state.arrivals)
                }
                for arrival in arrivals { arrival.resume() }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            open()
        }
        if Task.isCancelled { throw StoreError(.unavailable, "The question was cancelled.") }
    }

    // MARK: Calls

    func want(_ call: ToolCall, seq: Int) async throws(StoreError) { await memory.want(call, seq: seq) }

    func take(_ call: ToolCall, by executor: String, for time: Duration) async throws(StoreError) -> Int? {
        // The store hears of it in any case, and answers late.
        let seq = await memory.take(call, by: executor, for: time)
        try await pass(.take)
        return seq
    }

    func giveBack(_ calls: [ToolCall], by executor: String) async throws(StoreError) {
        try await memory.giveBack(calls, by: executor)
    }

    func untaken(for time: Duration, limit: Int) async throws(StoreError) -> [ToolCall] {
        await memory.untaken(for: time, limit: limit)
    }

    func hold(_ calls: [ToolCall], by executor: String, for time: Duration) async throws(StoreError)
        -> [ToolCall]
    {
        if state.withLock(\.isAway) { throw StoreError(.unavailable, "The store is away.") }
        return try await memory.hold(calls, by: executor, for: time)
    }

    func finish(_ call: ToolCall, _ result: EffectResult) async throws(StoreError) {
        try await memory.finish(call, result)
    }

    func standings(of calls: [ToolCall]) async throws(StoreError) -> [ToolCall: ToolCallStanding] {
        await memory.standings(of: calls)
    }

    func withdraw(_ call: ToolCall) async throws(StoreError) -> Bool { await memory.withdraw(call) }

    func forgetCalls(olderThan time: Duration) async throws(StoreError) {
        await memory.forgetCalls(olderThan: time)
    }

    // MARK: The log

    func run(_ id: RunID, at seq: Int?) async throws(StoreError) -> RunState? {
        try await pass(.read)
        return try await memory.run(id, at: seq)
    }
}

/// An effect that ends when a test says so, whatever it is told.
actor StubbornEffects: EffectHandler {
    private var held: CheckedContinuation<Void, Never>?
    private var arrivals: [CheckedContinuation<Void, Never>] = []

    func arrived() async {
        if held == nil { await withCheckedContinuation { arrivals.append($0) } }
    }

    func release() {
        held?.resume()
        held = nil
    }

    func perform(_ call: EffectCall, emit: @escaping @Sendable ([UInt8]) -> Void) async -> EffectResult {
        await withCheckedContinuation { continuation in
            held = continuation
            for arrival in arrivals { arrival.resume() }
            arrivals = []
        }
        return EffectResult(succeeded: true, words: Words("fine"))
    }
}
