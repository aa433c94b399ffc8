import Synchronization

/// Waiting for work that may take longer than anybody can wait.
package enum TimeLimit {
    /// The first of two ends, which one waiter is told.
    private final class FirstEnd: Sendable {
        private let state = Mutex<(isDone: Bool?, waiter: CheckedContinuation<Bool, Never>?)>((nil, nil))

        func tell(_ isDone: Bool) {
            let waiter = state.withLock { state in
                if state.isDone == nil { state.isDone = isDone }
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: isDone)
        }

        func wait() async -> Bool {
            await withCheckedContinuation { waiter in
                let isDone = state.withLock { state in
                    if state.isDone == nil { state.waiter = waiter }
                    return state.isDone
                }
                if let isDone { waiter.resume(returning: isDone) }
            }
        }
    }

    /// Waits for `work`, and no longer than `limit`: then it is cancelled, and left to itself.
    ///
    /// The work has a task of its own: that the caller's is cancelled neither stops it nor ends the waiting.
    ///
    /// - Returns: Whether the work is done.
    @discardableResult
    package static func wait(
        atMost limit: Duration,
        for work: @escaping @Sendable () async -> Void
    ) async -> Bool {
        let end = FirstEnd()
        let task = Task.detached {
            await work()
            end.tell(true)
        }
        let timer = Task.detached {
            do { try await Task.sleep(for: limit) } catch { return }
            end.tell(false)
        }
        let isDone = await end.wait()
        timer.cancel()
        if !isDone { task.cancel() }
        return isDone
    }
}
