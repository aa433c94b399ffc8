import Dispatch
import FoundationEssentials
import Glibc
import SomaTerminal
import Testing

/// A real terminal for the real executables: a tmux server of the test's own with one pane and a shell in it.
///
/// Everything that blocks happens in processes that are waited for off the tests' threads; what the screen should
/// show is awaited.
final class TerminalRig: Sendable {
    /// Where the executables are: beside the tests' own image.
    static let executables: String = {
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        let images = maps.split(separator: "\n").compactMap { line in
            line.firstIndex(of: "/").map { String(line[$0...]) }
        }
        let own = images.first { $0.hasSuffix("PackageTests.xctest") } ?? ""
        return URL(filePath: own).deletingLastPathComponent().path
    }()

    /// How long something may take to appear.
    private static let patience = Duration.seconds(10)

    let folder: String
    private let environment: [String]
    /// What every program in the terminal has in its environment.
    var variables: [String] { environment }

    private init(folder: String, environment: [String: String]) {
        self.folder = folder
        var all = [
            "PATH": TerminalRig.executables + ":/usr/local/bin:/usr/bin:/bin", "HOME": folder,
            "ENV": folder + "/shell",
            "LC_ALL": "C.UTF-8", "TERM": "screen", "SOMA_AGENTS": CommandHarness.root + "/agents",
            "SWIFT_BACKTRACE": "enable=no", "XDG_STATE_HOME": folder + "/state", "XDG_RUNTIME_DIR": folder,
            "XDG_CONFIG_HOME": folder + "/config", "LLVM_PROFILE_FILE": "/dev/null",
        ]
        all.merge(environment) { $1 }
        self.environment = all.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Opens a terminal with a shell that waits for commands, and takes everything away afterwards.
    ///
    /// In the shell `show COMMAND` runs a command on an empty screen, then says how it ended and whether the
    /// terminal's modes are what they were.
    static func with(
        _ size: Size = .standard,
        _ environment: [String: String] = [:],
        _ body: (TerminalRig) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder.make()
        let rig = TerminalRig(folder: folder, environment: environment)
        let result: Result<Void, any Error>
        do {
            try await rig.open(size)
            try await body(rig)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await rig.tmux("kill-server")
        await rig.run("soma", "daemon", "stop")
        TemporaryFolder.remove(folder)
        try result.get()
    }

    private func open(_ size: Size) async throws {
        mkdir(folder + "/here", 0o755)
        let shell = """
            PS1='$ '
            ulimit -c 0
            cd "$HOME/here"
            stty -g >"$HOME/modes.before"
            modes() {
                stty -g >"$HOME/modes.now"
                if cmp -s "$HOME/modes.before" "$HOME/modes.now"; then echo modes same; else echo modes differ; fi
            }
            show() { printf '\\033c'; "$@"; echo "ended with $?"; modes; }
            """
        try write("shell", shell)
        await tmux(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "\(size.columns)",
            "-y",
            "\(size.rows)",
            "exec sh -i"
        )
        try await until("the shell is there") { $0.hasPrefix("$") }
    }

    // MARK: What a person does

    /// Types a line into the shell.
    func enter(_ line: String) async {
        await tmux("send-keys", "-l", line)
        await press("Enter")
    }

    /// Presses keys, by tmux's names for them.
    func press(_ keys: String...) async { await tmux(["send-keys"] + keys) }

    /// Changes the window's size.
    func resize(_ columns: Int, _ rows: Int) async {
        await tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// Closes the terminal, as when its window is closed or the line is cut.
    func hangUp() async { await tmux("kill-server") }

    // MARK: What a person sees

    /// The screen's lines.
    func screen() async -> String { await tmux("capture-pane", "-p") }

    /// What was copied last.
    func pasteBuffer() async -> String { await tmux("show-buffer") }

    /// The terminal's state that a program might leave behind: second screen, hidden cursor, keypad, mouse.
    func flags() async -> String {
        await tmux(
            "display",
            "-p",
            "#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}#{keypad_flag} #{mouse_any_flag}"
        )
    }

    /// The flags of a terminal that nobody uses.
    static let cleanFlags = "0 1 00 0\n"

    /// Waits until the screen shows something.
    @discardableResult
    func until(_ what: String, _ holds: (String) -> Bool) async throws -> String {
        let deadline = ContinuousClock.now + TerminalRig.patience
        while true {
            let text = await screen()
            if holds(text) { return text }
            guard ContinuousClock.now < deadline else {
                Issue.record("Not seen: \(what). The screen:\n\(text)")
                throw NotSeen(what: what)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until a text is on the screen.
    @discardableResult
    func until(_ text: String) async throws -> String { try await until(text) { $0.contains(text) } }

    /// Waits until something beside the screen holds.
    func eventually(_ what: String, _ holds: () async -> Bool) async throws {
        let deadline = ContinuousClock.now + TerminalRig.patience
        while !(await holds()) {
            guard ContinuousClock.now < deadline else {
                Issue.record("It did not come to it: \(what).")
                throw NotSeen(what: what)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Expects that the program has ended and left the terminal as it found it.
    func expectClean(endedWith code: Int32, _ note: String = "", location: SourceLocation = #_sourceLocation)
        async throws
    {
        let text = try await until("the end") { $0.contains("modes ") }
        #expect(text.contains("ended with \(code)\n"), "\(note)\n\(text)", sourceLocation: location)
        #expect(text.contains("modes same"), "\(note)\n\(text)", sourceLocation: location)
        #expect(await flags() == TerminalRig.cleanFlags, "\(note)", sourceLocation: location)
    }

    struct NotSeen: Error { let what: String }

    // MARK: Beside the terminal

    /// The process that runs in the terminal's foreground, by its name.
    func process(_ name: String) async -> pid_t? {
        let shell = await tmux("display", "-p", "#{pane_pid}").filter(\.isNumber)
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry),
                let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"),
                stat[stat.index(after: open)..<close] == name[...]
            else { continue }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            if fields.count > 1, fields[1] == shell { return pid }
        }
        return nil
    }

    /// Whether a process has ended, whether or not anybody has taken note.
    func hasEnded(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return true }
        return stat[stat.index(after: close)...].hasPrefix(" Z")
    }

    /// Runs a program beside the terminal, in the same environment; its standard output.
    @discardableResult
    func run(_ command: String...) async -> String {
        await TerminalRig.spawn(command, environment, in: folder + "/here")
    }

    /// Writes a file into the folder.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
    }

    @discardableResult
    private func tmux(_ arguments: String...) async -> String { await tmux(arguments) }

    @discardableResult
    private func tmux(_ arguments: [String]) async -> String {
        await TerminalRig.spawn(["tmux", "-u", "-S", folder + "/tmux"] + arguments, environment, in: folder)
    }

    private static func spawn(_ command: [String], _ environment: [String], in folder: String) async -> String
    {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: output(of: command, environment, in: folder))
            }
        }
    }

    private static func output(of command: [String], _ environment: [String], in folder: String) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return "" }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] =
            (["sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + command).map { strdup($0) }
            + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        // A shell must get the signals that the threads of this process keep from themselves.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let failed = posix_spawnp(&pid, "sh", &actions, &attributes, &arguments, &variables)
        close(ends[1])
        guard failed == 0 else { return "" }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count > 0 { bytes += buffer.prefix(count) } else if count == 0 || errno != EINTR { break }
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return String(decoding: bytes, as: UTF8.self)
    }
}
