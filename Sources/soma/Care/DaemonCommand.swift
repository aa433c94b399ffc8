import ArgumentParser
import Glibc
import SomaClient
import SomaConsole
import SomaCore
import SomaSettings
import SomaTerminal

/// `soma daemon`: the process that does the work.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Start, stop and look at the daemon.",
        discussion: """
            Examples:
              soma daemon start     start it, and let it stay
              soma daemon           where it listens and what it does
              soma daemon stop      runs go on with the next start
              soma daemon logs      the end of its log
            """,
        subcommands: [
            DaemonStartCommand.self, DaemonStopCommand.self, DaemonStatusCommand.self, DaemonLogsCommand.self,
        ],
        defaultSubcommand: DaemonStatusCommand.self
    )
}

/// `soma daemon start`.
struct DaemonStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start the daemon, which then stays until it is stopped.",
        discussion: """
            One that soma has started for a command, and that would end by itself, is
            kept from now on.

            Example:
              soma daemon start
            """
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    func run() async throws {
        let daemon = try await Daemon.attach(global, spawning: true, keeps: true)
        try DaemonStatusCommand.show(try await daemon.status(), global)
    }
}

/// `soma daemon stop`.
struct DaemonStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop the daemon. Runs stay where they are and go on with the next start.",
        discussion: "Example:\n  soma daemon stop"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        let pid = try await process(daemon)
        guard kill(pid, SIGTERM) == 0 else {
            throw CommandFailure(
                .failed,
                "Could not stop the process \(pid): \(String(cString: strerror(errno)))"
            )
        }
        let deadline = ContinuousClock.now + .seconds(12)
        while kill(pid, 0) == 0 {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .failed,
                    "The process \(pid) has not ended within 12 s.",
                    hint: "soma daemon logs"
                )
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        if global.json {
            Out.json(["stopped": JSON(Int(pid))])
        } else {
            Out.line("Stopped the daemon (pid \(pid)).")
        }
    }
}

extension DaemonStopCommand {
    /// The daemon's process, where it is one of this machine.
    private func process(_ daemon: Daemon) async throws -> pid_t {
        let listening = daemon.client.address.listeningProcess
        do throws(ClientError) {
            let status = try await daemon.client.daemon()
            guard listening == pid_t(status.pid) else {
                throw ClientError(
                    .unusable,
                    "The daemon at \(daemon.client.address) may run on another machine. Stop it there."
                )
            }
            return pid_t(status.pid)
        } catch {
            // One of another version is stopped all the same: that is what its refusal tells to do.
            guard error.kind == .version, let listening else { throw CommandFailure(error) }
            return listening
        }
    }
}

/// `soma daemon status`.
struct DaemonStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the daemon, or end with 3 where none runs.",
        discussion: "Example:\n  soma daemon status --json"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    func run() async throws {
        let daemon = try await Daemon.attach(global)
        try DaemonStatusCommand.show(try await daemon.status(), global)
    }

    /// How far it is, where it isn't ready.
    private static func state(of status: DaemonDocument) -> String {
        if status.isReady { return "" }
        return status.trouble == nil ? ", taking up runs" : ", not ready"
    }

    static func show(_ status: DaemonDocument, _ global: GlobalOptions) throws {
        if global.json { return Out.json(try JSON(encoding: status)) }
        let age = Amounts.time(Now.timestamp - status.startedAt.timestamp)
        Out.line(
            "soma \(status.version), pid \(status.pid), up \(age)\(state(of: status))"
        )
        if let trouble = status.trouble {
            Out.line("  waits     \(global.style.paint(SafeText.line(trouble), .bad))")
        }
        Out.line("  listens   \(SafeText.line(status.listen.joined(separator: ", ")))")
        Out.line("  store     \(SafeText.line(status.store))")
        let waiting = status.runsWaitingForPerson
        let wait = waiting == 0 ? "" : ", \(waiting) of them \(waiting == 1 ? "waits" : "wait") for you"
        Out.line("  runs      \(status.runsUnfinished) at work\(wait)")
        Out.line("  clients   \(status.streamClients) attached")
        if status.lingers == true {
            Out.line("  stays     until nothing is left to do; soma daemon start keeps it")
        }
    }
}

/// `soma daemon logs`.
struct DaemonLogsCommand: AsyncParsableCommand, PagedCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the end of the log of a daemon that soma has started.",
        discussion: "Example:\n  soma daemon logs --lines 50"
    )

    @OptionGroup(title: "Common options") var global: GlobalOptions

    @Option(name: [.customShort("n"), .long], parsing: .unconditional, help: "How many lines.")
    var lines = 200

    func run() async throws {
        let folder: DataFolder
        do {
            folder = try DataFolder(chosen: global.settings().dataFolder, environment: Environment.all)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        let path = Daemon.logPath(folder)
        guard access(path, R_OK) == 0 else {
            throw CommandFailure(.noDaemon, "There is no log at \(path): soma has started no daemon there.")
        }
        guard lines > 0 else { throw CommandFailure(.usage, "--lines must be at least 1.") }
        let tail = try FileTail.lines(path, count: lines)
        if global.json { return Out.json(JSON(tail)) }
        for line in tail { Out.line(SafeText.line(line)) }
    }
}

/// The last lines of a file, without reading more of it than they need.
enum FileTail {
    /// - Parameter count: How many lines, at least 1; empty ones aren't counted and left out.
    static func lines(_ path: String, count: Int) throws -> [String] {
        guard let file = fopen(path, "r") else {
            throw CommandFailure(.usage, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        // About as long as lines are; no more than a file can have.
        var length = min(size, min(count, size / 400 + 1) * 400)
        while true {
            fseek(file, size - length, SEEK_SET)
            var bytes = [UInt8](repeating: 0, count: length)
            let read = fread(&bytes, 1, length, file)
            var lines = bytes.prefix(read).split(separator: UInt8(ascii: "\n"))
            // It may begin in the middle.
            if length < size, !lines.isEmpty { lines.removeFirst() }
            guard lines.count < count, length < size else {
                return lines.suffix(count).map { SafeText.decode(Array($0)) }
            }
            length = min(size, length * 2)
        }
    }
}
