import Glibc

/// A recording's bytes, mapped from a file or held in memory, unchanged for as long as they live.
///
/// `@unchecked Sendable`: the memory is written before the object is shared and only read afterwards. A mapped
/// file that somebody cuts short while it is being read ends the process (SIGBUS), as with any mapped file.
final class RecordingBytes: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer?
    private let isMapped: Bool
    let count: Int

    var buffer: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: memory.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) },
            count: count
        )
    }

    init(copying bytes: [UInt8]) {
        count = bytes.count
        isMapped = false
        memory = bytes.isEmpty ? nil : .allocate(byteCount: bytes.count, alignment: 16)
        if let memory {
            bytes.withUnsafeBytes {
                memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
            }
        }
    }

    init(path: String) throws(RecordingError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        (memory, count) = try Self.map(descriptor, path)
        isMapped = true
    }

    /// Takes what can be read from a descriptor: a file as it is, anything else by way of a file without a name.
    init(descriptor: Int32, name: String) throws(RecordingError) {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            (memory, count) = try Self.map(descriptor, name)
        } else {
            let spool = try Self.spool(descriptor, name)
            defer { close(spool) }
            (memory, count) = try Self.map(spool, name)
        }
        isMapped = true
    }

    deinit {
        guard let memory else { return }
        if isMapped {
            munmap(memory, count)
        } else {
            memory.deallocate()
        }
    }

    private static func map(_ descriptor: Int32, _ name: String) throws(RecordingError) -> (
        UnsafeMutableRawPointer?, Int
    ) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("read", name) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RecordingError(.system(EINVAL), "Could not read \(name): it is not a file.")
        }
        guard status.st_size > 0 else { return (nil, 0) }
        let memory = mmap(nil, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw .system("map", name) }
        return (memory, status.st_size)
    }

    private static func spool(_ source: Int32, _ name: String) throws(RecordingError) -> Int32 {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/soma-XXXXXX".utf8CString)
        let target = mkstemp(&template)
        guard target >= 0 else { throw .system("make a temporary file in", folder) }
        unlink(template)
        do throws(RecordingError) {
            try copy(from: source, to: target, name)
        } catch {
            close(target)
            throw error
        }
        return target
    }

    /// How much is copied in which there is nothing of a recording, in bytes.
    private static let foreignMax = 4 << 20

    private static func copy(from source: Int32, to target: Int32, _ name: String) throws(RecordingError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var seen = 0
        var isKnown = false
        while true {
            let count = read(source, &buffer, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("read", name)
            }
            // What never ends and is something else must not fill the disk before that is said.
            isKnown = isKnown || buffer[..<count].contains(UInt8(ascii: "{"))
            seen += count
            guard isKnown || seen < foreignMax else {
                throw RecordingError(
                    .notARecording,
                    "\(name) is no recording: not one line of its first \(foreignMax >> 20) MiB is an object."
                )
            }
            try writeAll(buffer.prefix(count), to: target, "a temporary file")
        }
    }

    static func writeAll(
        _ bytes: ArraySlice<UInt8>,
        to descriptor: Int32,
        _ name: String
    ) throws(RecordingError) {
        let code = WholeWrite.write(bytes, to: descriptor)
        guard code == 0 else { throw .system("write", name, code) }
    }
}

extension RecordingError {
    /// The failure that `errno`, or another error number, tells of.
    static func system(_ verb: String, _ name: String, _ code: Int32 = errno) -> RecordingError {
        RecordingError(.system(code), "Could not \(verb) \(name): \(String(cString: strerror(code))).")
    }
}
