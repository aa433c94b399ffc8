import Dispatch
import Glibc
import SomaCore

/// Logs on their way to a recording: they come run by run, and are told in the order in which things happened.
///
/// Both files have no name, so nobody else sees them and nothing is left behind. `@unchecked Sendable`: all of it is
/// touched on its queue only.
final class PastSpool: @unchecked Sendable {
    /// Where a transition is in the first file.
    private struct Entry {
        var at: Timestamp
        var run: Int32
        var seq: Int
        var offset: Int
        var count: Int32
    }

    /// The most bytes that are kept: of a larger past what comes later is left out.
    static let bytesMax = 512 << 20

    private let queue = DispatchQueue(label: "soma.console.past")
    private let folder: String
    private let descriptor: Int32
    private var entries: [Entry] = []
    private var size = 0

    /// - Throws: `ConsoleError` where no file can be made.
    init() throws(ConsoleError) {
        folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        descriptor = try Self.file(in: folder)
    }

    deinit { close(descriptor) }

    /// Takes in a part of a run's log; false where there is no room for it.
    func take(_ transitions: [Transition], run: Int) async throws -> Bool {
        try await onQueue { try self.write(transitions, run) }
    }

    /// Puts everything in order.
    /// - Returns: A recording of it.
    func finish(at now: Timestamp) async throws -> RecordingReader {
        try await onQueue { try self.recording(at: now) }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func write(_ transitions: [Transition], _ run: Int) throws -> Bool {
        guard size < Self.bytesMax else { return false }
        var bytes: [UInt8] = []
        for transition in transitions {
            let event = transition.cloudEvent()
            entries.append(
                Entry(
                    at: transition.at,
                    run: Int32(clamping: run),
                    seq: transition.seq,
                    offset: size + bytes.count,
                    count: Int32(clamping: event.count)
                )
            )
            bytes += event
        }
        try Self.append(bytes, to: descriptor, folder)
        size += bytes.count
        return true
    }

    private func recording(at now: Timestamp) throws -> RecordingReader {
        // Within a run time never goes back; of what happened at once, the run that started first comes first.
        entries.sort { ($0.at, $0.run, $0.seq) < ($1.at, $1.run, $1.seq) }
        let target = try Self.file(in: folder)
        defer { close(target) }
        var writer = RecordingWriter(
            header: RecordingHeader(at: now, program: "soma \(SomaVersion.product)", hasContent: false)
        )
        var buffer: [UInt8] = []
        for (number, entry) in entries.enumerated() {
            let count = Int(entry.count)
            if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
            guard pread(descriptor, &buffer, count, off_t(entry.offset)) == count else {
                throw ConsoleError.noPast("what was read is no longer in \(folder)")
            }
            let event = Array(buffer[..<count])
            let transition = try Transition(cloudEvent: event)
            writer.append(transition, cloudEvent: event)
            if number % 1_024 == 1_023 { try Self.append(writer.take(), to: target, folder) }
        }
        try Self.append(writer.finish(), to: target, folder)
        return try RecordingReader(descriptor: target, name: "the past")
    }

    private static func file(in folder: String) throws(ConsoleError) -> Int32 {
        // mkstemp makes it for this user only.
        var template = Array("\(folder)/soma-past-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw .noPast("no file can be made in \(folder): \(String(cString: strerror(errno)))")
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func append(_ bytes: [UInt8], to descriptor: Int32, _ folder: String) throws(ConsoleError)
    {
        let code = WholeWrite.write(bytes, to: descriptor)
        guard code == 0 else {
            throw .noPast("\(folder) can't be written to: \(String(cString: strerror(code)))")
        }
    }
}
