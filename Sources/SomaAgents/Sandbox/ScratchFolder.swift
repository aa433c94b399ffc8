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
        if descriptor >= 0 {
            let root = Descriptor(adopting: descriptor)
            var moved = 0
            for _ in 0..<roundsMax where !FileWalk.entries(root).isEmpty {
                empty(root.raw, root: root.raw, 0, &moved)
            }
        }
        rmdir(path)
    }

    /// A level costs a descriptor; a tree deeper than that is cut into pieces that are moved to its root.
    private static let levelsMax = 100
    private static let roundsMax = 1_000

    private static func empty(_ folder: Int32, root: Int32, _ depth: Int, _ moved: inout Int) {
        let copy = soma_openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)
        guard copy >= 0 else { return }
        let held = Descriptor(adopting: copy)
        for entry in FileWalk.entries(held) {
            guard entry.kind == .directory else {
                unlinkat(folder, entry.rawName, 0)
                continue
            }
            guard depth < levelsMax else {
                moved += 1
                renameat(folder, entry.rawName, root, ".moved-\(moved)")
                continue
            }
            var child = soma_openat(folder, entry.rawName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            if child == -EACCES {
                // The command may have shut its folders; it has ended, so that nothing takes their place now.
                fchmodat(folder, entry.rawName, 0o700, 0)
                child = soma_openat(folder, entry.rawName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            }
            if child >= 0 {
                fchmod(child, 0o700)
                empty(child, root: root, depth + 1, &moved)
                close(child)
            }
            unlinkat(folder, entry.rawName, AT_REMOVEDIR)
        }
    }
}
