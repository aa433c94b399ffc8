import Glibc

/// A recording on its way to a file: what is recorded is written in pieces, `close` adds the index.
///
/// Confined to whoever owns it; its calls block while they write.
public struct RecordingFile: ~Copyable {
    private var writer: RecordingWriter
    private let descriptor: Int32
    private let path: String

    /// How many bytes are gathered before they are written.
    private static let pieceBytes = 1 << 18
    private var pending: Int = 0

    /// Creates the file. The header is in it after the first `flush`.
    ///
    /// - Parameter replacing: Whether a file of that name may be overwritten.
    /// - Throws: `RecordingError` when the file can't be made.
    public init(path: String, header: RecordingHeader, replacing: Bool = false) throws(RecordingError) {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
        let file = open(path, flags, 0o600)
        guard file >= 0 else { throw .system("create", path) }
        descriptor = file
        self.path = path
        writer = RecordingWriter(header: header)
    }

    deinit { Glibc.close(descriptor) }

    /// The fold of what was recorded.
    public var fleet: Fleet { writer.fleet }

    /// How many bytes the recording has so far.
    public var byteCount: Int { writer.byteCount }

    /// Records an event. It is in the file after `flush`, or when enough has come together.
    public mutating func append(_ event: RecordingEvent) throws(RecordingError) {
        writer.append(event)
        try flushIfFull()
    }

    /// Records a transition whose CloudEvents bytes are at hand.
    public mutating func append(_ transition: Transition, cloudEvent: [UInt8]) throws(RecordingError) {
        writer.append(transition, cloudEvent: cloudEvent)
        try flushIfFull()
    }

    /// Writes what was recorded, so that others who read the file see it.
    public mutating func flush() throws(RecordingError) {
        pending = writer.byteCount
        try put(writer.take())
    }

    /// Writes the rest and the index, and waits until the disk has all of it.
    public consuming func close() throws(RecordingError) {
        try put(writer.finish())
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .system("write", path) }
    }

    private mutating func flushIfFull() throws(RecordingError) {
        if writer.byteCount - pending >= Self.pieceBytes { try flush() }
    }

    private func put(_ bytes: [UInt8]) throws(RecordingError) {
        try RecordingBytes.writeAll(bytes[...], to: descriptor, path)
    }
}
