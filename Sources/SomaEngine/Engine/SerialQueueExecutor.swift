package import Dispatch

/// Runs an actor on a thread of its own, so that work that takes long or blocks holds up nobody else's.
///
/// `DispatchSerialQueue`, which is such an executor already, doesn't exist on Linux.
package final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    package init(label: String, qos: DispatchQoS = .userInitiated) {
        queue = DispatchQueue(label: label, qos: qos)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
