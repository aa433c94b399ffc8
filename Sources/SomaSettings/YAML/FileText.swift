import Glibc

/// Reads small files that people write.
public enum FileText {
    /// The whole of a regular file.
    /// - Throws: `SettingsError.Kind.unusableFile`.
    static func read(_ path: String, bytesMax: Int) throws(SettingsError) -> [UInt8] {
        guard let bytes = try readIfPresent(path, bytesMax: bytesMax) else {
            throw SettingsError(
                kind: .unusableFile,
                summary: "Could not read \(Quoted.visible(path)): it doesn't exist."
            )
        }
        return bytes
    }

    /// The whole of a regular file; nil where nothing of that name exists. Blocks on the disk, never on a pipe.
    /// - Throws: `SettingsError.Kind.unusableFile`.
    public static func readIfPresent(_ path: String, bytesMax: Int) throws(SettingsError) -> [UInt8]? {
        // Without O_NONBLOCK, opening a named pipe that nobody writes to would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, SystemMessage.of(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, SystemMessage.of(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw failure(
                path,
                status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is no regular file"
            )
        }
        guard status.st_size <= bytesMax else {
            throw failure(path, "it is larger than \(ByteSize(bytes: bytesMax))")
        }
        return try contents(of: descriptor, path: path, bytesMax: bytesMax)
    }

    private static func contents(
        of descriptor: Int32,
        path: String,
        bytesMax: Int
    ) throws(SettingsError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, SystemMessage.of(errno)) }
            if count == 0 { return result }
            result += chunk[..<count]
            guard result.count <= bytesMax else {
                throw failure(path, "it is larger than \(ByteSize(bytes: bytesMax))")
            }
        }
    }

    private static func failure(_ path: String, _ reason: String) -> SettingsError {
        SettingsError(kind: .unusableFile, summary: "Could not read \(Quoted.visible(path)): \(reason).")
    }
}

/// What the system says about a failed call.
enum SystemMessage {
    /// The error in words that follow a colon.
    static func of(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "permission denied"
        case ENOENT: "it doesn't exist"
        case ENOTDIR: "a part of the path is no folder"
        case EROFS: "the file system is read-only"
        case ENOSPC: "the disk is full"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "the name is too long"
        default: String(cString: strerror(code)).lowercased()
        }
    }
}
