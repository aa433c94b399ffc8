import Glibc
import SomaEngine

/// What is looked at before SQLite is let near a file.
enum StoreFile {
    /// Makes an empty file that only its owner may read, where there is none: the log belongs to nobody else,
    /// and SQLite gives the files beside it the same mode.
    static func prepare(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        guard errno == EEXIST else { throw refused(path, errno) }
        try expect(path)
        guard access(path, W_OK) == 0 else { throw refused(path, errno) }
    }

    /// Waits until the names of the store's files are on the disk. SQLite asks for that too, and looks away where it
    /// fails.
    static func synchronizeFolder(of path: String) throws(StoreError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refused(path, errno) }
        defer { close(descriptor) }
        // Some file systems know no sync of folders.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw refused(path, errno) }
    }

    /// Sees that a path is a file that can be read.
    static func expect(_ path: String) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw refused(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(
                .unavailable,
                "Could not open the store at \(path): it is not a file.",
                hint: "Choose another file with --store sqlite:PATH."
            )
        }
        guard access(path, R_OK) == 0 else { throw refused(path, errno) }
    }

    /// Why the system refused a file.
    static func refused(_ path: String, _ code: Int32) -> StoreError {
        let hint =
            switch code {
            case ENOENT, ENOTDIR: "Make its folder first, or choose another one with --data-dir."
            case EACCES, EPERM:
                "Let the daemon's user read and write it, or choose another folder with --data-dir."
            case EROFS: "The disk is read-only: choose another folder with --data-dir."
            case ENOSPC, EDQUOT: "Make room on the disk."
            default: "See that the folder is there and writable."
            }
        return StoreError(
            .unavailable,
            "Could not open the store at \(path): \(String(cString: strerror(code))).",
            hint: hint
        )
    }

    /// How many bytes a file has; 0 where there is none.
    static func bytes(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
