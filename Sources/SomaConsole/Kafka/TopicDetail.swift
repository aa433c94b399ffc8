import SomaCore
import SomaTerminal

/// A message in full: where it is, its key and headers, and its value as what it is.
struct TopicDetail: Sendable {
    /// What was read: another message may stand at the same place of a topic that was made anew.
    private var record: TopicRecord?
    private var topic = ""
    private var clock = ClockFace()
    private var head: [DocumentLine] = []
    private var value = Document(lines: [])
    private var isOpen = true

    /// The most bytes of a value that are read and shown, and the most lines of a hexadecimal dump.
    static let valueBytesMax = 1 << 20
    static let dumpLinesMax = 4_096

    var count: Int { head.count + value.count }

    /// Which of the lines leads to the message's trace.
    private(set) var traceLine: Int?

    /// The line that has a row of the screen, where the line `top` has the first one.
    func line(at row: Int, top: Int, columns: Int) -> Int? {
        var (index, left) = (top, row)
        while index < count {
            left -= rows(of: index, columns: columns).count
            if left < 0 { return index }
            index += 1
        }
        return nil
    }

    /// A line broken to a width.
    func rows(of index: Int, columns: Int) -> [DocumentLine] {
        index < head.count
            ? head[index].rows(columns: columns) : value.rows(of: index - head.count, columns: columns)
    }

    /// Reads the message, where it isn't the one that was read.
    mutating func read(_ record: TopicRecord, of topic: String, clock: ClockFace) {
        guard record != self.record || topic != self.topic || clock != self.clock else { return }
        (self.record, self.topic, self.clock) = (record, topic, clock)
        isOpen = true
        let bytes = record.value.map { Array(Payload.beginning(of: $0, Self.valueBytesMax)) }
        let count = record.value?.count ?? 0
        let isCut = count > bytes?.count ?? 0
        // What was cut isn't JSON to its end any more.
        let payload = Payload(bytes, isWhole: !isCut)
        head = [
            DocumentLine([
                .init("\(topic) / \(record.place.partition) / \(record.place.offset)", .title),
                .init("   \(payload.name), \(Amounts.bytes(count))", .dim),
            ])
        ]
        if let at = record.at { add("time", EventsView.time(at, clock) + "   \(at)") }
        add("key", Payload(record.key).line)
        traceLine = nil
        for header in record.headers {
            let isTrace = header.name == TopicRecord.traceHeader
            if isTrace { traceLine = head.count }
            add(header.name.firstLine, Payload(header.value).line, isTrace ? .link : .text)
        }
        head.append(DocumentLine("value", .title))
        if isCut { sayCut(payload, bytes?.count ?? 0, of: count) }
        switch payload {
        case .none: value = Document(lines: [DocumentLine("A tombstone: there is none.", .dim, .italic)])
        case .cloudEvent, .json:
            value = Document(String(decoding: bytes ?? [], as: UTF8.self), hint: .json, isCut: isCut)
        case .text(let text): value = Document(isCut ? String(decoding: bytes ?? [], as: UTF8.self) : text)
        case .binary:
            value = Document(
                lines: Payload.dump(record.value ?? [], linesMax: Self.dumpLinesMax).map {
                    DocumentLine($0, .code)
                }
            )
        }
    }

    private mutating func sayCut(_ payload: Payload, _ shown: Int, of count: Int) {
        // A dump says itself how much more there is.
        if case .binary = payload { return }
        let text =
            "  the first \(Amounts.bytes(shown)) of \(Amounts.bytes(count)); :write FILE writes all of it"
        head.append(DocumentLine(text, .warning))
    }

    private mutating func add(_ name: String, _ text: String, _ role: ThemeRole = .text) {
        let pad = String(repeating: " ", count: max(1, 13 - SafeText.columns(of: name)))
        head.append(DocumentLine([.init("  \(name)\(pad)", .dim), .init(text, role)]))
    }

    /// Opens or closes what is nested in JSON.
    mutating func toggleFolds() {
        isOpen.toggle()
        value.setFolds(isOpen: isOpen)
    }

    var isFoldable: Bool { value.isFoldable }
}
