import Glibc
package import SomaCore

/// Runs a command in a sandbox.
package struct ShellTool: Tool {
    package init() {}

    package let specification = ToolSpecification(
        name: "shell",
        summary: """
            Runs a command with `sh -c` in a sandbox: no network, nothing of the machine but /usr and the workspace \
            (at /workspace, where it starts), an almost empty environment. Its changes to the workspace stay.
            """,
        parameters: Parameters.object(
            [
                "command": [
                    "type": "string", "description": "The command.", "minLength": 1, "maxLength": 100_000,
                    "pattern": "^[^\\x00]*$",
                ],
                "folder": Parameters.path("The folder of the workspace to start in.", byDefault: "."),
                "timeout_s": [
                    "type": "number", "description": "Seconds until it is killed.", "exclusiveMinimum": 0,
                    "maximum": 86400,
                ],
                "environment": [
                    "type": "object", "description": "Variables for the command.", "default": [:],
                    "additionalProperties": ["type": "string", "maxLength": 65536, "pattern": "^[^\\x00]*$"],
                    "maxProperties": 100,
                ],
            ],
            required: ["command"]
        ),
        effect: .once,
        reach: .workspace,
        risk: "Runs any program on the workspace's files; can change or remove all of them.",
        timeout: .seconds(120)
    )

    package func call(_ arguments: JSON, _ context: ToolContext) async -> ToolResult {
        let emit = context.emit
        return await BlockingPool.commands.run { stop in
            do throws(ToolError) {
                let request = try ShellRequest(arguments, context, default: specification.timeout)
                return try request.perform(stop, emit)
            } catch {
                return ToolResult(error)
            }
        }
    }
}

/// One command and where and how it runs.
struct ShellRequest: Sendable {
    private let command: String
    private let workspace: Workspace
    private let folder: WorkspacePath
    private let environment: [String: String]
    private let timeout: Duration
    private let policy: ToolPolicy

