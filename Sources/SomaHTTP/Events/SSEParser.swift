/// Reads an event stream as WHATWG HTML 9.2.6 says, from chunks split anywhere.
///
/// What is incomplete when the stream ends is dropped, as the standard wants.
public struct SSEParser: Sendable {
    /// The id to resume from: the last one that a blank line has confirmed.
    public private(set) var lastEventID: String
    /// The reconnection delay that the stream asks for.
    public private(set) var retry: Duration?

    private let limits: SSELimits
    private let url: String
    /// The part of a line that earlier chunks brought.
    private var partialLine: [UInt8] = []
    private var data: [UInt8] = []
    private var type = ""
    private var pendingID: String
    private var isAtStart = true
    /// The last chunk ended in CR: an LF that follows belongs to it.
    private var skipsLineFeed = false
    private var failure: HTTPError?

    /// Makes a parser at the start of a stream; `lastEventID` is the one the stream was asked to resume from.
    public init(limits: SSELimits = SSELimits(), lastEventID: String = "", url: String = "") {
        self.limits = limits
        self.url = url
        self.lastEventID = lastEventID
        pendingID = lastEventID
    }

    /// Takes the next bytes and returns the events that they complete.
    ///
    /// Throws ``HTTPError`` of kind ``HTTPError/Kind-swift.enum/eventTooLarge`` when a limit is exceeded, and from then on.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(HTTPError) -> [SSEEvent] {
        if let failure { throw failure }
        var events: [SSEEvent] = []
        let done: Void? = bytes.withContiguousStorageIfAvailable { scan($0, &events) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { scan($0, &events) } }
        if let failure { throw failure }
        return events
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ events: inout [SSEEvent]) {
        var start = 0
        if skipsLineFeed, let first = bytes.first {
            skipsLineFeed = false
            if first == 0x0A { start = 1 }
        }
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x0A || byte == 0x0D else {
                index += 1
                continue
            }
            endLine(bytes[start..<index], &events)
            if failure != nil { return }
            index += 1
            if byte == 0x0D {
                if index == bytes.count {
                    skipsLineFeed = true
                } else if bytes[index] == 0x0A {
                    index += 1
                }
            }
            start = index
        }
        guard partialLine.count + bytes.count - start <= limits.lineBytes else {
            return fail("a line of the event stream exceeds \(limits.lineBytes) bytes")
        }
        partialLine.append(contentsOf: bytes[start...])
    }

    private mutating func endLine(_ rest: Slice<UnsafeBufferPointer<UInt8>>, _ events: inout [SSEEvent]) {
        guard partialLine.count + rest.count <= limits.lineBytes else {
            return fail("a line of the event stream exceeds \(limits.lineBytes) bytes")
        }
        if partialLine.isEmpty {
            read(line: rest, &events)
        } else {
            partialLine.append(contentsOf: rest)
            let line = partialLine
            partialLine.removeAll(keepingCapacity: line.count <= 4096)
            read(line: line[...], &events)
        }
    }

    private mutating func read<Line>(line: Line, _ events: inout [SSEEvent])
    where Line: Collection<UInt8>, Line.SubSequence == Line {
        var line = line
        if isAtStart {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        }
        if line.isEmpty { return dispatch(&events) }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        if name.isEmpty { return }
        var value = line[name.endIndex...].dropFirst()
        if value.first == 0x20 { value = value.dropFirst() }
        take(name: name, value: value)
    }

    private mutating func take(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        if name.elementsEqual("data".utf8) {
            guard data.count + value.count < limits.eventBytes else {
                return fail("an event exceeds \(limits.eventBytes) bytes")
            }
            data.append(contentsOf: value)
            data.append(0x0A)
        } else if name.elementsEqual("event".utf8) {
            type = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("id".utf8) {
            if !value.contains(0) { pendingID = String(decoding: value, as: UTF8.self) }
        } else if name.elementsEqual("retry".utf8) {
            guard !value.isEmpty, value.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let milliseconds = Int64(String(decoding: value, as: UTF8.self))
            else { return }
            retry = .milliseconds(milliseconds)
        }
    }

    private mutating func dispatch(_ events: inout [SSEEvent]) {
        lastEventID = pendingID
        defer {
            data.removeAll(keepingCapacity: data.count <= 4096)
            type = ""
        }
        guard !data.isEmpty else { return }
        events.append(
            SSEEvent(
                type: type.isEmpty ? "message" : type,
                data: String(decoding: data.dropLast(), as: UTF8.self),
                lastEventID: lastEventID
            )
        )
    }

    private mutating func fail(_ reason: String) {
        failure = HTTPError(.eventTooLarge, url: url, reason: reason, hint: "the peer is broken or hostile")
        partialLine = []
        data = []
    }
}
