import Glibc

/// One line of a recording and what it claims to be.
public struct RecordingLine: Sendable, Hashable {
    /// What a line claims to be.
    public enum Kind: Sendable, Hashable {
        /// A CloudEvents object, as far as can be seen without reading it.
        case transition
        /// The line types that start with `{"soma":"…"`.
        case header, content, presence, delta, keyframe, check, index
        /// A type that this version doesn't know.
        case other
    }

    /// What it claims to be.
    public var kind: Kind
    /// Its bytes in the recording, without the line end.
    public var bytes: Range<Int>
    /// Whether a line end follows.
    public var isWhole: Bool

    static let prefix = Array("{\"soma\":\"".utf8)

    static func kind(of line: UnsafeBufferPointer<UInt8>) -> Kind {
        guard line.count > 16, let base = line.baseAddress,
            prefix.withUnsafeBufferPointer({ memcmp(base, $0.baseAddress ?? base, $0.count) }) == 0
        else { return .transition }
        let rest = line[prefix.count...]
        func names(_ name: StaticString) -> Bool {
            let count = name.utf8CodeUnitCount
            return rest.count > count && memcmp(base + prefix.count, name.utf8Start, count) == 0
        }
        if names("content\"") { return .content }
        if names("check\"") { return .check }
        if names("presence\"") { return .presence }
        if names("delta\"") { return .delta }
        if names("keyframe\"") { return .keyframe }
        if names("header\"") { return .header }
        if names("index\"") { return .index }
        return .other
    }

    /// The line that starts at `offset`; `nil` at the end. Empty lines are passed over.
    @inline(__always)
    static func next(in bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> RecordingLine? {
        guard let base = bytes.baseAddress else { return nil }
        var start = offset
        while start < bytes.count, base[start] == 0x0A { start &+= 1 }
        guard start < bytes.count else { return nil }
        let end = memchr(base + start, 0x0A, bytes.count - start).map {
            UnsafeRawPointer($0) - UnsafeRawPointer(base)
        }
        let range = start..<(end ?? bytes.count)
        return RecordingLine(
            kind: kind(of: UnsafeBufferPointer(rebasing: bytes[range])),
            bytes: range,
            isWhole: end != nil
        )
    }
}

/// The lines of a recording from some place on, as they are.
public struct RecordingLines: Sequence, IteratorProtocol, Sendable {
    let source: RecordingBytes
    var offset: Int

    /// The next line.
    public mutating func next() -> RecordingLine? {
        guard let line = RecordingLine.next(in: source.buffer, at: offset) else { return nil }
        offset = line.bytes.upperBound
        return line
    }
}
