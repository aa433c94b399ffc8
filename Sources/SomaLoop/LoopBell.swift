internal import CLinux
import Glibc

/// What wakes the thread of a loop.
package protocol LoopBell: Sendable {
    /// Wakes it, now or when it is about to sleep.
    func ring()
    /// Frees the bell; nobody rings it any more.
    func close()
}

/// A descriptor that a loop polls along with its sockets.
package struct DescriptorBell: LoopBell {
    package let descriptor: Int32

    /// `nil` when the process has no descriptor left.
    package init?() {
        descriptor = soma_wake_open()
        guard descriptor >= 0 else { return nil }
    }

    package func ring() { soma_wake(descriptor) }

    /// Makes the descriptor quiet again; on the loop's thread.
    package func hush() {
        var count: UInt64 = 0
        read(descriptor, &count, 8)
    }

    package func close() { Glibc.close(descriptor) }
}
