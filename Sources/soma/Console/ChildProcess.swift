import Glibc
import SomaConsole

/// A child of the console, in a process group of its own.
struct ChildProcess: Sendable {
    /// Why it couldn't be started.
    struct Failure: Error, Sendable {
        /// Half a sentence, in lower case.
        let reason: String
    }

    let process: pid_t

    /// Starts `sh -c command`.
    /// - Parameters:
    ///   - environment: `NAME=VALUE` each, all of it.
    ///   - standard: What becomes standard input, output and error; every other descriptor is closed.
    static func start(
        _ command: String,
        environment: [String],
        standard: [Int32]
    ) -> Result<ChildProcess, Failure> {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (index, descriptor) in standard.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(index))
        }
        keepToOurselves()
        // What the console ignores or blocks is its own affair.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var process = pid_t()
        let code = withCStrings(["sh", "-c", command]) { arguments in
            withCStrings(environment) { variables in
                posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else {
            return .failure(Failure(reason: String(cString: strerror(code)).lowercased()))
        }
        return .success(ChildProcess(process: process))
    }

    /// Waits for its end; one that stops is continued, as there is nobody who could do it later.
    /// - Parameter stopped: Called before it is continued.
    func wait(_ stopped: () -> Void) -> PluginOutcome.End {
        var status: Int32 = 0
        while true {
            let found = waitpid(process, &status, WUNTRACED)
            if found < 0 {
                if errno == EINTR { continue }
                return .notStarted("its end could not be waited for")
            }
            let low = status & 0x7F
            if status & 0xFF == 0x7F {
                stopped()
                kill(-process, SIGCONT)
                continue
            }
            return low == 0 ? .exited(status >> 8 & 0xFF) : .signalled(low)
        }
    }

    /// Makes it the one that the terminal's keys go to.
    func takeForeground(of terminal: Int32) { Self.takeForeground(group: process, of: terminal) }

    /// Makes a process group the one that the terminal's keys go to.
    static func takeForeground(group: pid_t, of terminal: Int32) {
        // Who does this from the background would be stopped for it.
        var only = sigset_t()
        var before = sigset_t()
        sigemptyset(&only)
        sigaddset(&only, SIGTTOU)
        pthread_sigmask(SIG_BLOCK, &only, &before)
        tcsetpgrp(terminal, group)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    /// Nothing that the console has open is a child's business, whoever opened it.
    private static func keepToOurselves() {
        let most = min(sysconf(Int32(_SC_OPEN_MAX)), 4096)
        for descriptor in 3..<Int32(max(4, most)) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    private static func withCStrings<Value>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
