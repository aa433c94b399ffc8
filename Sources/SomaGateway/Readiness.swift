import Synchronization

/// Whether the daemon has taken up its runs.
package final class Readiness: Sendable {
    /// How far it is.
    package enum State: Sendable, Hashable {
        /// It is not ready yet, and what it is doing.
        case starting(String)
        /// It is ready.
        case ready
        /// It is ending.
        case stopping
    }

    private let value: Mutex<State>
    private let held = Mutex<String?>(nil)

    /// Creates a state.
    package init(_ state: State = .starting("taking up runs")) { value = Mutex(state) }

    /// Why nothing can be made durable for the time being; `nil` while all is well.
    package var trouble: String? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }

    /// How far it is now.
    package var state: State {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }

    /// Waits until it is ready or ends, at most `limit`.
    package func settled(within limit: Duration) async -> State {
        let deadline = ContinuousClock.now + limit
        while case .starting = state, ContinuousClock.now < deadline {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
        }
        return state
    }
}
