import Glibc

/// Names a process so that others on the same machine can tell for sure that it is gone: by when the machine was started,
/// the namespace in which its number counts, the number, and when it was started.
struct ProcessMark: Sendable, Equatable {
    let text: String

    /// What is known of a process.
    enum Life: Equatable {
        /// It runs, and was started then, in the machine's ticks.
        case since(String)
        /// There is none, or nothing is left of it but its number.
        case gone
        /// The system doesn't tell: it may be there or not.
        case unknown
    }

    /// This process; `nil` where the system doesn't tell.
    static var own: ProcessMark? {
        guard let place, case .since(let start) = life(of: getpid()) else { return nil }
        return ProcessMark(text: "\(place)/\(getpid())/\(start)")
    }

    /// Whether the process it names is gone for sure. Of other machines nothing is known.
    var isGone: Bool { isGone(Self.life) }

    /// - Parameter life: What is known of a process of this machine.
    func isGone(_ life: (pid_t) -> Life) -> Bool {
        let parts = text.split(separator: "/")
        guard parts.count == 4, let pid = pid_t(parts[2]), let place = Self.place,
            place == "\(parts[0])/\(parts[1])"
        else { return false }
        return switch life(pid) {
        case .gone: true
        // Its number is another's now.
        case .since(let start): start != parts[3]
        case .unknown: false
        }
    }

    private static var place: String? {
        guard case .success(let boot) = read("/proc/sys/kernel/random/boot_id") else { return nil }
        var buffer = [CChar](repeating: 0, count: 128)
        let length = readlink("/proc/self/ns/pid", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        let namespace = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(boot)/\(namespace)"
    }

    /// What the system tells of a process.
    static func life(of pid: pid_t) -> Life {
        life(read("/proc/\(pid)/stat"), exists: { kill(pid, 0) == 0 || errno != ESRCH })
    }

    /// - Parameters:
    ///   - stat: The first line of its `/proc/PID/stat`, or why there is none.
    ///   - exists: Whether it can be sent a signal, or may not. A `/proc` may hide the processes of others (`hidepid=2`).
    static func life(_ stat: Result<String, Errno>, exists: () -> Bool) -> Life {
        switch stat {
        case .success(let line):
            // The name stands in brackets and may hold anything.
            guard let fields = line.split(separator: ")").last?.split(separator: " "), fields.count > 19
            else { return .unknown }
            return ["Z", "X"].contains(fields[0]) ? .gone : .since(String(fields[19]))
        case .failure(let error) where [ENOENT, ESRCH].contains(error.code):
            return exists() ? .unknown : .gone
        // No descriptor is left, say: nothing is known of it.
        case .failure: return .unknown
        }
    }

    /// Why a file could not be read.
    struct Errno: Error { let code: Int32 }

    private static func read(_ path: String) -> Result<String, Errno> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .failure(Errno(code: errno)) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { return .failure(Errno(code: errno)) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return .success(
            text.trimmingPrefix { $0.isWhitespace }.split(separator: "\n").first.map(String.init) ?? ""
        )
    }
}
