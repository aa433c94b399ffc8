import FoundationEssentials
import Glibc
import Testing

@testable import soma

/// The real executables, run as a person runs them: in a home, a folder and a data folder of their own.
struct Place {
    let folder: String

    var home: String { "\(folder)/home" }
    var workspace: String { "\(folder)/work" }
    var data: String { "\(home)/.local/state/soma" }
    var environment: [String: String]

    /// Runs `body` with a place, and ends a daemon that was started there.
    static func with(_ body: (Place) async throws -> Void) async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        for name in ["home", "work", "run"] { mkdir("\(folder)/\(name)", 0o700) }
        var environment = [
            "HOME": "\(folder)/home", "XDG_RUNTIME_DIR": "\(folder)/run", "LC_ALL": "C.UTF-8",
            "PATH": "/usr/bin:/bin", "SOMA_AGENTS": CommandHarness.root + "/agents", "TERM": "xterm-256color",
        ]
        // What the programs ran counts as covered.
        environment["LLVM_PROFILE_FILE"] = Environment.all["LLVM_PROFILE_FILE"] ?? "/dev/null"
        let place = Place(folder: folder, environment: environment)
        let result: Result<Void, any Error>
        do { result = .success(try await body(place)) } catch { result = .failure(error) }
        if place.daemonProcess != nil { _ = try await place.soma("daemon", "stop") }
        try result.get()
    }

    /// The process that holds the data folder.
    var daemonProcess: pid_t? {
        guard let bytes = FileManager.default.contents(atPath: "\(data)/soma.lock") else { return nil }
        let digits = String(decoding: bytes, as: UTF8.self).drop { !$0.isNumber }.prefix { $0.isNumber }
        guard let pid = pid_t(digits), kill(pid, 0) == 0 else { return nil }
        return pid
    }

    /// `soma` or `somad` of this build.
    static func executable(_ name: String) -> String {
        let folder = WorkingFolder.executable.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/\(name)"
    }

    /// Runs `soma`.
    func soma(_ arguments: String..., input: String = "", with extra: [String: String?] = [:]) async throws
        -> CommandHarness.Outcome
    {
        try await run([Place.executable("soma")] + arguments, input: input, with: extra)
    }

    /// Runs a program to its end.
    func run(_ words: [String], input: String = "", with extra: [String: String?] = [:]) async throws
        -> CommandHarness.Outcome
    {
        let name = "\(folder)/\(UInt64.random(in: 0 ... .max))"
        try Data(input.utf8).write(to: URL(filePath: name + ".in"))
        let pid = try spawn(words, with: extra) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, name + ".in", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, name + ".out", O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, name + ".err", O_WRONLY | O_CREAT, 0o600)
        }
        let code = try await Place.end(of: pid)
        func text(_ ending: String) -> String {
            FileManager.default.contents(atPath: name + ending).map { String(decoding: $0, as: UTF8.self) }
                ?? ""
        }
        return CommandHarness.Outcome(code: code, output: text(".out"), notes: text(".err"))
    }

    /// Starts a program in the workspace.
    func spawn(
        _ words: [String],
        with extra: [String: String?] = [:],
        _ describe: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var environment = environment
        for (key, value) in extra { environment[key] = value }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        describe(&actions)
        // A session of its own: signals of the test's terminal are not for it.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // Dispatch's threads block signals, which would be inherited by all that the program starts.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(0x80 | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let script = ["sh", "-c", "cd \"$0\" && exec \"$@\"", workspace] + words
        let arguments = script.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, variables)
        try #require(code == 0)
        return pid
    }

    /// Waits for the end of a process; 128 and the signal's number where one ended it.
    /// - Parameter text: What it has shown so far; asked for again and again meanwhile.
    static func end(
        of pid: pid_t,
        within limit: Duration = .seconds(60),
        showing text: () -> String = { "" }
    ) async throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) != pid {
            let shown = text()
            guard ContinuousClock.now < deadline else {
                kill(pid, SIGKILL)
                Issue.record("A program did not end: \(shown)")
                _ = waitpid(pid, &status, 0)
                break
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

/// A terminal with a program in it.
final class TestTerminal {
    private var master: Int32
    private let pid: pid_t
    private var seen: [UInt8] = []

    init(
        _ place: Place,
        _ words: [String],
        rows: UInt16 = 24,
        columns: UInt16 = 80,
        with extra: [String: String?] = [:]
    )
        throws
    {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        try #require(master >= 0)
        // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do, which Swift doesn't see.
        var (locked, number): (Int32, UInt32) = (0, 0)
        try #require(ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
        let path = "/dev/pts/\(number)"
        var window = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(master, UInt(TIOCSWINSZ), &window) == 0)
        pid = try place.spawn(words, with: extra) { actions in
            // The first terminal that a session's leader opens is the one that it is controlled by.
            posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
    }

    deinit { hangUp() }

    /// Closes the terminal, as when its window is closed.
    func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    /// Everything that was shown so far.
    var text: String {
        read()
        return String(decoding: seen, as: UTF8.self)
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while master >= 0, case let count = Glibc.read(master, &buffer, buffer.count), count > 0 {
            seen += buffer.prefix(count)
        }
    }

    /// Types.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Waits until something is shown, or until something holds of all that was shown.
    func until(
        _ wanted: String,
        within limit: Duration = .seconds(30),
        _ holds: ((String) -> Bool)? = nil
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while !(holds ?? { $0.contains(wanted) })(text) {
            guard ContinuousClock.now < deadline else {
                Issue.record("\(wanted) was not shown, but: \(text)")
                return
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Waits for the program's end, and gives its exit code.
    func end(within limit: Duration = .seconds(60)) async throws -> Int32 {
        // What isn't read keeps it from writing.
        try await Place.end(of: pid, within: limit) { text }
    }
}