    init(_ arguments: JSON, _ context: ToolContext, default: Duration) throws(ToolError) {
        policy = context.policy
        command = arguments["command"]?.string ?? ""
        workspace = try Workspace(context.workspace)
        folder = try workspace.relative(arguments["folder"]?.string ?? ".")
        var environment = policy.environment
        for member in arguments["environment"]?.object?.members ?? [] {
            environment[member.key] = member.value.string ?? ""
        }
        for name in environment.keys
        where name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == 0x3D }) {
            throw ToolError(.invalidArguments, "\(WorkspacePath.shown(name)) can't be a variable's name.")
        }
        self.environment = environment
        // The policy's time is the most; a call may ask for less, and without a policy for more than the default.
        let asked = arguments["timeout_s"]?.double.map { Duration.seconds($0) }
        timeout = min(asked ?? policy.timeout ?? `default`, policy.timeout ?? .seconds(86400))
        _ = try workspace.openFolder(folder)
    }

    /// Runs the command.
    ///
    /// - Parameter place: As whom and on what it runs in the sandbox; left out, as this process may.
    func perform(
        _ stop: StopSignal,
        in place: SandboxPlace = .usual,
        _ emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ToolResult {
        if policy.sandbox == .off { return try performOpenly(stop, emit) }
        do throws(ToolError) {
            let sandbox = try Sandbox()
            return place.isCopy
                ? try performOnCopy(sandbox, place, stop, emit)
                : try performInPlace(sandbox, place, stop, emit)
        } catch {
            // Only what was refused before anything ran may be tried without a sandbox.
            guard policy.sandbox == .preferred, error.failure == .refused else { throw error }
            return try performOpenly(stop, emit)
        }
    }

    private func performInPlace(
        _ sandbox: Sandbox,
        _ place: SandboxPlace,
        _ stop: StopSignal,
        _ emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ToolResult {
        var profile = profile(on: workspace.path)
        // Only as a folder of the workspace: a link of that name would bring what it points to inside.
        let git = workspace.status(WorkspacePath.root.appending(".git"))
        if let git, FileKind(mode: git.st_mode) == .directory { profile.protectedFolders = [".git"] }
        let outcome = try run(sandbox, profile, place, stop, emit)
        return result(outcome, mode: "sandbox")
    }

    private func performOnCopy(
        _ sandbox: Sandbox,
        _ place: SandboxPlace,
        _ stop: StopSignal,
        _ emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ToolResult {
        let copy = try WorkspaceCopy.make(of: workspace, for: place.owner, policy, stop)
        let outcome = try run(sandbox, profile(on: copy.path), place, stop, emit)
        // What filled the disk once would fill it twice.
        if outcome.end == .filledDisk { return result(outcome, mode: "sandbox on a copy") }
        do throws(ToolError) {
            let returned = try WorkspaceReturn(copy, to: workspace, policy)
            return result(outcome, mode: "sandbox on a copy", returned: returned)
        } catch {
            // Not as a refusal: the command did run, and must not be run again without a sandbox.
            throw ToolError(
                error.failure == .tooLarge ? .tooLarge : .failed,
                "The command ran, but its changes could not be brought back: \(error.summary)",
                hint: error.hint
            )
        }
    }

    private func run(
        _ sandbox: Sandbox,
        _ profile: SandboxProfile,
        _ place: SandboxPlace,
        _ stop: StopSignal,
        _ emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ProgramOutcome {
        try sandbox.run(command, profile, user: place.user, timeout: timeout, stop: stop, emit: emit)
    }

    private func performOpenly(
        _ stop: StopSignal,
        _ emit: @escaping (ToolOutput) -> Void
    ) throws(ToolError) -> ToolResult {
        var launch = ProgramLaunch(path: "/bin/sh", arguments: ["sh", "-c", command])
        launch.folder = folder.components.isEmpty ? workspace.path : "\(workspace.path)/\(folder.text)"
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": workspace.path, "LANG": "C.UTF-8"]
        variables.merge(environment) { $1 }
        launch.environment = variables.map { "\($0.key)=\($0.value)" }.sorted()
        launch.timeout = timeout
        launch.outputBytesMax = policy.outputBytesMax
        launch.memoryBytesMax = policy.memoryBytesMax
        launch.diskWatch = .init(folder: workspace.path, bytesLeft: policy.diskBytesLeft)
        launch.limits = CommandLimits.list(policy, timeout: timeout)
        var run = ProgramRun(launch, stop: stop, emit: emit)
        return result(try run.run(), mode: "open")
    }

    private func profile(on path: String) -> SandboxProfile {
        SandboxProfile(hostWorkspace: path, folder: folder, policy: policy, environment: environment)
    }

    private func result(_ outcome: ProgramOutcome, mode: String, returned: WorkspaceReturn? = nil)
        -> ToolResult
    {
        var facts: JSONObject = [
            "exit_status": JSON(outcome.exitStatus), "stdout": .string(outcome.output.text),
            "stderr": .string(outcome.error.text), "output_bytes": JSON(outcome.merged.bytesTotal),
            "mode": .string(mode),
        ]
        for member in returned?.facts.object?.members ?? [] { facts[member.key] = member.value }
        var text = outcome.merged.text
        let failure: ToolResult.Failure?
        let note: String?
        switch outcome.end {
        case .exited(0): (failure, note) = (nil, nil)
        case .exited(let status): (failure, note) = (.failed, "It ended with status \(status).")
        case .signalled(let signal): (failure, note) = (.failed, "Signal \(signal) ended it.")
        case .timedOut:
            (failure, note) = (
                .timedOut, "It was killed with all of its children after \(timeout.seconds) s."
            )
        case .cancelled: (failure, note) = (.cancelled, "It was cancelled and killed.")
        case .wroteTooMuch: (failure, note) = (.tooLarge, "It was killed because its output did not end.")
        case .usedTooMuchMemory:
            (failure, note) = (
                .tooLarge, "It was killed because it used more than \(policy.memoryBytesMax) bytes of memory."
            )
        case .filledDisk:
            let fate =
                mode == "sandbox on a copy"
                ? "nothing of what it changed was brought back" : "what it wrote is still there"
            (failure, note) = (.tooLarge, "It was killed because it was about to fill the disk; \(fate).")
        }
        for line in [note, returned?.warning].compactMap(\.self) {
            if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
            text += "[\(line)]\n"
        }
        facts["note"] = note.map { .string($0) }
        return ToolResult(
            failure: failure,
            exitStatus: outcome.exitStatus,
            output: .object(facts),
            text: text,
            truncated: outcome.merged.isCut
        )
    }
}
