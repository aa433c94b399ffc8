import Synchronization

/// The one answer that a caller waits for; the first one counts.
package final class LoopReply<Value: Sendable, Failure: Error>: Sendable {
    package typealias Outcome = Result<Value, Failure>

    private enum State {
        case unasked
        case waiting(CheckedContinuation<Outcome, Never>)
        case answered(Outcome)
        case done
    }

    private let state = Mutex(State.unasked)
    private let cancelled = Atomic<Bool>(false)

    package init() {}

    /// Whether the caller's task was cancelled.
    package var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Whether there was an answer.
    package var isOver: Bool {
        state.withLock {
            switch $0 {
            case .answered, .done: true
            case .unasked, .waiting: false
            }
        }
    }

    /// Calls `start`, then waits for the answer; `onCancel` is called at most once, perhaps before `start`.
    package func wait(
        start: () -> Void,
        onCancel: @escaping @Sendable () -> Void
    ) async throws(Failure) -> Value {
        let outcome = await withTaskCancellationHandler {
            start()
            return await withCheckedContinuation { continuation in
                let early: Outcome? = state.withLock { state in
                    if case .answered(let outcome) = state {
                        state = .done
                        return outcome
                    }
                    state = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            cancelled.store(true, ordering: .releasing)
            onCancel()
        }
        return try outcome.get()
    }

    /// Answers; `false` when that was done before.
    @discardableResult
    package func finish(_ outcome: Outcome) -> Bool {
        let (isFirst, waiting): (Bool, CheckedContinuation<Outcome, Never>?) = state.withLock { state in
            switch state {
            case .unasked:
                state = .answered(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .done
                return (true, continuation)
            case .answered, .done: return (false, nil)
            }
        }
        waiting?.resume(returning: outcome)
        return isFirst
    }
}
