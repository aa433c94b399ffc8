import Glibc
import Synchronization

/// Counts the threads that are opening connections.
final class Connectors: Sendable {
    private let count = Atomic<Int>(0)

    /// A thread is about to open a connection.
    func begins() { count.add(1, ordering: .acquiringAndReleasing) }
    /// It is through with it.
    func ends() { count.subtract(1, ordering: .acquiringAndReleasing) }

    /// Waits for them: a process that ends under one of them crashes, since what they use of TLS is torn down then. Not
    /// for ever: the resolver may hold one up. On the loop's thread, at its end.
    func waitForAll() {
        for _ in 0..<2_000 where count.load(ordering: .acquiring) > 0 { usleep(1_000) }
    }
}
