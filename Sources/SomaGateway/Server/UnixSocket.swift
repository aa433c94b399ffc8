import Glibc

/// A unix socket's place in the file system.
struct UnixSocket: Sendable {
    /// Most bytes of a path: `sun_path` without its final NUL.
    static let pathBytesMax = 107

    /// The path.
    let path: String
    /// The bound socket; whoever listens on it owns it.
    let descriptor: Int32
    private let identity: Identity

    private struct Identity: Equatable {
        let device: UInt
        let inode: UInt
    }

    /// Binds a socket that only its owner can connect to.
    ///
    /// A socket that nobody answers at is replaced: whoever calls this holds the lock of the data folder, so it
    /// was left behind by a daemon that is gone.
    init(binding path: String) throws(GatewayError) {
        guard path.utf8.count <= Self.pathBytesMax else {
            throw GatewayError(
                .unusable,
                "Could not listen at \(path): the path has \(path.utf8.count) bytes and at most "
                    + "\(Self.pathBytesMax) are possible.",
                hint: "Choose a shorter one with --listen unix:PATH."
            )
        }
        try Self.checkFolder(of: path)
        try Self.clear(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failed(path, errno) }
        // The mode of the descriptor becomes the file's: it never exists with a wider one.
        guard fchmod(descriptor, 0o600) == 0, Self.withAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
            let code = errno
            close(descriptor)
            throw Self.failed(path, code)
        }
        guard let identity = Self.identity(path) else {
            close(descriptor)
            throw Self.failed(path, ENOENT)
        }
        self.path = path
        self.descriptor = descriptor
        self.identity = identity
    }

    /// Takes the socket out of the file system, unless another one is there by now.
    func remove() {
        guard Self.identity(path) == identity else { return }
        unlink(path)
    }

    /// Whether somebody answers at a path.
    static func answers(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withAddress(path) { connect(descriptor, $0, $1) } == 0
    }

    private static func clear(_ path: String) throws(GatewayError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw GatewayError(
                .unusable,
                "Could not listen at \(path): something that is no socket is in the way.",
                hint: "Move it, or choose another place with --listen unix:PATH."
            )
        }
        guard !answers(path) else {
            throw GatewayError(
                .inUse,
                "Could not listen at \(path): another daemon answers there.",
                hint: "Stop it with soma daemon stop, or choose another place with --listen unix:PATH."
            )
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw failed(path, errno) }
    }

    private static func checkFolder(of path: String) throws(GatewayError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw failed(path, errno) }
        var status = stat()
        guard stat(folder, &status) == 0 else { throw failed(path, errno) }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw GatewayError(
                .unsafe,
                "Could not listen at \(path): its folder is open to others.",
                hint: "Choose a folder of your own, or close it with chmod 700."
            )
        }
    }

    private static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }

    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= pathBytesMax else { return -1 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failed(_ path: String, _ code: Int32) -> GatewayError {
        GatewayError(
            .unusable,
            "Could not listen at \(path): \(String(cString: strerror(code))).",
            hint: "See that the folder exists and is yours, or choose another place with --listen."
        )
    }
}
