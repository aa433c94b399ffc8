import SomaCore
import SomaTerminal
import SomaTraces

/// A span in full: what it is, what is known about it, what happened in it, where it leads, and what made it.
struct SpanDetail: Sendable {
    /// What the lines were made from.
    private struct Made: Hashable {
        var trace: TraceID
        var span: Int
        var duration: Int64
        var attributes: Int
        var page: String?
        var clock: ClockFace
    }

    private var made: Made?
    private(set) var lines: [DocumentLine] = []

    /// The most attributes, events and links that are shown of each.
    static let itemsMax = 256
    /// The most characters of a value that are shown, and the most lines.
    static let valueCharactersMax = 4_096
    static let valueLinesMax = 64

    /// Reads a span, where it isn't the one that was read.
    /// - Parameter page: Its page in Jaeger's console.
    mutating func read(_ span: Int, of waterfall: TraceWaterfall, page: String?, clock: ClockFace) {
        let trace = waterfall.trace
        let content = trace.spans[span]
        let now = Made(
            trace: trace.id,
            span: span,
            duration: content.duration,
            attributes: content.attributes.count + content.events.count,
            page: page,
            clock: clock
        )
        guard now != made else { return }
        made = now
        lines = []
        addHead(span, waterfall, page, clock)
        add("attributes", content.attributes, dropped: content.droppedAttributes)
        addEvents(content, waterfall)
        addLinks(content, trace)
        if let resource = trace.resource(of: content) {
            add("process", resource.attributes.filter { $0.key != "service.name" })
        }
        addScope(content, trace)
    }

    private mutating func addHead(
        _ span: Int,
        _ waterfall: TraceWaterfall,
        _ page: String?,
        _ clock: ClockFace
    ) {
        let trace = waterfall.trace
        let content = trace.spans[span]
        let row = waterfall.row(for: span)
        lines.append(DocumentLine(content.name.firstLine, .title))
        if content.hasFailed {
            let message = content.message.isEmpty ? "failed" : content.message
            for line in Self.lines(of: message) { lines.append(DocumentLine(line, .bad)) }
        }
        for warning in waterfall.warnings(of: span).prefix(Self.itemsMax) {
            lines.append(DocumentLine(warning.firstLine, .warning))
        }
        func add(_ name: String, _ text: String) { self.add(name, text, pad: 9) }
        add("service", row.service)
        if content.kind != .unspecified { add("kind", content.kind.name) }
        let start = Timestamp(microseconds: waterfall.starts[span] / 1_000)
        add("start", "\(EventsView.time(start, clock))   \(SpanWords.time(row.start)) into the trace")
        add("took", SpanWords.time(row.duration))
        if row.spansBelow > 0 { add("itself", "\(SpanWords.time(row.selfTime)), without what is inside") }
        if row.critical > 0 {
            add("waited", "for \(SpanWords.time(row.critical)) of it, on the critical path")
        }
        if !content.hasFailed, !content.message.isEmpty { add("says", content.message.firstLine) }
        add("span", trace.name(of: content.id))
        guard let page else { return }
        var link = DocumentLine.Span(page, .link)
        link.address = page
        let hang = DocumentLine.Span(String(repeating: " ", count: 11))
        lines.append(DocumentLine([.init("  page     ", .dim), link], hang: [hang]))
    }

    private mutating func add(
        _ title: String,
        _ attributes: [Attribute],
        dropped: UInt32 = 0,
        indent: Int = 2
    ) {
        guard !attributes.isEmpty || dropped > 0 else { return }
        if !title.isEmpty { lines.append(DocumentLine(title, .title)) }
        let shown = attributes.prefix(Self.itemsMax)
        let widest = shown.map { SafeText.columns(of: $0.key.firstLine.prefix(40)) }.max() ?? 0
        for attribute in shown {
            add(attribute.key, attribute.value.text, pad: min(28, widest + 2), indent: indent)
        }
        more(attributes.count - shown.count, "more that the console doesn't show")
        more(Int(dropped), "more that the sender left out")
    }

