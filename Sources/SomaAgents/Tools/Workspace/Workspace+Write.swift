import CLinux
import Glibc

/// What a write did.
enum WriteOutcome: String, Sendable, Hashable {
    case created, replaced, unchanged, deleted
}

extension Workspace {
    /// Where the bytes of a file come from.
    enum FileSource {
        case bytes([UInt8])
        /// An open file, copied from its start.
        case descriptor(Int32)
    }

    /// Puts a file in place so that at every moment either the old or the new one is there, whole.
    ///
    /// Parent folders are made. A file that has these bytes already is left alone, so that doing it again changes
    /// nothing. A link in the file's place is refused, never followed.
    /// - Parameters:
    ///   - isExecutable: `nil` keeps what was there.
    ///   - isDurable: Whether to wait for the disk; `false` for many files that are synchronised together.
    @discardableResult
    func writeFile(
        _ path: WorkspacePath,
        _ source: FileSource,
        isExecutable: Bool? = nil,
        allowsGitFolder: Bool = false,
        isDurable: Bool = true
    ) throws(ToolError) -> WriteOutcome {
        let shown = WorkspacePath.shown(path.text)
        let name = try checkedName(path, allowsGitFolder: allowsGitFolder)
        let folder = try makeFolder(path.parent)
        var status = stat()
        let exists = fstatat(folder.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0
        if exists, FileKind(mode: status.st_mode) != .file {
            throw ToolError(.refused, "\(shown) is there already and is no regular file.")
        }
        var mode: mode_t = exists ? status.st_mode & 0o777 : 0o644
        if let isExecutable { mode = isExecutable ? mode | 0o111 : mode & ~0o111 }
        if exists, status.st_mode & 0o777 == mode, holdsAlready(folder, name, source) { return .unchanged }
        let owner = exists ? status : folder.status()
        try replace(folder, name, source, mode: mode, owner: owner, isDurable: isDurable, shown: shown)
        return exists ? .replaced : .created
    }

    /// Removes a file or a link. Returns whether there was one.
    @discardableResult
    func removeFile(_ path: WorkspacePath, allowsGitFolder: Bool = false) throws(ToolError) -> Bool {
        let name = try checkedName(path, allowsGitFolder: allowsGitFolder)
        let descriptor = openRaw(path.parent, O_RDONLY | O_DIRECTORY)
        if descriptor == -ENOENT { return false }
        guard descriptor >= 0 else {
            throw Self.error(-descriptor, "open the folder of", WorkspacePath.shown(path.text))
        }
        let folder = Descriptor(adopting: descriptor)
        if unlinkat(folder.raw, name, 0) == 0 {
            fsync(folder.raw)
            return true
        }
        if errno == ENOENT { return false }
        throw Self.error(errno, "remove", WorkspacePath.shown(path.text))
    }

    /// Appends a line with one write, then waits until it is on the disk. Where the file's last line has no end, it
    /// gets one first, in the same write.
    func append(_ path: WorkspacePath, line: [UInt8]) throws(ToolError) {
        _ = try checkedName(path, allowsGitFolder: false)
        let shown = WorkspacePath.shown(path.text)
        _ = try makeFolder(path.parent)
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let file = try open(path, flags, mode: 0o644)
        guard FileKind(mode: file.status().st_mode) == .file else {
            throw ToolError(.refused, "\(shown) is no regular file.")
        }
        let bytes = (endsInLine(path, file) ? [] : [0x0A]) + line + [0x0A]
        let written = bytes.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            throw Self.error(written < 0 ? errno : ENOSPC, "append to", shown)
        }
        guard fsync(file.raw) == 0 else { throw Self.error(errno, "store", shown) }
    }

    /// Whether what is appended begins a line. A file that may only be written is taken at its word.
    private func endsInLine(_ path: WorkspacePath, _ file: borrowing Descriptor) -> Bool {
        let size = file.status().st_size
        guard size > 0 else { return true }
        let descriptor = openRaw(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return true }
        let reader = Descriptor(adopting: descriptor)
        var last: UInt8 = 0x0A
        return pread(reader.raw, &last, 1, size - 1) != 1 || last == 0x0A
    }

