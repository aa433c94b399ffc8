import SomaCore
import SomaTerminal

/// A message in full: where it is, its key and headers, and its value as what it is.
struct TopicDetail: Sendable {
    private var place: TopicRecord.Place?
    private var topic = ""
    private var head: [DocumentLine] = []
    private var value = Document(lines: [])
    private var isOpen = true

    /// The most lines of a hexadecimal dump.
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
        guard record.place != place || topic != self.topic else { return }
        place = record.place
        self.topic = topic
        let payload = Payload(record.value, isWhole: true)
        head = [
            DocumentLine([
                .init("\(topic) / \(record.place.partition) / \(record.place.offset)", .title),
                .init("   \(payload.name), \(Amounts.bytes(record.value?.count ?? 0))", .dim),
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
        switch payload {
        case .none: value = Document(lines: [DocumentLine("A tombstone: there is none.", .dim, .italic)])
        case .cloudEvent, .json:
            value = Document(String(decoding: record.value ?? [], as: UTF8.self), hint: .json)
        case .text(let text): value = Document(text)
        case .binary(let bytes):
            value = Document(
                lines: Payload.dump(bytes, linesMax: Self.dumpLinesMax).map { DocumentLine($0, .code) }
            )
        }
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
