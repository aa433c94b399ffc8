import Glibc
import SomaCore

/// Runs git for reading, so that a repository of a stranger can't make it run anything.
///
/// No system or user configuration; of the repository's own, every setting that starts a program is overridden; no
/// network, no locks, no prompts. Where the daemon is root and the repository is somebody's, git runs as them.
enum GitProgram {
    private static let settings: [String] = [
        "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "core.untrackedCache=false",
        "core.alternateRefsCommand=", "log.showSignature=false", "diff.external=", "protocol.allow=never",
        "safe.directory=*", "core.quotePath=false", "submodule.recurse=false", "gc.auto=0",
    ]

    static func output(
        _ arguments: [String],
        in workspace: Workspace,
        stop: StopSignal,
        timeout: Duration
    ) throws(ToolError) -> [UInt8] {
        let program = try HostProgram.find(["/usr/bin/git", "/usr/local/bin/git", "/bin/git"])
        guard let status = workspace.status(WorkspacePath.root.appending(".git")) else {
            throw ToolError(.notFound, "\(WorkspacePath.shown(workspace.path)) is no git repository.")
        }
        guard FileKind(mode: status.st_mode) == .directory else {
            throw ToolError(
                .refused,
                "The repository is elsewhere (.git is no folder); that is not followed."
            )
        }
        let user: ProgramLaunch.User? =
            geteuid() == 0 && status.st_uid != 0 ? .init(uid: status.st_uid, gid: status.st_gid) : nil
        return try HostProgram.bytes(
            program,
            ["--no-pager", "--no-replace-objects", "--literal-pathspecs"] + settings.flatMap { ["-c", $0] }
                + arguments,
            environment: [
                "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
                "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=",
                "GIT_DIR=\(workspace.path)/.git",
                "GIT_WORK_TREE=\(workspace.path)", "GIT_ATTR_NOSYSTEM=1", "HOME=/nonexistent",
            ],
            folder: workspace.path,
            user: user,
            timeout: timeout,
            outputBytesMax: 64 << 20,
            stop: stop
        )
    }
}