    /// Puts a symbolic link in place of what is there.
    func makeLink(_ path: WorkspacePath, to target: String) throws(ToolError) {
        let shown = WorkspacePath.shown(path.text)
        let name = try checkedName(path, allowsGitFolder: false)
        let folder = try makeFolder(path.parent)
        guard symlinkat(target, folder.raw, name) == 0 else {
            throw Self.error(errno, "make the link", shown)
        }
    }

    /// Removes a folder if nothing is in it.
    func removeEmptyFolder(_ path: WorkspacePath) {
        guard let name = path.name else { return }
        let descriptor = openRaw(path.parent, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return }
        let folder = Descriptor(adopting: descriptor)
        unlinkat(folder.raw, name, AT_REMOVEDIR)
    }

    /// The metadata of what is at a path, links not followed; `nil` for nothing.
    func status(_ path: WorkspacePath) -> stat? {
        guard let name = path.name else { return nil }
        let descriptor = openRaw(path.parent, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { return nil }
        let folder = Descriptor(adopting: descriptor)
        var status = stat()
        return fstatat(folder.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    private func checkedName(_ path: WorkspacePath, allowsGitFolder: Bool) throws(ToolError) -> String {
        let shown = WorkspacePath.shown(path.text)
        guard let name = path.name else { throw ToolError(.refused, "The workspace itself is no file.") }
        guard !path.text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw ToolError(.refused, "\(shown) holds a control character.")
        }
        guard allowsGitFolder || !path.isInsideGitFolder else {
            throw ToolError(
                .refused,
                "\(shown) is inside a .git folder, whose hooks and settings run commands.",
                hint: "Change the files and leave git to git."
            )
        }
        return name
    }

    private func holdsAlready(_ folder: borrowing Descriptor, _ name: String, _ source: FileSource) -> Bool {
        let descriptor = soma_openat(folder.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else { return false }
        let file = Descriptor(adopting: descriptor)
        switch source {
        case .bytes(let bytes):
            guard Int(file.status().st_size) == bytes.count else { return false }
            return (try? FileBytes.all(file, bytesMax: bytes.count)) == bytes
        case .descriptor(let other):
            return FileBytes.areEqual(file.raw, other)
        }
    }

    private func replace(
        _ folder: borrowing Descriptor,
        _ name: String,
        _ source: FileSource,
        mode: mode_t,
        owner: stat,
        isDurable: Bool,
        shown: String
    ) throws(ToolError) {
        let temporary = ".soma-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
        let descriptor = soma_openat(folder.raw, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.error(-descriptor, "write", shown) }
        let file = Descriptor(adopting: descriptor)
        do throws(ToolError) {
            try Self.fill(file, source, shown: shown)
            if geteuid() == 0 { _ = fchown(file.raw, owner.st_uid, owner.st_gid) }
            guard fchmod(file.raw, mode) == 0, !isDurable || fsync(file.raw) == 0 else {
                throw Self.error(errno, "store", shown)
            }
            guard renameat(folder.raw, temporary, folder.raw, name) == 0 else {
                throw Self.error(errno, "put in place", shown)
            }
        } catch {
            unlinkat(folder.raw, temporary, 0)
            throw error
        }
        // The name is part of the folder: without this a power cut may bring the old file back.
        guard !isDurable || fsync(folder.raw) == 0 else {
            throw Self.error(errno, "store the folder of", shown)
        }
    }

    private static func fill(_ file: borrowing Descriptor, _ source: FileSource, shown: String)
        throws(ToolError)
    {
        switch source {
        case .bytes(let bytes):
            var done = 0
            while done < bytes.count {
                let written = bytes.withUnsafeBytes { buffer in
                    Glibc.write(file.raw, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw error(errno, "write", shown) }
                done += written
            }
        case .descriptor(let other):
            lseek(other, 0, SEEK_SET)
            let copied = soma_copy_file(other, file.raw, Int64.max)
            guard copied >= 0 else { throw error(Int32(-copied), "write", shown) }
        }
    }
}
