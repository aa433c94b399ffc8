import CLinux
import Glibc

/// The folder that file tools may touch, held open so that it can't be swapped.
///
/// Every path is resolved by the kernel with the rule that resolution never leaves the folder, whatever symbolic
/// links say and whoever changes them meanwhile.
final class Workspace: Sendable {
    /// Its absolute path without links.
    let path: String
    private let root: Int32
    private let usesWalk: Bool

    /// Opens a workspace.
    ///
    /// - Parameter usesWalk: Resolves without `openat2`, as on kernels before 5.6: no links at all are followed.
    /// - Throws: `ToolError` (`notFound`, `refused`).
    init(_ path: String?, usesWalk: Bool = false) throws(ToolError) {
        guard let path else {
            throw ToolError(
                .refused,
                "This run has no workspace.",
                hint: "Start it with a folder to work in."
            )
        }
        guard path.hasPrefix("/"), let resolved = realpath(path, nil) else {
            throw ToolError(.notFound, "The workspace \(WorkspacePath.shown(path)) is not there.")
        }
        let real = String(cString: resolved)
        free(resolved)
        guard real != "/" else {
            throw ToolError(.refused, "The whole file system can't be a workspace.", hint: "Choose a folder.")
        }
        let descriptor = soma_openat(AT_FDCWD, real, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else {
            throw Self.error(-descriptor, "open the workspace", WorkspacePath.shown(real))
        }
        root = descriptor
        self.path = real
        self.usesWalk = usesWalk
    }

    deinit { close(root) }

    /// A path below this workspace.
    func relative(_ text: String) throws(ToolError) -> WorkspacePath {
        try WorkspacePath(text, root: path)
    }

    /// Opens what is there.
    func open(_ path: WorkspacePath, _ flags: Int32, mode: mode_t = 0) throws(ToolError) -> Descriptor {
        let descriptor = openRaw(path, flags, mode: mode)
        guard descriptor >= 0 else { throw Self.error(-descriptor, "open", WorkspacePath.shown(path.text)) }
        return Descriptor(adopting: descriptor)
    }

    /// A descriptor or a negated errno.
    func openRaw(_ path: WorkspacePath, _ flags: Int32, mode: mode_t = 0) -> Int32 {
        if !usesWalk {
            let descriptor = soma_openat_beneath(root, path.text, flags, mode)
            // Some container run times answer EPERM for a call that they don't know.
            guard descriptor == -ENOSYS || descriptor == -EPERM else { return descriptor }
        }
        return soma_openat_walk(root, path.text, flags, mode)
    }

    /// Opens a regular file for reading; never waits for a pipe's other end.
    func openFile(_ path: WorkspacePath) throws(ToolError) -> Descriptor {
        let file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        switch FileKind(mode: file.status().st_mode) {
        case .file: return file
        case .directory:
            throw ToolError(
                .failed,
                "\(WorkspacePath.shown(path.text)) is a folder.",
                hint: "list_files shows what is in it."
            )
        default: throw ToolError(.refused, "\(WorkspacePath.shown(path.text)) is no regular file.")
        }
    }

    /// Opens a folder for listing it and for changing its entries.
    func openFolder(_ path: WorkspacePath) throws(ToolError) -> Descriptor {
        try open(path, O_RDONLY | O_DIRECTORY)
    }

    /// Opens a folder, making it and the ones above it where they are missing.
    func makeFolder(_ path: WorkspacePath) throws(ToolError) -> Descriptor {
        let existing = openRaw(path, O_RDONLY | O_DIRECTORY)
        if existing >= 0 { return Descriptor(adopting: existing) }
        guard existing == -ENOENT, let name = path.name else {
            throw Self.error(-existing, "open the folder", WorkspacePath.shown(path.text))
        }
        let parent = try makeFolder(path.parent)
        if mkdirat(parent.raw, name, 0o755) == 0 {
            Self.inheritOwner(of: parent, at: name)
        } else if errno != EEXIST {
            throw Self.error(errno, "make the folder", WorkspacePath.shown(path.text))
        }
        return try openFolder(path)
    }

    /// Waits until everything written to the workspace's file system is on the disk.
    func synchronize() { soma_synchronize(root) }

    /// Where a symbolic link points; `nil` where there is none.
    func linkTarget(_ path: WorkspacePath) -> String? {
        guard let name = path.name else { return nil }
        let descriptor = openRaw(path.parent, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return nil }
        let folder = Descriptor(adopting: descriptor)
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(folder.raw, name, &target, target.count)
        guard count > 0 else { return nil }
        return String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What root makes in somebody's folder belongs to them.
    private static func inheritOwner(of parent: borrowing Descriptor, at name: String) {
        guard geteuid() == 0 else { return }
        let status = parent.status()
        _ = fchownat(parent.raw, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
    }

    /// A system error in a sentence.
    static func error(_ code: Int32, _ verb: String, _ what: String) -> ToolError {
        switch code {
        case ENOENT: ToolError(.notFound, "Could not \(verb) \(what): it is not there.")
        case ENOTDIR: ToolError(.notFound, "Could not \(verb) \(what): something on the way is no folder.")
        case EXDEV, ELOOP:
            ToolError(.refused, "Could not \(verb) \(what): a link on the way leads out of the workspace.")
        case EACCES, EPERM: ToolError(.refused, "Could not \(verb) \(what): permission denied.")
        case EROFS: ToolError(.refused, "Could not \(verb) \(what): the file system is read-only.")
        case ENOSPC, EDQUOT:
            ToolError(
                .failed,
                "Could not \(verb) \(what): the disk is full.",
                hint: "Make room and try again."
            )
        default: ToolError(.failed, "Could not \(verb) \(what): \(systemMessage(code)).")
        }
    }
}
