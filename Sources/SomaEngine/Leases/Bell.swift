import Synchronization

/// Wakes one loop that waits for news or for a time, whichever comes first. News that comes while the loop is busy is
/// kept, once.
package final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: (number: Int, continuation: CheckedContinuation<Void, Never>)?
        var number = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Tells that there is news.
    package func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRung = true }
            return state.waiter
        }
        waiter?.continuation.resume()
    }

    /// Waits for news, for a time to pass, or for the task to be cancelled.
    ///
    /// - Returns: Whether there is news.
    @discardableResult
    package func wait(atMost time: Duration) async -> Bool {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let timer = Task {
            do { try await Task.sleep(for: time) } catch { return true }
            return !self.end(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.isRung || Task.isCancelled || state.number != number {
                        state.isRung = false
                        return true
                    }
                    state.waiter = (number, continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            end(number)
        }
        timer.cancel()
        return await timer.value
    }

    /// Ends a wait whose time is over.
    ///
    /// - Returns: Whether it was still waiting.
    @discardableResult
    private func end(_ number: Int) -> Bool {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter, waiter.number == number else {
                // Where the wait is only about to begin, it finds its number gone.
                if state.number == number { state.number += 1 }
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
        return waiter != nil
    }
}
