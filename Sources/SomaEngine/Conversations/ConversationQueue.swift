public import SomaCore
import Synchronization

/// Conversations that are to be looked at, each once however often it was named, in the order in which they were.
public final class ConversationQueue: Sendable {
    private struct State {
        var waiting: [ConversationID] = []
        var known: Set<ConversationID> = []
        var takers: [Int: CheckedContinuation<ConversationID?, Never>] = [:]
        var nextTaker = 0
    }

    private let state = Mutex(State())

    /// Creates an empty queue.
    public init() {}

    /// Adds a conversation, unless it waits already.
    public func add(_ id: ConversationID) {
        let taker = state.withLock { state -> CheckedContinuation<ConversationID?, Never>? in
            if let first = state.takers.keys.min() { return state.takers.removeValue(forKey: first) }
            if state.known.insert(id).inserted { state.waiting.append(id) }
            return nil
        }
        taker?.resume(returning: id)
    }

    /// Takes the one that has waited longest; waits where there is none. `nil` once the task is cancelled.
    public func next() async -> ConversationID? {
        let number = state.withLock { state in
            state.nextTaker += 1
            return state.nextTaker
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> ConversationID?? in
                    if Task.isCancelled { return .some(nil) }
                    guard !state.waiting.isEmpty else {
                        state.takers[number] = continuation
                        return nil
                    }
                    let id = state.waiting.removeFirst()
                    state.known.remove(id)
                    return id
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            state.withLock { $0.takers.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }
}
