package import SomaCore
import Synchronization

/// Wakes those who follow a conversation when there is more of it. What there is they read from the store.
package final class ConversationFeed: Sendable {
    private struct State {
        /// How often there was more, of conversations that somebody follows.
        var versions: [ConversationID: Int] = [:]
        var waiters: [ConversationID: [Int: CheckedContinuation<Void, Never>]] = [:]
        var followers: [ConversationID: Int] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// Creates a feed that nobody follows.
    package init() {}

    /// Whether nothing is kept of any conversation.
    var isEmpty: Bool {
        state.withLock { $0.versions.isEmpty && $0.waiters.isEmpty && $0.followers.isEmpty }
    }

    /// Says that there is more of a conversation.
    package func changed(_ id: ConversationID) {
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.followers[id] != nil else { return [] }
            state.versions[id, default: 0] += 1
            return state.waiters.removeValue(forKey: id).map { Array($0.values) } ?? []
        }
        for waiter in woken { waiter.resume() }
    }

    /// Begins to follow a conversation; `leave` ends it.
    func follow(_ id: ConversationID) { state.withLock { $0.followers[id, default: 0] += 1 } }

    /// Follows it no longer.
    func leave(_ id: ConversationID) {
        state.withLock { state in
            let left = (state.followers[id] ?? 1) - 1
            state.followers[id] = left > 0 ? left : nil
            if left <= 0 { state.versions[id] = nil }
        }
    }

    /// How often there was more of a conversation that is followed: what `wait` takes.
    func version(of id: ConversationID) -> Int { state.withLock { $0.versions[id] ?? 0 } }

    /// Returns once there is more than at a version, or when the task is cancelled.
    func wait(_ id: ConversationID, since version: Int) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !Task.isCancelled, state.versions[id] ?? 0 == version else { return true }
                    state.waiters[id, default: [:]][waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                let continuation = state.waiters[id]?.removeValue(forKey: waiter)
                if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
                return continuation
            }?.resume()
        }
    }
}
