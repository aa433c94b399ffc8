/// Turns what happens into the bytes of a recording. Pure: who calls it appends the bytes to a file.
///
/// ```swift
/// var writer = RecordingWriter(header: RecordingHeader(at: now))
/// writer.append(transition)
/// file.write(writer.take())
/// file.write(writer.finish())
/// ```
/// Leave out `finish`, and the recording opens all the same, only slower. Memory: the fold of what was recorded,
/// and the bytes not taken yet.
public struct RecordingWriter: Sendable {
    private var output: [UInt8] = []
    private var taken = 0
    private var fold = RecordingFold()
    private var checksum = RecordingChecksum()
    private var uncheckedBytes = 0
    private var uncheckedLines = 0
    private var keyframeEnd = 0
    private var keyframeDueAt: Int
    private let keyframeBytesMin: Int

    /// How many bytes may stand without a line that vouches for them.
    package static let checkBytes = 65_536

    /// Starts a recording.
    ///
    /// - Parameter keyframeBytesMin: How many bytes there are at least between keyframes; there are also at
    ///   least four times as many as a keyframe has itself.
    public init(header: RecordingHeader, keyframeBytesMin: Int = 65_536) {
        self.keyframeBytesMin = max(1, keyframeBytesMin)
        keyframeDueAt = self.keyframeBytesMin
        append(line: header.record.bytes())
    }

    /// How many bytes the recording has so far, taken or not.
    public var byteCount: Int { taken + output.count }

    /// The fold of what was recorded.
    public var fleet: Fleet { fold.fleet }

    /// Records the fleet as it is, where recording begins in the middle of its history.
    public mutating func append(base fleet: Fleet) {
        check()
        let offset = byteCount
        let line = KeyframeRecord.line(fleet, runs: fleet.runs, isBase: true)
        output.append(contentsOf: line)
        output.append(0x0A)
        fold.take(base: fleet, offset: offset)
        keyframeEnd = byteCount
        keyframeDueAt = keyframeEnd + max(keyframeBytesMin, 4 * line.count)
    }

    /// Records a transition.
    public mutating func append(_ transition: Transition) {
        append(transition, cloudEvent: transition.cloudEvent())
    }

    /// Records a transition whose CloudEvents bytes are at hand. They must be one line.
    public mutating func append(_ transition: Transition, cloudEvent: [UInt8]) {
        let offset = byteCount
        append(line: cloudEvent)
        fold.apply(transition, offset: offset)
        if byteCount >= keyframeDueAt { appendKeyframeIfDue() }
    }

    /// Records words.
    public mutating func append(_ content: RecordedContent) {
        append(line: content.record.bytes())
        fold.countContent()
    }

    /// Records who holds a run.
    public mutating func append(_ presence: RecordedPresence) { append(line: presence.record.bytes()) }

    /// Records output as it comes.
    public mutating func append(_ delta: RecordedDelta) { append(line: delta.record.bytes()) }

    /// Records any event.
    public mutating func append(_ event: RecordingEvent) {
        switch event {
        case .transition(let transition): append(transition)
        case .content(let content): append(content)
        case .presence(let presence): append(presence)
        case .delta(let delta): append(delta)
        case .base(let fleet): append(base: fleet)
        }
    }

    /// The bytes that are to be appended to the file now.
    public mutating func take() -> [UInt8] {
        taken += output.count
        defer { output.removeAll(keepingCapacity: false) }
        return output
    }

    /// Ends the recording with its index. Nothing may be recorded afterwards.
    public mutating func finish() -> [UInt8] {
        check()
        output.append(contentsOf: KeyframeRecord.vouched(fold.finished().record(offset: byteCount)))
        output.append(0x0A)
        return take()
    }

    private mutating func append(line: [UInt8]) {
        line.withUnsafeBufferPointer { checksum.add(line: $0) }
        output.append(contentsOf: line)
        output.append(0x0A)
        uncheckedLines += 1
        uncheckedBytes += line.count + 1
        if uncheckedBytes >= Self.checkBytes { check() }
    }

    /// Vouches for the lines since the last time.
    private mutating func check() {
        guard uncheckedLines > 0 else { return }
        output.append(contentsOf: "{\"soma\":\"check\",\"lines\":".utf8)
        JSON.writeInteger(uncheckedLines, to: &output)
        ChecksumMember.append(checksum.value, to: &output)
        output.append(0x0A)
        checksum = RecordingChecksum()
        uncheckedLines = 0
        uncheckedBytes = 0
    }

    /// Writes a keyframe where there are four times its bytes since the last one; else looks again when there
    /// are, so that making keyframes that are not written stays cheap.
    private mutating func appendKeyframeIfDue() {
        let line = KeyframeRecord.line(fold.fleet, runs: fold.keyframeRuns, isBase: false)
        guard byteCount - keyframeEnd >= 4 * line.count else {
            keyframeDueAt = keyframeEnd + 4 * line.count
            return
        }
        check()
        let offset = byteCount
        output.append(contentsOf: line)
        output.append(0x0A)
        fold.note(keyframeAt: offset, isBase: false)
        keyframeEnd = byteCount
        keyframeDueAt = keyframeEnd + max(keyframeBytesMin, 4 * line.count)
    }
}
