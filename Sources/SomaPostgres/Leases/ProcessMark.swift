import Glibc

/// Names a process so that others on the same machine can tell for sure that it is gone: by when the machine was started,
/// the namespace in which its number counts, the number, and when it was started.
struct ProcessMark: Sendable, Equatable {
    let text: String

    /// This process; `nil` where the system doesn't tell.
    static var own: ProcessMark? {
        place.flatMap { place in started(getpid()).map { ProcessMark(text: "\(place)/\(getpid())/\($0)") } }
    }

    /// Whether the process it names is gone for sure. Of other machines nothing is known.
    var isGone: Bool {
        let parts = text.split(separator: "/")
        guard parts.count == 4, let pid = pid_t(parts[2]), let place = Self.place,
            place == "\(parts[0])/\(parts[1])"
        else { return false }
        return Self.started(pid) != String(parts[3])
    }

    private static var place: String? {
        guard let boot = read("/proc/sys/kernel/random/boot_id") else { return nil }
        var buffer = [CChar](repeating: 0, count: 128)
        let length = readlink("/proc/self/ns/pid", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        let namespace = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(boot)/\(namespace)"
    }

    /// When a process was started, in the machine's ticks; `nil` where there is none, or nothing is left of it but its
    /// number.
    private static func started(_ pid: pid_t) -> String? {
        // The name stands in brackets and may hold anything.
        guard let fields = read("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " "),
            fields.count > 19, fields[0] != "Z", fields[0] != "X"
        else { return nil }
        return String(fields[19])
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
            .trimmingPrefix { $0.isWhitespace }.split(separator: "\n").first.map(String.init)
    }
}
