import Dispatch
import Synchronization

/// Threads for work that blocks, a bounded number of them.
///
/// The cooperative threads are as many as the machine has cores; one read of a slow disk on them stalls a part of
/// the whole daemon.
package final class BlockingPool: Sendable {
    /// For reading and writing files.
    package static let files = BlockingPool(label: "soma.tools.files", threadsMax: 4)
    /// For waiting on commands, one thread each; a command waits for its turn where there are more.
    package static let commands = BlockingPool(label: "soma.tools.commands", threadsMax: 32)

    private struct Load {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let queue: DispatchQueue
    private let threadsMax: Int
    private let load = Mutex(Load())

    package init(label: String, threadsMax: Int) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
        self.threadsMax = threadsMax
    }

    /// Runs `body` on one of the threads; the signal tells it when the task is cancelled or time is up.
    package func run<Value: Sendable>(
        timeout: Duration? = nil,
        _ body: @escaping @Sendable (StopSignal) -> Value
    ) async -> Value {
        let stop = StopSignal(timeout: timeout)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start { continuation.resume(returning: body(stop)) }
            }
        } onCancel: {
            stop.cancel()
        }
    }

    private func start(_ job: @escaping @Sendable () -> Void) {
        let startsNow = load.withLock { load in
            guard load.running < threadsMax else {
                load.waiting.append(job)
                return false
            }
            load.running += 1
            return true
        }
        if startsNow { queue.async { self.work(job) } }
    }

    private func work(_ first: @Sendable () -> Void) {
        first()
        while true {
            let next: (@Sendable () -> Void)? = load.withLock { load in
                if load.waiting.isEmpty {
                    load.running -= 1
                    return nil
                }
                return load.waiting.removeFirst()
            }
            guard let next else { return }
            next()
        }
    }
}
