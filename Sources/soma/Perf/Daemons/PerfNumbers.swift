import Synchronization

/// Numbers for runs, each given once.
final class PerfNumbers: Sendable {
    private let count = Atomic<Int>(0)

    /// How many were given.
    var given: Int { count.load(ordering: .relaxed) }

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}
