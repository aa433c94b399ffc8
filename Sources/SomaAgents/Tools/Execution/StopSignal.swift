import CLinux
import Glibc
import Synchronization

/// Tells blocking work that it should end: its task was cancelled, or its time is up.
package final class StopSignal: Sendable {
    private let isCancelledFlag = Atomic(false)
    private let wake: Int32
    /// When the time is up; `nil` for never.
    package let deadline: ContinuousClock.Instant?

    package init(timeout: Duration?) {
        deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        wake = soma_wake_open()
    }

    deinit { if wake >= 0 { close(wake) } }

    /// A descriptor that becomes readable when the task is cancelled, for `poll`; -1 where there is none.
    package var descriptor: Int32 { wake }

    /// Whether the task was cancelled.
    package var isCancelled: Bool { isCancelledFlag.load(ordering: .relaxed) }

    /// Whether the time is up.
    package var isLate: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Asks the work to end.
    package func cancel() {
        isCancelledFlag.store(true, ordering: .relaxed)
        if wake >= 0 { soma_wake(wake) }
    }

    /// Throws when the work should end.
    package func check(_ what: String) throws(ToolError) {
        if isCancelled { throw ToolError(.cancelled, "\(what) was cancelled.") }
        if isLate {
            throw ToolError(.timedOut, "\(what) took too long.", hint: "Narrow it, or allow it more time.")
        }
    }
}
