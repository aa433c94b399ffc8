/// Reads a recording forwards from a place where its sums begin anew: its start, or the end of a keyframe.
struct RecordingScan {
    /// What a line was read as.
    enum Item {
        case event(RecordingEvent)
        /// A line for readers: header, keyframe, sum, index, or a type that this version doesn't know.
        case other
        /// Nothing that can be read.
        case dropped
    }

    let source: RecordingBytes
    private(set) var offset: Int
    /// The fold, where the caller wants the scan to make one.
    var fold = RecordingFold()
    private(set) var problems: [RecordingProblem] = []
    /// How many lines could be read.
    private(set) var linesRead = 0
    private var checksum = RecordingChecksum()
    private var uncheckedLines = 0
    private var uncheckedFrom: Int
    private let verifies: Bool

    init(_ source: RecordingBytes, from offset: Int = 0, verifies: Bool = true) {
        self.source = source
        self.verifies = verifies
        self.offset = offset
        uncheckedFrom = offset
    }

    /// Reads the next line and folds it.
    mutating func next() -> Item? {
        guard let (line, item) = read() else { return nil }
        switch item {
        case .event(.transition(let transition)): fold.apply(transition, offset: line.bytes.lowerBound)
        case .event(.base(let fleet)): fold.take(base: fleet, offset: line.bytes.lowerBound)
        case .event(.content): fold.countContent()
        case .other where line.kind == .keyframe:
            // One of another recording, or after lines that were left out, is no place to start from.
            let head = KeyframeRecord.head(fold.fleet)
            guard source.buffer[line.bytes].starts(with: head) else { break }
            fold.note(keyframeAt: line.bytes.lowerBound, isBase: false)
        default: break
        }
        return item
    }

    /// Reads the next line.
    mutating func read() -> (RecordingLine, Item)? {
        guard let line = advance() else { return nil }
        return (line, item(line))
    }

    /// Reads a line that `advance` has given.
    mutating func item(_ line: RecordingLine) -> Item {
        let item = read(line)
        if case .dropped = item {
            let detail = line.isWhole ? reason(line) : ""
            report(RecordingProblem(line.isWhole ? .unreadable : .torn, line.bytes, detail))
        } else {
            linesRead += 1
        }
        return item
    }

    /// Passes on to the next line, taking it into the sum.
    mutating func advance() -> RecordingLine? {
        guard let line = RecordingLine.next(in: source.buffer, at: offset) else { return nil }
        offset = line.bytes.upperBound
        guard verifies else { return line }
        let text = UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
        switch line.kind {
        case .check: check(line, text)
        case .keyframe, .index:
            if !ChecksumMember.vouches(for: text) {
                report(RecordingProblem(line.isWhole ? .damaged : .torn, line.bytes))
            }
        default:
            checksum.add(line: text)
            uncheckedLines += 1
        }
        return line
    }

    /// Compares the sum of the lines since the last time.
    private mutating func check(_ line: RecordingLine, _ text: UnsafeBufferPointer<UInt8>) {
        let lines = Self.object(source.buffer, line)?["lines"]?.int
        if lines != uncheckedLines || ChecksumMember.read(text) != checksum.value {
            report(RecordingProblem(.damaged, uncheckedFrom..<line.bytes.upperBound))
        }
        checksum = RecordingChecksum()
        uncheckedLines = 0
        uncheckedFrom = line.bytes.upperBound
    }

    private mutating func report(_ problem: RecordingProblem) {
        if problems.count < RecordingReader.problemsMax { problems.append(problem) }
    }

    private func read(_ line: RecordingLine) -> Item {
        switch line.kind {
        case .transition:
            guard
                case .success(let transition) = Transition.read(
                    UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
                )
            else { return .dropped }
            return .event(.transition(transition))
        case .content: return event(line) { RecordedContent($0).map { .content($0) } }
        case .presence: return event(line) { RecordedPresence($0).map { .presence($0) } }
        case .delta: return event(line) { RecordedDelta($0).map { .delta($0) } }
        case .keyframe:
            // Only a base says what the transitions don't, so only a base need be read.
            let text = UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
            guard ChecksumMember.vouches(for: text) else { return .dropped }
            guard Self.isBase(text) else { return .other }
            return event(line) { .base(KeyframeRecord.fleet($0)) }
        case .header, .check, .index, .other:
            return line.isWhole || Self.object(source.buffer, line) != nil ? .other : .dropped
        }
    }

    private func event(_ line: RecordingLine, _ make: (JSONObject) -> RecordingEvent?) -> Item {
        Self.object(source.buffer, line).flatMap(make).map { .event($0) } ?? .dropped
    }

    private func reason(_ line: RecordingLine) -> String {
        guard line.kind == .transition,
            case .failure(let error) = Transition.read(
                UnsafeBufferPointer(rebasing: source.buffer[line.bytes])
            )
        else { return "" }
        return error.description
    }

    /// Whether a keyframe says that the recording begins with it; it says so before its runs.
    private static func isBase(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        let head = line.prefix(200)
        let mark = Array("\"base\":true".utf8)
        return head.indices.contains { line[$0...].starts(with: mark) }
    }

    static func object(_ bytes: UnsafeBufferPointer<UInt8>, _ line: RecordingLine) -> JSONObject? {
        (try? JSON.parse(UnsafeBufferPointer(rebasing: bytes[line.bytes])))?.object
    }
}
