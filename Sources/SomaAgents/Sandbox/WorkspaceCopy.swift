import CLinux
import Glibc
import SomaCore

/// A private copy of a workspace for an unprivileged user, and the memory of how it was.
struct WorkspaceCopy: ~Copyable {
    /// What a copied entry was like, on both sides, at the time of the copy.
    struct Record: Sendable {
        let kind: FileKind
        let source: FileStamp
        let copy: FileStamp
    }

    let scratch: ScratchFolder
    /// The copy's folder.
    let path: String
    let records: [String: Record]
    /// Entries that can't be in a copy (sockets, devices, names that are no UTF-8): left alone on both sides.
    let skipped: Int

    /// Copies the workspace.
    ///
    /// - Throws: `ToolError`: `tooLarge` beyond the policy's limits, `failed` where the disk or a file refuses.
    static func make(
        of workspace: Workspace,
        for user: ProgramLaunch.User,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) -> WorkspaceCopy {
        try checkSize(of: workspace, policy, stop)
        let scratch = try ScratchFolder(in: policy.scratchFolder)
        let path = "\(scratch.path)/workspace"
        guard mkdir(path, 0o700) == 0 else {
            throw ToolError(.failed, "Could not make \(path): \(systemMessage(errno)).")
        }
        let root = Descriptor(adopting: soma_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0))
        var copier = Copier(root: root.raw, user: user, policy: policy)
        var walk = FileWalk(workspace, from: .root, stop: stop, honoursIgnoreFiles: false)
        try walk.run { (entry) throws(ToolError) -> Bool in
            try copier.add(entry)
            return true
        }
        fchmod(root.raw, 0o755)
        guard chown(path, user.uid, user.gid) == 0, scratch.give(to: user) else {
            throw ToolError(.failed, "Could not give the copy of the workspace to an unprivileged user.")
        }
        return WorkspaceCopy(
            scratch: scratch,
            path: path,
            records: copier.records,
            skipped: copier.skipped + walk.unreadableFolders
        )
    }

    /// Refuses what is too large before a part of it has been copied.
    private static func checkSize(
        of workspace: Workspace,
        _ policy: ToolPolicy,
        _ stop: StopSignal
    ) throws(ToolError) {
        var entries = 0
        var bytes = 0
        var walk = FileWalk(workspace, from: .root, stop: stop, honoursIgnoreFiles: false)
        try walk.run { (entry) throws(ToolError) -> Bool in
            entries += 1
            if entry.kind == .file, let size = entry.status?.st_size {
                bytes = bytes.addingClamped(Int(size))
            }
            guard entries <= policy.copyEntriesMax else {
                throw tooLarge("more than \(policy.copyEntriesMax) entries")
            }
            guard bytes <= policy.copyBytesMax else {
                throw tooLarge("more than \(policy.copyBytesMax) bytes")
            }
            return true
        }
    }

    private static func tooLarge(_ what: String) -> ToolError {
        ToolError(
            .tooLarge,
            "The workspace is too large to be copied for an unprivileged user: \(what).",
            hint: "Work in a smaller folder, or run the daemon as an ordinary user, who needs no copy."
        )
    }

    private init(scratch: consuming ScratchFolder, path: String, records: [String: Record], skipped: Int) {
        self.scratch = scratch
        self.path = path
        self.records = records
        self.skipped = skipped
    }

    private struct Copier {
        let root: Int32
        let user: ProgramLaunch.User
        let policy: ToolPolicy
        var records: [String: Record] = [:]
        var skipped = 0
        private var bytes: Int64 = 0

        init(root: Int32, user: ProgramLaunch.User, policy: ToolPolicy) {
            self.root = root
            self.user = user
            self.policy = policy
        }

        mutating func add(_ entry: FileWalk.Entry) throws(ToolError) {
            guard records.count < policy.copyEntriesMax else {
                throw WorkspaceCopy.tooLarge("more than \(policy.copyEntriesMax) entries")
            }
            let path = entry.path.text
            guard let source = entry.status, !path.unicodeScalars.contains("\u{FFFD}") else {
                skipped += 1
                return
            }
            let isCopied: Bool =
                switch entry.kind {
                case .directory: mkdirat(root, path, source.st_mode & 0o777 | 0o700) == 0
                case .symlink: copyLink(entry, path)
                case .file: try copyFile(entry, path)
                case .other: false
                }
            var copy = stat()
            guard isCopied, fchownat(root, path, user.uid, user.gid, AT_SYMLINK_NOFOLLOW) == 0,
                fstatat(root, path, &copy, AT_SYMLINK_NOFOLLOW) == 0
            else {
                skipped += 1
                return
            }
            records[path] = Record(kind: entry.kind, source: FileStamp(source), copy: FileStamp(copy))
        }

        private func copyLink(_ entry: FileWalk.Entry, _ path: String) -> Bool {
            var target = [CChar](repeating: 0, count: 4097)
            guard readlinkat(entry.folder, entry.rawName, &target, 4096) > 0 else { return false }
            return symlinkat(target, root, path) == 0
        }

        private mutating func copyFile(_ entry: FileWalk.Entry, _ path: String) throws(ToolError) -> Bool {
            guard let raw = entry.open() else { return false }
            let source = Descriptor(adopting: raw)
            let status = source.status()
            let descriptor = soma_openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            guard descriptor >= 0 else { return false }
            let copy = Descriptor(adopting: descriptor)
            let copied = soma_copy_file(source.raw, copy.raw, policy.copyBytesMax - bytes)
            if copied == -Int64(EFBIG) {
                throw WorkspaceCopy.tooLarge("more than \(policy.copyBytesMax) bytes")
            }
            guard copied >= 0 else {
                throw Workspace.error(Int32(-copied), "copy for the sandbox", WorkspacePath.shown(path))
            }
            bytes += copied
            fchmod(copy.raw, status.st_mode & 0o777 | 0o600)
            // Builds decide by these times what they make anew.
            var times = [status.st_atim, status.st_mtim]
            futimens(copy.raw, &times)
            return true
        }
    }
}

/// What changes when a file does. The change time can't be set back by a program.
struct FileStamp: Sendable, Hashable {
    let inode: UInt64
    let bytes: Int64
    let modified: Int64
    let changed: Int64

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        bytes = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
