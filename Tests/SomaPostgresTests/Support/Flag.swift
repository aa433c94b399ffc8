import Synchronization

/// Something that happens once.
final class Flag: Sendable {
    private let state = Atomic<Bool>(false)

    var value: Bool { state.load(ordering: .acquiring) }
    func set() { state.store(true, ordering: .releasing) }
}

/// Counts across tasks.
final class Counter: Sendable {
    private let state = Atomic<Int>(0)

    var value: Int { state.load(ordering: .acquiring) }
    func add() { state.add(1, ordering: .relaxed) }
}
