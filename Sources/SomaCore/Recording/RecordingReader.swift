import Synchronization

/// A recording that is open for reading.
///
/// With an index, opening reads the last line only, whatever the size. Without one it reads everything once and
/// makes the index. Lines that are torn, unreadable or changed are left out or pointed at in `problems`; they
/// never stop the rest from being read. Safe to use from several threads; all calls block while they read.
///
/// ```swift
/// let recording = try RecordingReader(path: "night.soma.ndjson")
/// let fleet = recording.fleet(at: .time(moment))
/// var cursor = recording.cursor(at: .transition(500))
/// while let event = cursor.next() { show(event, cursor.fleet) }
/// ```
public final class RecordingReader: Sendable {
    let source: RecordingBytes
    /// The first line; a made-up one where it is missing.
    public let header: RecordingHeader
    /// What there is and where.
    public let index: RecordingIndex
    /// Whether the recording brought its index with it, so that it was ended properly.
    public let hasIndex: Bool
    let places: [RunID: Int]
    /// Where rows are, as far as they were read.
    let anchors = RowAnchors()
    private let found = Mutex<[RecordingProblem]>([])
    private let contents = Mutex<[ContentID: Int]?>(nil)

    /// The most problems that are told apart.
    public static let problemsMax = 1000

    /// Opens a file.
    ///
    /// - Throws: `RecordingError` when the file can't be read, was written by a newer version, or is no recording.
    public convenience init(path: String) throws(RecordingError) {
        try self.init(RecordingBytes(path: path), name: path)
    }

    /// Opens bytes in memory.
    ///
    /// - Throws: `RecordingError` when they were written by a newer version or are no recording.
    public convenience init(bytes: [UInt8], name: String = "the recording") throws(RecordingError) {
        try self.init(RecordingBytes(copying: bytes), name: name)
    }

    /// Opens what can be read from a descriptor until its end, such as standard input; the descriptor stays open.
    ///
    /// What is no file is copied to a temporary file first.
    /// - Throws: `RecordingError` when it can't be read, was written by a newer version, or is no recording.
    public convenience init(descriptor: Int32, name: String = "standard input") throws(RecordingError) {
        try self.init(RecordingBytes(descriptor: descriptor, name: name), name: name)
    }

    init(_ source: RecordingBytes, name: String) throws(RecordingError) {
        self.source = source
        guard source.count > 0 else {
            throw RecordingError(.notARecording, "\(name) is empty: there is nothing to replay.")
        }
        let first = RecordingReader.header(source.buffer)
        header = first ?? RecordingHeader(at: Timestamp(microseconds: 0), program: "")
        guard header.version <= RecordingHeader.versionMax else {
            throw RecordingError(
                .newerVersion(header.version),
                "\(name) has version \(header.version) of the format, and this program reads up to version "
                    + "\(RecordingHeader.versionMax): open it with a newer one (\(header.program) wrote it)."
            )
        }
        var problems: [RecordingProblem] = []
        if first == nil { problems.append(RecordingProblem(.headerMissing, 0..<0)) }
        if let index = RecordingReader.index(source.buffer) {
            self.index = index
            hasIndex = true
        } else {
            var scan = RecordingScan(source)
            while scan.next() != nil {}
            index = scan.fold.finished()
            hasIndex = false
            problems.append(RecordingProblem(.indexMissing, source.count..<source.count))
            problems += scan.problems
            guard first != nil || scan.linesRead > 0 else {
                throw RecordingError(
                    .notARecording,
                    "\(name) is no recording: not one of its lines can be read."
                )
            }
        }
        places = Dictionary(
            index.runs.enumerated().map { ($1.state.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        report(problems)
    }

    /// How many bytes the recording has.
    public var byteCount: Int { source.count }

    /// What was left out or can't be trusted, as far as it was read. `verify` reads all of it.
    public var problems: [RecordingProblem] { found.withLock { $0 } }

    /// The lines as they are, from the one that starts at `offset`.
    public func lines(from offset: Int = 0) -> RecordingLines {
        RecordingLines(source: source, offset: max(0, min(offset, source.count)))
    }

    /// A line's bytes.
    public func bytes(of line: RecordingLine) -> [UInt8] {
        Array(source.buffer[line.bytes.clamped(to: 0..<source.count)])
    }

    /// Looks at a line's bytes where they are; they are valid inside `body` only.
    package func withBytes<Result>(
        of line: RecordingLine,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        body(UnsafeBufferPointer(rebasing: source.buffer[line.bytes.clamped(to: 0..<source.count)]))
    }

    /// Reads everything and compares it with its sums.
    ///
    /// - Returns: All problems; none means that the recording is as it was written.
    public func verify() -> [RecordingProblem] {
        var scan = RecordingScan(source)
        while scan.next() != nil {}
        report(scan.problems)
        return problems
    }

    /// The words that `id` names, or `nil` where the recording doesn't have them.
    ///
    /// The first call reads through the whole recording; later ones don't.
    public func content(_ id: ContentID) -> RecordedContent? {
        let offset = contents.withLock { table in
            if table == nil { table = contentTable() }
            return table?[id]
        }
        guard let offset, let line = RecordingLine.next(in: source.buffer, at: offset) else { return nil }
        return RecordingScan.object(source.buffer, line).flatMap { RecordedContent($0) }
    }

    private func contentTable() -> [ContentID: Int] {
        var table: [ContentID: Int] = [:]
        table.reserveCapacity(min(index.contents, source.count / 64))
        let prefix = "{\"soma\":\"content\",\"id\":\"".utf8.count
        for line in lines() where line.kind == .content {
            let digits = source.buffer[line.bytes].dropFirst(prefix).prefix(32)
            let id = ContentID(digits: UnsafeBufferPointer(rebasing: digits))
            let slow = { RecordingScan.object(self.source.buffer, line).flatMap { RecordedContent($0)?.id } }
            if let id = id ?? slow() { table[id] = line.bytes.lowerBound }
        }
        return table
    }

    func report(_ problems: [RecordingProblem]) {
        guard !problems.isEmpty else { return }
        found.withLock { found in
            for problem in problems where found.count < Self.problemsMax && !found.contains(problem) {
                found.append(problem)
            }
        }
    }

    private static func header(_ bytes: UnsafeBufferPointer<UInt8>) -> RecordingHeader? {
        guard let line = RecordingLine.next(in: bytes, at: 0), line.kind == .header else { return nil }
        return RecordingScan.object(bytes, line).flatMap { RecordingHeader($0) }
    }

    /// The index in the last line, if it is whole, unchanged and about these bytes.
    private static func index(_ bytes: UnsafeBufferPointer<UInt8>) -> RecordingIndex? {
        guard let base = bytes.baseAddress, bytes.last == 0x0A else { return nil }
        var start = bytes.count - 1
        while start > 0, base[start - 1] != 0x0A { start -= 1 }
        guard let line = RecordingLine.next(in: bytes, at: start), line.kind == .index else { return nil }
        let text = UnsafeBufferPointer(rebasing: bytes[line.bytes])
        guard ChecksumMember.vouches(for: text), let record = RecordingScan.object(bytes, line) else {
            return nil
        }
        return RecordingIndex(record: record, offset: line.bytes.lowerBound)
    }
}
