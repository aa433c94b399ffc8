import Glibc
import Synchronization

/// A command whose output may be longer than the screen.
protocol PagedCommand {
    var global: GlobalOptions { get }
    /// Whether this call of it goes on writing for as long as it runs.
    var isEndless: Bool { get }
}

extension PagedCommand {
    var isEndless: Bool { false }
}

/// Gives output that doesn't fit the screen to the person's `PAGER`; what fits is written as it is.
final class Pager: Sendable {
    private struct State {
        var kept: [UInt8] = []
        var lines = 0
        var pid: pid_t = 0
        var input: Int32 = -1
        /// It couldn't be started: everything is written as it is.
        var isGone = false
    }

    private let command: String
    private let rows: Int
    private let state = Mutex(State())

    init(command: String, rows: Int) {
        self.command = command
        self.rows = rows
    }

    /// A pager where somebody looks at a terminal and has named one.
    static func forTerminal(_ global: GlobalOptions) -> Pager? {
        guard Out.capture == nil, !global.json, isatty(STDOUT_FILENO) == 1,
            let command = Environment.all["PAGER"], !command.isEmpty, command != "cat"
        else { return nil }
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 1 else { return nil }
        return Pager(command: command, rows: Int(window.ws_row))
    }

    /// Takes output. Gives what is to be written to standard output instead, where there is no pager.
    func take(_ bytes: [UInt8]) -> [UInt8] {
        state.withLock { state in
            if state.isGone { return bytes }
            if state.input >= 0 {
                Out.send(bytes, to: state.input)
                return []
            }
            state.kept += bytes
            state.lines += bytes.count { $0 == 0x0A }
            guard state.lines >= rows else { return [] }
            start(&state)
            defer { state.kept = [] }
            if state.isGone { return state.kept }
            Out.send(state.kept, to: state.input)
            return []
        }
    }

    private func start(_ state: inout State) {
        var pipes: [Int32] = [-1, -1]
        guard pipe(&pipes) == 0 else {
            state.isGone = true
            return
        }
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // Colours pass through less, unless the person has told it something else.
        setenv("LESS", "R", 0)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, pipes[0], STDIN_FILENO)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        let words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { for word in words { free(word) } }
        let code = posix_spawn(&state.pid, "/bin/sh", &actions, &attributes, words, environ)
        close(pipes[0])
        guard code == 0 else {
            close(pipes[1])
            state.isGone = true
            return
        }
        // Ctrl-C is the pager's while it runs.
        signal(SIGINT, SIG_IGN)
        state.input = pipes[1]
    }

    /// Writes what was kept, or waits until the person has seen enough.
    func finish() {
        let (kept, pid) = state.withLock { state in
            defer {
                if state.input >= 0 { close(state.input) }
                state = State(isGone: true)
            }
            return (state.kept, state.input >= 0 ? state.pid : 0)
        }
        if !kept.isEmpty { Out.send(kept, to: STDOUT_FILENO) }
        guard pid > 0 else { return }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        signal(SIGINT, SIG_DFL)
    }
}
