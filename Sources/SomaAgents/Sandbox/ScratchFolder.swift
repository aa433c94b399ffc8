import CLinux
import Glibc

/// A folder for one command's copy of a workspace, removed with everything in it.
///
/// A lock on it tells that its owner lives; folders without one are left over from a killed process and are swept.
struct ScratchFolder: ~Copyable {
    private static let prefix = "soma-sandbox-"

    let path: String
    private let lock: Int32

    init(in parent: String) throws(ToolError) {
        Self.sweep(parent)
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ToolError(
                .failed,
                "Could not make a folder for the copy of the workspace in \(parent): \(systemMessage(errno)).",
                hint: "Check its free space and permissions."
            )
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        lock = soma_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0)
        if lock >= 0 { flock(lock, LOCK_EX | LOCK_NB) }
    }

    deinit {
        Self.remove(path)
        if lock >= 0 { close(lock) }
    }

    /// Hands the folder to a user, who then has it alone.
    func give(to user: ProgramLaunch.User) -> Bool { chown(path, user.uid, user.gid) == 0 }

    /// Removes what killed processes have left.
    private static func sweep(_ parent: String) {
        let descriptor = soma_openat(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { return }
        let folder = Descriptor(adopting: descriptor)
        for entry in FileWalk.entries(folder) where entry.kind == .directory {
            let name = FileWalk.text(entry.rawName)
            guard name.hasPrefix(prefix) else { continue }
            let left = soma_openat(folder.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            guard left >= 0 else { continue }
            let owned = Descriptor(adopting: left)
            // Between its making and its lock a folder looks left over: leave the young ones alone.
            let age = time(nil) - owned.status().st_ctim.tv_sec
            if age > 60, flock(owned.raw, LOCK_EX | LOCK_NB) == 0 { remove("\(parent)/\(name)") }
        }
    }

    /// Removes a tree without following any link in it.
    private static func remove(_ path: String) {
        let descriptor = soma_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        if descriptor >= 0 { empty(Descriptor(adopting: descriptor), depth: 0) }
        rmdir(path)
    }

    private static func empty(_ folder: consuming Descriptor, depth: Int) {
        for entry in FileWalk.entries(folder) {
            if entry.kind == .directory {
                let child = soma_openat(folder.raw, entry.rawName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
                // Deeper trees than descriptors: the rest is moved up first.
                if child >= 0, depth < 500 { empty(Descriptor(adopting: child), depth: depth + 1) }
                unlinkat(folder.raw, entry.rawName, AT_REMOVEDIR)
            } else {
                unlinkat(folder.raw, entry.rawName, 0)
            }
        }
    }
}
