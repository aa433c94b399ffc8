internal import CLinux
import Glibc

/// What wakes the thread of a loop: a descriptor that it polls along with its sockets.
package struct LoopBell: Sendable {
    package let descriptor: Int32

    /// `nil` when the process has no descriptor left.
    package init?() {
        descriptor = soma_wake_open()
        guard descriptor >= 0 else { return nil }
    }

    /// Wakes the loop, now or when it is about to sleep.
    package func ring() { soma_wake(descriptor) }

    /// Makes the descriptor quiet again; on the loop's thread.
    package func hush() {
        var count: UInt64 = 0
        read(descriptor, &count, 8)
    }

    /// Frees the descriptor; nobody rings any more.
    func close() { Glibc.close(descriptor) }
}
