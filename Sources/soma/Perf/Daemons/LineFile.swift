import Glibc
import SomaCore
import Synchronization

/// The lines that calls have appended to a file. Read on from where it was left: it only grows.
final class LineFile: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var offset = 0
        /// What comes after the last line feed.
        var rest: [UInt8] = []
    }

    private let path: String
    private let state = Mutex(State())

    init(_ path: String) { self.path = path }

    /// Reads what is new, and gives how often each line is there.
    func read() throws -> [String: Int] {
        try state.withLock { state in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw CommandFailure(.failed, "Could not read \(path): \(String(cString: strerror(errno))).")
            }
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = pread(descriptor, &buffer, buffer.count, state.offset)
                guard count > 0 else { return state.counts }
                state.offset += count
                let bytes = state.rest + buffer[..<count]
                let end = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
                for line in bytes[..<end].split(separator: 0x0A) {
                    state.counts[String(decoding: line, as: UTF8.self), default: 0] += 1
                }
                state.rest = Array(bytes[end...])
            }
        }
    }

    /// Whether the last line is torn.
    var isTorn: Bool { state.withLock { !$0.rest.isEmpty } }

    /// The line that a call with these arguments appends.
    static func line(_ arguments: [UInt8]?) -> String? {
        guard let arguments, let json = try? JSON.parse(arguments) else { return nil }
        return json["line"]?.string
    }
}
