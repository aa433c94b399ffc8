import CLinux
import Glibc

/// What a command sees and may do inside of bubblewrap, as its arguments.
///
/// Nothing but /usr, what the loader needs, the workspace, and empty folders for /tmp and /dev/shm; no network; no
/// capabilities; no further user namespaces. Its settings come from here alone, never from the workspace.
struct SandboxProfile: Sendable {
    /// The workspace's place inside.
    static let workspace = "/workspace"
    private static let temporaryBytes = 256 << 20
    private static let sharedMemoryBytes = 64 << 20
    private static let accounts =
        "agent:x:1000:1000::\(workspace):/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
    private static let groups = "agent:x:1000:\nnogroup:x:65534:\n"

    /// The folder of the host that is the workspace.
    let hostWorkspace: String
    /// Where in the workspace the command starts.
    let folder: WorkspacePath
    let policy: ToolPolicy
    let environment: [String: String]
    /// Folders of the workspace that stay read-only: git runs what their files say.
    var protectedFolders: [String] = []

    /// The arguments, given the descriptors of the account files, the status pipe and the filter.
    func arguments(accounts: Int32, groups: Int32, status: Int32, filter: Int32?) -> [String] {
        var list = [
            "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000",
            "--hostname", "sandbox", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
            "--json-status-fd", "\(status)",
        ]
        if let filter { list += ["--seccomp", "\(filter)"] }
        list += ["--ro-bind", "/usr", "/usr"]
        for folder in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
            list += Self.systemFolder(folder)
        }
        for path in ["/etc/alternatives", "/etc/ld.so.cache"] { list += ["--ro-bind-try", path, path] }
        list += ["--perms", "0444", "--ro-bind-data", "\(accounts)", "/etc/passwd"]
        list += ["--perms", "0444", "--ro-bind-data", "\(groups)", "/etc/group"]
        for path in policy.visiblePaths { list += ["--ro-bind-try", path, path] }
        // The kernel's settings are those of the host, and some of them run programs there.
        list += ["--proc", "/proc", "--ro-bind-try", "/proc/sys", "/proc/sys", "--dev", "/dev"]
        list += ["--size", "\(Self.sharedMemoryBytes)", "--perms", "1777", "--tmpfs", "/dev/shm"]
        list += ["--size", "\(Self.temporaryBytes)", "--perms", "1777", "--tmpfs", "/tmp"]
        list += ["--bind", hostWorkspace, Self.workspace]
        for name in protectedFolders {
            list += ["--ro-bind-try", "\(hostWorkspace)/\(name)", "\(Self.workspace)/\(name)"]
        }
        list += ["--remount-ro", "/dev", "--remount-ro", "/"]
        let start = folder.components.isEmpty ? Self.workspace : "\(Self.workspace)/\(folder.text)"
        list += ["--chdir", start, "--clearenv"]
        for (name, value) in variables { list += ["--setenv", name, value] }
        return list
    }

    /// Contents of the account files: no name of the host, and programs that ask who they are get an answer.
    static var accountFiles: (accounts: [UInt8], groups: [UInt8]) {
        (Array(accounts.utf8), Array(groups.utf8))
    }

    private var variables: [(String, String)] {
        var all = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": Self.workspace, "LANG": "C.UTF-8",
            "TMPDIR": "/tmp",
        ]
        all.merge(environment) { $1 }
        return all.sorted { $0.key < $1.key }
    }

    /// A folder that is a link into /usr on today's systems and a folder of its own on older ones.
    private static func systemFolder(_ path: String) -> [String] {
        var status = stat()
        guard lstat(path, &status) == 0 else { return [] }
        switch FileKind(mode: status.st_mode) {
        case .directory: return ["--ro-bind", path, path]
        case .symlink:
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink(path, &target, target.count - 1)
            guard count > 0 else { return [] }
            return [
                "--symlink", String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self),
                path,
            ]
        default: return []
        }
    }
}
