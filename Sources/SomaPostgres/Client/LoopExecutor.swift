import Dispatch
import SomaLoop

/// Runs tasks that do nothing but ask Postgres on the thread that speaks with it: neither the question nor the answer has
/// to wake another one. They must not wait for anything by blocking, and not compute for long.
extension LoopMailbox<PoolCommand>: Executor, TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard !post(.job(job)) else { return }
        // The loop has ended; what its tasks have left to say is said elsewhere.
        let executor = self
        DispatchQueue.global().async { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
    }
}
