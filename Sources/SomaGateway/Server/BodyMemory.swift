import Synchronization

/// How much memory the bodies of requests under way hold together.
///
/// Single bodies are bounded; thousands of clients that send all but the last byte must be too.
final class BodyMemory: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Takes memory, unless there would be too much.
    func take(_ bytes: Int) -> Bool {
        guard held.add(bytes, ordering: .relaxed).newValue <= limit else {
            give(bytes)
            return false
        }
        return true
    }

    /// Gives memory back.
    func give(_ bytes: Int) { held.subtract(bytes, ordering: .relaxed) }
}
