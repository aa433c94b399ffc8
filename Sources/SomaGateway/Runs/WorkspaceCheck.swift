import Glibc
import SomaCore

/// Looks at the folder that a run is to work on before the run starts: a slip of the pen is no run that failed.
enum WorkspaceCheck {
    /// Refuses what is no absolute path of a folder that can be read.
    ///
    /// - Parameter isHere: Whether the folder is to be on this machine.
    static func expect(_ path: String, isHere: Bool = true) throws(Problem) {
        guard path.hasPrefix("/"), path.utf8.count < 4096, !path.utf8.contains(0) else {
            throw Problem(400, "workspace.invalid", "The workspace must be the absolute path of a folder.")
        }
        if isHere { try check(path) }
    }

    /// Refuses what is no folder that can be read here.
    private static func check(_ path: String) throws(Problem) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw refusal(path, errno == ENOENT ? "it doesn't exist" : String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw refusal(path, "it is not a folder") }
        guard access(path, R_OK | X_OK) == 0 else {
            throw refusal(path, String(cString: strerror(errno)))
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> Problem {
        let shown = JSON.string(String(path.prefix(200))).text()
        return Problem(
            422,
            "workspace.unusable",
            "Could not use the folder \(shown): \(reason).",
            hint: "Name a folder of the machine that the daemon runs on, with --workspace."
        )
    }
}
