internal import CRdKafka
import Dispatch
import SomaLoop
import Synchronization

/// The one thread that takes events out of a client's queue, until it is stopped.
final class KafkaLoop: Sendable {
    private let handle: KafkaHandle
    private let isStopped = Atomic<Bool>(false)
    private let ended = LoopEnd()

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
            ended.announce()
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
}
