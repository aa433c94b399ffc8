import Synchronization

/// Whether the daemon ends by itself once nothing is left to do; whoever wants it to stay can say so.
package final class Lingering: Sendable {
    private let state: Atomic<Bool>

    /// Creates a switch.
    package init(_ isOn: Bool) { state = Atomic(isOn) }

    /// Whether it ends by itself.
    package var isOn: Bool { state.load(ordering: .relaxed) }

    /// From now on it stays until it is told to end.
    package func end() { state.store(false, ordering: .relaxed) }
}
