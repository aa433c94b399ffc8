import Glibc
import SomaCore
import SomaEngine
import Synchronization

/// Keeps a second daemon away from a store: an `flock` that the kernel lets go when the process ends,
/// however it ends, on a file that says whose it is.
final class StoreLock: Sendable {
    /// Who holds a lock.
    struct Holder: Codable, Equatable {
        var pid: Int32
        var host: String
        var version: String
        var since: Timestamp
    }

    private let descriptor: Mutex<Int32?>

    /// Takes the lock of a store's file.
    ///
    /// - Throws: `.locked` naming the holder; `.unavailable` where the lock file can't be made.
    init(store path: String, version: String, now: Timestamp) throws(StoreError) {
        let file = Self.path(store: path)
        // The lock must not pass to the tools that the daemon starts: they may outlive it.
        let descriptor = Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.refused(file, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.holder(of: descriptor)
            Glibc.close(descriptor)
            guard code == EWOULDBLOCK else { throw Self.refused(file, code) }
            throw Self.held(path, by: holder)
        }
        self.descriptor = Mutex(descriptor)
        let holder = Holder(pid: getpid(), host: Self.hostName(), version: version, since: now)
        let text = (try? JSON(encoding: holder).bytes()) ?? []
        // A full disk may keep the name out, but not the lock.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text + [0x0A], text.count + 1, 0) }
    }

    deinit { release() }

    /// Lets go. The file stays: removing it could remove another daemon's.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Glibc.close(open) }
            descriptor = nil
        }
    }

    /// Where the lock of a store's file is: `soma.lock` beside `soma.db`.
    static func path(store path: String) -> String {
        (path.hasSuffix(".db") ? String(path.dropLast(3)) : path) + ".lock"
    }

    private static func holder(of descriptor: Int32) -> Holder? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return try? JSON.parse(buffer.prefix(count)).decode(Holder.self)
    }

    private static func held(_ path: String, by holder: Holder?) -> StoreError {
        guard let holder else {
            return StoreError(
                .locked,
                "Could not open the store at \(path): another daemon has it open.",
                hint: "Stop that daemon, or pass --data-dir or --store."
            )
        }
        return StoreError(
            .locked,
            "Could not open the store at \(path): the daemon with pid \(holder.pid) on \(holder.host) "
                + "(version \(holder.version)) has had it open since \(holder.since).",
            hint: "Stop it with soma daemon stop, or pass --data-dir or --store."
        )
    }

    private static func refused(_ file: String, _ code: Int32) -> StoreError {
        StoreError(
            .unavailable,
            "Could not lock \(file): \(String(cString: strerror(code))).",
            hint: "See that the folder exists and is writable, or pass --data-dir or --store."
        )
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "this host" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
