import CLinux
import Glibc
import SomaCore

/// Runs a command inside of bubblewrap.
struct Sandbox: Sendable {
    /// Places where a system keeps programs; `PATH` is not asked, since it may lead anywhere.
    private static let programPlaces = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]

    /// The program.
    let program: String

    /// Finds bubblewrap.
    ///
    /// - Throws: `ToolError` (`refused`) where it is not installed.
    init(places: [String] = Self.programPlaces) throws(ToolError) {
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
            throw ToolError(
                .refused,
                "There is no sandbox: bubblewrap is not installed, and the policy asks for it.",
                hint:
                    "Install it (apt-get install bubblewrap), or set `sandbox` to preferred or off in the settings."
            )
        }
        self.program = program
    }

    /// Runs `command` with `sh -c`.
    ///
    /// - Throws: `ToolError` (`refused`) where the sandbox can't be set up: the command did not run.
    func run(
        _ command: String,
        _ profile: SandboxProfile,
        user: ProgramLaunch.User?,
        timeout: Duration,
        stop: StopSignal,
        emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ProgramOutcome {
        let policy = profile.policy
        let files = SandboxProfile.accountFiles
        var status = try Pipe()
        let accounts = try Self.memoryFile("accounts", files.accounts)
        let groups = try Self.memoryFile("groups", files.groups)
        let filter = try Self.filter()
        // The order of the extra descriptors: 3 arguments, 4 accounts, 5 groups, 6 status, 7 filter.
        let arguments = profile.arguments(
            accounts: 4,
            groups: 5,
            status: 6,
            filter: filter.raw >= 0 ? 7 : nil
        )
        let list = try Self.memoryFile("arguments", arguments.flatMap { Array($0.utf8) + [0] })
        var launch = ProgramLaunch(
            path: program,
            arguments: ["bwrap", "--args", "3", "--"]
                + Self.limited(command, processesMax: policy.processesMax)
        )
        launch.user = user
        launch.timeout = timeout
        launch.outputBytesMax = policy.outputBytesMax
        launch.memoryBytesMax = policy.memoryBytesMax
        launch.diskWatch = .init(folder: profile.hostWorkspace, bytesLeft: policy.diskBytesLeft)
        launch.limits = CommandLimits.list(policy, timeout: timeout)
        // The user is this command's alone, so that here the limit counts nobody else's processes.
        if user != nil { launch.limits.append(.processes(policy.processesMax)) }
        var extras = ProgramRun.Extras()
        extras.descriptors = [list.raw, accounts.raw, groups.raw, status.writeEnd]
        if filter.raw >= 0 { extras.descriptors.append(filter.raw) }
        extras.status = status.readEnd
        var run = ProgramRun(launch, stop: stop, emit: emit)
        let outcome = try run.run(extras)
        status.closeWriteEnd()
        try Self.checkSetUp(outcome)
        return outcome
    }

    /// bubblewrap reports the command's exit status only when there was a command: its own failures look alike else.
    private static func checkSetUp(_ outcome: ProgramOutcome) throws(ToolError) {
        guard case .exited = outcome.end else { return }
        let report = String(decoding: outcome.status, as: UTF8.self)
        guard !report.contains("\"exit-code\"") else { return }
        let reason = outcome.error.text.split(separator: "\n").last.map(String.init) ?? "it gave no reason"
        throw ToolError(
            .refused,
            "The sandbox could not be set up, and nothing was run: \(WorkspacePath.shown(reason)).",
            hint:
                "`soma doctor` checks what it needs (bubblewrap 0.8 or later, unprivileged user namespaces)."
        )
    }

    /// The command behind the limit on processes, which counts from inside the sandbox.
    private static func limited(_ command: String, processesMax: Int) -> [String] {
        let script =
            "ulimit -u \(processesMax) 2>/dev/null || ulimit -p \(processesMax) 2>/dev/null; exec /bin/sh -c \"$1\""
        return ["/bin/sh", "-c", script, "sh", command]
    }

    private static func memoryFile(_ name: String, _ bytes: [UInt8]) throws(ToolError) -> Descriptor {
        let descriptor = soma_memory_file(name, bytes, bytes.count)
        guard descriptor >= 0 else {
            throw ToolError(.failed, "Could not make a file in memory: \(systemMessage(-descriptor)).")
        }
        return Descriptor(adopting: descriptor)
    }

    /// The system call filter; a descriptor of -1 on a machine that it is not written for.
    private static func filter() throws(ToolError) -> Descriptor {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = soma_seccomp_filter(&bytes, bytes.count)
        guard count > 0 else { return Descriptor(adopting: -1) }
        return try memoryFile("filter", Array(bytes[..<Int(count)]))
    }
}

/// The limits that every command has, inside a sandbox or not.
enum CommandLimits {
    static func list(_ policy: ToolPolicy, timeout: Duration) -> [ProgramLaunch.Limit] {
        let processors = Int64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        return [
            .addressSpace(policy.memoryBytesMax), .fileSize(policy.fileBytesMax), .noCoreDumps, .descriptors,
            .processorTime(seconds: (timeout.components.seconds + 1) * processors + 10),
        ]
    }
}