    private mutating func addEvents(_ span: TraceSpan, _ waterfall: TraceWaterfall) {
        guard !span.events.isEmpty || span.droppedEvents > 0 else { return }
        lines.append(DocumentLine("events", .title))
        for event in span.events.prefix(Self.itemsMax) {
            let at = SpanWords.time(SpanWords.difference(event.at, waterfall.start))
            let name = event.name.isEmpty ? "event" : event.name.firstLine
            lines.append(DocumentLine([.init("  +\(at)  ", .dim), .init(name)]))
            add("", event.attributes, dropped: event.droppedAttributes, indent: 4)
        }
        more(span.events.count - Self.itemsMax, "more that the console doesn't show")
        more(Int(span.droppedEvents), "more that the sender left out")
    }

    private mutating func addLinks(_ span: TraceSpan, _ trace: Trace) {
        guard !span.links.isEmpty || span.droppedLinks > 0 else { return }
        lines.append(DocumentLine("links", .title))
        for link in span.links.prefix(Self.itemsMax) {
            let words =
                switch link.kind {
                case .link: "to"
                case .childOf: "also inside"
                case .followsFrom: "follows"
                }
            let name = trace.name(of: link.span).firstLine
            let place = link.trace == trace.id ? name : "\(name) of trace \(link.trace)"
            lines.append(DocumentLine([.init("  \(words) ", .dim), .init(place, .code)]))
            add("", link.attributes, dropped: link.droppedAttributes, indent: 4)
        }
        more(span.links.count - Self.itemsMax, "more that the console doesn't show")
        more(Int(span.droppedLinks), "more that the sender left out")
    }

    private mutating func addScope(_ span: TraceSpan, _ trace: Trace) {
        guard trace.set.scopes.indices.contains(Int(span.scope)) else { return }
        let scope = trace.set.scopes[Int(span.scope)]
        let name = [scope.name, scope.version].filter { !$0.isEmpty }.joined(separator: " ")
        guard !name.isEmpty || !scope.attributes.isEmpty else { return }
        lines.append(DocumentLine("recorded by", .title))
        if !name.isEmpty { lines.append(DocumentLine("  \(name.firstLine)")) }
        add("", scope.attributes, dropped: scope.droppedAttributes)
    }

    /// A name and what it is; further lines of a text stand below the first.
    private mutating func add(_ name: String, _ text: String, pad: Int, indent: Int = 2) {
        let name = String(name.firstLine.prefix(200))
        let blanks = String(repeating: " ", count: max(1, pad - SafeText.columns(of: name)))
        let head = String(repeating: " ", count: indent) + name + blanks
        let hang = DocumentLine.Span(String(repeating: " ", count: SafeText.columns(of: head)))
        for (place, line) in Self.lines(of: text).enumerated() {
            let first = DocumentLine.Span(place == 0 ? head : hang.text, .dim)
            lines.append(DocumentLine([first, .init(line)], hang: [hang]).linking())
        }
    }

    private mutating func more(_ count: Int, _ words: String) {
        guard count > 0 else { return }
        lines.append(DocumentLine("  \(Amounts.grouped(count)) \(words)", .dim, .italic))
    }

    /// A value's lines, as far as they are shown.
    private static func lines(of text: String) -> [String] {
        guard !text.isEmpty else { return [""] }
        let shown = text.utf8.count > valueCharactersMax ? String(text.prefix(valueCharactersMax)) : text
        var lines = SafeText.lines(shown)
        let isCut = shown.utf8.count < text.utf8.count || lines.count > valueLinesMax
        lines = Array(lines.prefix(valueLinesMax))
        if isCut { lines.append("… \(Amounts.bytes(text.utf8.count)) in all") }
        return lines
    }
}

/// Times as spans have them.
enum SpanWords {
    /// How long something took, in at most seven columns: `250µs`, `1.5ms`, `310ms`, `1.24s`, `1m04s`.
    /// - Parameter nanoseconds: How long; less than nothing has a sign.
    static func time(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : ""
        let micro = Int64(clamping: nanoseconds.magnitude / 1_000)
        switch micro {
        case 0: return nanoseconds == 0 ? "0" : sign + "<1µs"
        case ..<1_000: return "\(sign)\(micro)µs"
        case ..<10_000: return "\(sign)\(micro / 1_000).\(micro % 1_000 / 100)ms"
        case ..<1_000_000: return "\(sign)\(micro / 1_000)ms"
        case ..<10_000_000:
            return "\(sign)\(micro / 1_000_000).\(String(100 + micro % 1_000_000 / 10_000).dropFirst())s"
        default: return sign + Amounts.time(.microseconds(micro))
        }
    }

    /// A difference, held within 64 bits.
    static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left < right ? .min : .max) : difference
    }
}
