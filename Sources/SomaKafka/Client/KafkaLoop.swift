internal import CRdKafka
import Dispatch
import Synchronization

/// The one thread that takes events out of a client's queue, until it is stopped.
final class KafkaLoop: Sendable {
    private let handle: KafkaHandle
    private let isStopped = Atomic<Bool>(false)
    private let ended = Ended()

    init(_ handle: KafkaHandle) { self.handle = handle }

    /// - Parameters:
    ///   - onEvent: Is given each event with its type; must not keep the pointer.
    ///   - onTurn: Is called after each event and each ``wake()``; says for how long at most to wait for the next.
    func start(
        named name: String,
        onEvent: @escaping @Sendable (OpaquePointer, Int32) -> Void,
        onTurn: @escaping @Sendable () -> Duration = { .seconds(1) }
    ) {
        DispatchQueue(label: name).async { [self] in
            var wait = Duration.seconds(1)
            while !isStopped.load(ordering: .acquiring) {
                if let event = rd_kafka_queue_poll(handle.queue, Int32(wait / .milliseconds(1))) {
                    onEvent(event, rd_kafka_event_type(event))
                    rd_kafka_event_destroy(event)
                }
                wait = onTurn()
            }
            ended.signal()
        }
    }

    /// Makes the thread look around.
    func wake() { rd_kafka_queue_yield(handle.queue) }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake()
    }

    /// Waits until the thread has done its last turn.
    func end() async { await ended.wait() }

    /// Something that happens once.
    private final class Ended: Sendable {
        private let state = Mutex<(hasHappened: Bool, waiters: [CheckedContinuation<Void, Never>])>(
            (false, [])
        )

        func signal() {
            let waiters = state.withLock { state in
                state.hasHappened = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        func wait() async {
            await withCheckedContinuation { waiter in
                let isOver = state.withLock { state in
                    if !state.hasHappened { state.waiters.append(waiter) }
                    return state.hasHappened
                }
                if isOver { waiter.resume() }
            }
        }
    }
}
