public import SomaCore
import Synchronization

/// The latest committed transitions, for everybody who follows them live.
///
/// One ring for all readers: a reader holds only its place, so a slow or dead one costs nothing and slows
/// nobody. Whoever falls out of the ring reads the store until it has caught up.
public final class EventHub: Sendable {
    /// How many transitions the ring holds.
    public static let capacity = 8192
    /// How many pieces of output the ring holds.
    public static let outputCapacity = 512

    /// A piece of output of an effect under way: shown as it comes, never kept.
    public struct Output: Sendable, Hashable {
        /// The run.
        public let run: RunID
        /// The seq of the effect.
        public let effect: Int
        /// The bytes.
        public let bytes: [UInt8]

        package init(run: RunID, effect: Int, bytes: [UInt8]) {
            (self.run, self.effect, self.bytes) = (run, effect, bytes)
        }
    }

    /// Where a reader is.
    public struct Cursor: Sendable, Hashable {
        /// The last transition that it has seen.
        public var position: Position
        /// How many pieces of output have come so far.
        public var outputs: Int

        /// Creates a cursor.
        public init(position: Position, outputs: Int) {
            self.position = position
            self.outputs = outputs
        }
    }

    /// What has come since a cursor.
    public struct News: Sendable {
        /// Transitions in order; `nil` where the ring no longer holds all of them: read the store.
        public var transitions: [StoredTransition]?
        /// Output, as far as the ring still holds it.
        public var outputs: [Output]
        /// Where the reader is then, once it has taken `transitions`.
        public var cursor: Cursor
    }

    private struct State {
        var ring: [StoredTransition] = []
        /// The place after which the ring has everything.
        var floor: Position
        var outputs: [Output] = []
        var outputCount = 0
        var head: Position
        var isClosed = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state: Mutex<State>

    /// Creates a hub whose next transition comes after `head`.
    public init(head: Position) { state = Mutex(State(floor: head, head: head)) }

    /// The place of the latest transition, and how much output has come.
    public var cursor: Cursor {
        state.withLock { Cursor(position: $0.head, outputs: $0.outputCount) }
    }

    /// Whether nothing will come any more.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Gives committed transitions to all readers.
    public func publish(_ transitions: [StoredTransition]) {
        guard let last = transitions.last else { return }
        wake { state in
            state.ring += transitions
            // Cut seldom and by half, so that a cut costs each transition little.
            if state.ring.count > 2 * EventHub.capacity {
                let cut = state.ring.count - EventHub.capacity
                state.floor = state.ring[cut - 1].position
                state.ring.removeFirst(cut)
            }
            state.head = last.position
        }
    }

    /// Gives a piece of output to all readers.
    public func publish(_ output: Output) {
        wake { state in
            state.outputs.append(output)
            state.outputCount += 1
            if state.outputs.count > 2 * EventHub.outputCapacity {
                state.outputs.removeFirst(state.outputs.count - EventHub.outputCapacity)
            }
        }
    }

    /// Ends all waiting.
    public func close() { wake { $0.isClosed = true } }

    private func wake(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// What has come since a cursor, at most `limit` transitions. Never waits.
    public func news(since cursor: Cursor, limit: Int = 1024) -> News {
        state.withLock { state in
            let missed = min(state.outputCount - cursor.outputs, state.outputs.count)
            let outputs = missed > 0 ? Array(state.outputs.suffix(missed)) : []
            var next = Cursor(position: cursor.position, outputs: state.outputCount)
            guard cursor.position < state.head else {
                return News(transitions: [], outputs: outputs, cursor: next)
            }
            guard cursor.position >= state.floor else {
                return News(transitions: nil, outputs: outputs, cursor: next)
            }
            // Places in the ring ascend, but need not be dense.
            var (low, high) = (0, state.ring.count)
            while low < high {
                let middle = (low + high) / 2
                if state.ring[middle].position <= cursor.position { low = middle + 1 } else { high = middle }
            }
            let transitions = Array(state.ring[low..<min(low + limit, state.ring.count)])
            next.position = transitions.last?.position ?? cursor.position
            return News(transitions: transitions, outputs: outputs, cursor: next)
        }
    }

    /// Waits until there is news since a cursor, the hub is closed, or the task is cancelled.
    public func wait(since cursor: Cursor) async {
        let number = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    let isDue =
                        state.isClosed || state.head > cursor.position || state.outputCount > cursor.outputs
                        || Task.isCancelled
                    if !isDue { state.waiters[number] = continuation }
                    return isDue
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
