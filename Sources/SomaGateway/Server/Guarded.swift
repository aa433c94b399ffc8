import Synchronization

/// A value that several tasks read and change.
final class Guarded<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    /// The value now.
    var value: Value { state.withLock { $0 } }

    /// Changes the value.
    func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}

/// Counts requests under way.
final class RequestGate: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Lets a request in, unless there are too many.
    func enter() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            leave()
            return false
        }
        return true
    }

    /// Lets a request out.
    func leave() { count.subtract(1, ordering: .relaxed) }
}
