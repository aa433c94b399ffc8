import Dispatch
import Glibc
import Synchronization

/// A program that a measurement starts and ends.
struct PerfProcess: Sendable {
    /// The process.
    let pid: pid_t
    /// The moment before it was started.
    let startedAt: ContinuousClock.Instant

    /// How a process ended.
    enum End: Sendable, Hashable, CustomStringConvertible {
        case exited(Int32)
        case killed(Int32)

        var description: String {
            switch self {
            case .exited(let code): "ended with exit code \(code)"
            case .killed(let signal): "was ended by signal \(signal)"
            }
        }
    }

    /// Starts a program with nothing but a search path and a home in its environment, so that whoever measures gets
    /// the same as everybody else.
    ///
    /// - Parameter output: The file that takes what it says; `nil` for nowhere.
    static func start(_ words: [String], home: String, output: String?) throws -> PerfProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", flags, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let path = Environment.all["PATH"] ?? "/usr/bin:/bin"
        let variables = ["PATH=\(path)", "HOME=\(home)", "LC_ALL=C.UTF-8"]
        let arguments = words.map { strdup($0) } + [nil]
        let environment = variables.map { strdup($0) } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let startedAt = ContinuousClock.now
        let code = posix_spawnp(&pid, words.first ?? "", &actions, nil, arguments, environment)
        guard code == 0 else {
            throw CommandFailure(
                .failed,
                "Could not start \(words.first ?? ""): \(String(cString: strerror(code))).",
                hint: "somad must be beside soma or on the path."
            )
        }
        return PerfProcess(pid: pid, startedAt: startedAt)
    }

    /// Whether it has ended; `end` still tells how.
    var hasEnded: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) != 0
            || information.si_signo != 0
    }

    /// Sends a signal, where there is one, and waits for the end on a thread that may block.
    @discardableResult
    func end(_ signal: Int32? = nil) async -> (end: End, took: Duration) {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pid, startedAt] in
                if let signal { kill(pid, signal) }
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                let took = ContinuousClock.now - startedAt
                let signalled = status & 0x7F
                let end = signalled == 0 ? End.exited(status >> 8 & 0xFF) : .killed(signalled)
                continuation.resume(returning: (end, took))
            }
        }
    }
}

/// Ends the daemon of a measurement that is broken off: it is nobody else's.
enum PerfInterrupt {
    private static let daemon = Atomic<Int32>(0)

    /// The daemon at work; 0 for none.
    static func watch(_ pid: pid_t) {
        daemon.store(pid, ordering: .relaxed)
        // Within tests the process is not ours to end.
        guard Out.capture == nil else { return }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in
                let pid = PerfInterrupt.daemon.load(ordering: .relaxed)
                if pid > 0 { kill(pid, SIGKILL) }
                _exit(130)
            }
        }
    }
}
