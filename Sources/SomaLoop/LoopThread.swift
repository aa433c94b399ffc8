internal import CLinux
import Glibc

/// A thread of its own for what blocks: a loop, opening a connection, asking a server to cancel.
package enum LoopThread {
    private final class Work {
        let name: String
        let body: () -> Void

        init(name: String, body: @escaping () -> Void) { (self.name, self.body) = (name, body) }
    }

    /// Starts `body`; `false` when the machine has no thread left.
    ///
    /// The thread takes no signals: handlers run elsewhere, and a SIGPIPE from a TLS write or a closed socket stays
    /// harmless.
    ///
    /// - Parameter name: What tools that list threads show; the kernel keeps 15 bytes of it.
    package static func start(named name: String, _ body: sending @escaping () -> Void) -> Bool {
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var (every, previous) = (sigset_t(), sigset_t())
        sigfillset(&every)
        pthread_sigmask(SIG_SETMASK, &every, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
                soma_name_thread(work.name)
                work.body()
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
