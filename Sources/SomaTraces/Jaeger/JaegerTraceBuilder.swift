import SomaCore

/// Makes a trace of what Jaeger's JSON says of it.
struct JaegerTraceBuilder {
    private var trace = Trace(id: TraceID(high: 0, low: 0))
    /// The place of each process among the resources, by what the document calls it.
    private var processes: [String: Int32] = [:]
    private var isKnown: [Bool] = []
    /// The references of spans that have several: which is the parent depends on which spans there are.
    private var references: [(span: Int, links: [SpanLink])] = []
    private var inlineProcesses: [TraceResource: Int32] = [:]

    /// The process that the last span named, which the next one mostly names too.
    private var lastProcess: (name: String, index: Int32)?

    // MARK: Traces

    /// Reads a trace object.
    mutating func trace(_ scanner: inout DocumentScanner) throws(ReadFailure) -> Trace {
        var hasSpans = false
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("traceID") {
                trace.id = try traceID(&scanner)
            } else if key("spans") {
                hasSpans = true
                try scanner.array()
                while try scanner.nextElement() { try span(&scanner) }
            } else if key("processes") {
                try scanner.object()
                while let name = try scanner.nextKey() {
                    let index = place(of: name.text)
                    trace.set.resources[Int(index)] = try process(&scanner)
                    isKnown[Int(index)] = true
                }
            } else if key("warnings") {
                trace.warnings += try warnings(&scanner)
            } else {
                try scanner.skip()
            }
        }
        guard hasSpans else { throw scanner.failure("has no spans; expected a trace") }
        finish()
        return trace
    }

    /// The spans that were read outside a trace, by trace.
    var looseTraces: [Trace] {
        var builder = self
        builder.finish()
        return builder.trace.set.traces.map { part in
            var part = part
            part.foreignIDs = builder.trace.foreignIDs
            return part
        }
    }

    private mutating func finish() {
        if trace.id.isZero, let first = trace.set.spans.first { trace.id = first.trace }
        for (name, index) in processes where !isKnown[Int(index)] && !name.isEmpty {
            trace.warnings.append("The process \(name.prefix(64)) is named by spans and isn't described.")
        }
        trace.warnings.sort()
        scope()
        guard !references.isEmpty else { return }
        let ids = Set(trace.set.spans.map(\.id))
        for (place, links) in references {
            let trace = trace.set.spans[place].trace
            let parents = links.filter { $0.trace == trace && $0.kind != .link }
            let parent = parents.first { ids.contains($0.span) } ?? parents.first
            self.trace.set.spans[place].parent = parent?.span
            self.trace.set.spans[place].follows = parent?.kind == .followsFrom
            var rest = links
            if let parent, let index = rest.firstIndex(of: parent) { rest.remove(at: index) }
            self.trace.set.spans[place].links = rest
        }
    }

    private mutating func scope() { if trace.set.scopes.isEmpty { trace.set.scopes = [TraceScope()] } }

    private mutating func place(of process: String) -> Int32 {
        if let lastProcess, lastProcess.name == process { return lastProcess.index }
        let index =
            processes[process] ?? add(TraceResource(service: TraceResource.unknownService), isKnown: false)
        processes[process] = index
        lastProcess = (process, index)
        return index
    }

    private mutating func add(_ resource: TraceResource, isKnown known: Bool) -> Int32 {
        trace.set.resources.append(resource)
        isKnown.append(known)
        return Int32(trace.set.resources.count - 1)
    }

    // MARK: Ids

    private mutating func traceID(_ scanner: inout DocumentScanner) throws(ReadFailure) -> TraceID {
        if let bytes = try scanner.plainBytes() {
            if let id = TraceID(digits: bytes) { return id }
            return foreign(String(decoding: bytes, as: UTF8.self)).map { TraceID(high: 0, low: $0) }
                ?? TraceID(high: 0, low: 0)
        }
        return foreign(try scanner.string()).map { TraceID(high: 0, low: $0) } ?? TraceID(high: 0, low: 0)
    }

    private mutating func spanID(_ scanner: inout DocumentScanner) throws(ReadFailure) -> SpanID? {
        if let bytes = try scanner.plainBytes() {
            if let id = SpanID(digits: bytes) { return id }
            return foreign(String(decoding: bytes, as: UTF8.self)).map(SpanID.init)
        }
        return foreign(try scanner.string()).map(SpanID.init)
    }

    /// The id that stands for a text that isn't hexadecimal; `nil` for no text.
    private mutating func foreign(_ text: String) -> UInt64? {
        guard !text.isEmpty else { return nil }
        let id = TraceIdentity.hash(text.utf8)
        trace.foreignIDs[id] = text
        return id
    }

    // MARK: Spans

    /// Reads a span object.
    mutating func span(_ scanner: inout DocumentScanner) throws(ReadFailure) {
        _ = scanner.json.peek()
        let offset = scanner.json.offset
        var span = TraceSpan(trace: trace.id, id: SpanID(0), name: "", start: 0, duration: 0)
        var hasID = false
        var parent: SpanID?
        var process: Int32?
        var links: [SpanLink] = []
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("traceID") {
                span.trace = try traceID(&scanner)
            } else if key("spanID") {
                if let id = try spanID(&scanner) {
                    span.id = id
                    hasID = true
                }
            } else if key("parentSpanID") {
                parent = try spanID(&scanner)
            } else if key("operationName") {
                span.name = try scanner.string()
            } else if key("startTime") {
                span.start = nanoseconds(try scanner.count(), "start", &span)
            } else if key("duration") {
                span.duration = nanoseconds(try scanner.count(), "duration", &span)
            } else if key("flags") {
                span.flags = UInt32(truncatingIfNeeded: try scanner.count())
            } else if key("references") {
                try scanner.array()
                while try scanner.nextElement() { links.append(try reference(&scanner)) }
            } else if key("tags") {
                span.attributes = try tags(&scanner)
            } else if key("logs") {
                try scanner.array()
                while try scanner.nextElement() { span.events.append(try log(&scanner)) }
            } else if key("processID") {
                let name = try scanner.string()
                if !name.isEmpty { process = place(of: name) }
            } else if key("process") {
                guard scanner.json.peek() == UInt8(ascii: "{") else {
                    guard try scanner.takeNull() else {
                        throw scanner.failure("must be an object, not \(scanner.nextName)")
                    }
                    continue
                }
                let resource = try self.process(&scanner)
                if process == nil {
                    let index = inlineProcesses[resource] ?? add(resource, isKnown: true)
                    inlineProcesses[resource] = index
                    process = index
                }
            } else if key("warnings") {
                span.warnings += try warnings(&scanner)
            } else {
                try scanner.skip()
            }
        }
        guard hasID else { throw scanner.failure("has no spanID", at: offset) }
        span.resource = process ?? place(of: "")
        readTags(of: &span)
        if let parent, !parent.isZero, links.isEmpty { span.parent = parent }
        if links.count == 1, links[0].trace == span.trace, links[0].kind != .link {
            span.parent = links[0].span
            span.follows = links[0].kind == .followsFrom
        } else if !links.isEmpty {
            references.append((trace.set.spans.count, links))
        }
        trace.set.spans.append(span)
    }

    /// Microseconds as nanoseconds, held within 64 bits.
    private func nanoseconds(_ microseconds: Int64, _ what: String, _ span: inout TraceSpan) -> Int64 {
        let (product, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
        if overflow { span.warnings.append("Its \(what) is further than can be shown.") }
        return overflow ? .max : product
    }

    /// What Jaeger keeps among the tags and OTLP beside them; the tags stay.
    private func readTags(of span: inout TraceSpan) {
        for tag in span.attributes {
            switch tag.key {
            case "span.kind":
                if let kind = tag.value.string.flatMap(SpanKind.init(name:)) { span.kind = kind }
            case "error": if tag.value == .bool(true) || tag.value.string == "true" { span.status = .error }
            case "otel.status_code":
                if tag.value.string == "ERROR" { span.status = .error }
                if tag.value.string == "OK", span.status == .unset { span.status = .ok }
            case "otel.status_description": span.message = tag.value.text
            case "w3c.tracestate": span.traceState = tag.value.text
            default: break
            }
        }
    }

    private mutating func reference(_ scanner: inout DocumentScanner) throws(ReadFailure) -> SpanLink {
        var link = SpanLink(trace: trace.id, span: SpanID(0))
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("refType") {
                let type = try scanner.string()
                link.kind = type == "CHILD_OF" ? .childOf : type == "FOLLOWS_FROM" ? .followsFrom : .link
            } else if key("traceID") {
                link.trace = try traceID(&scanner)
            } else if key("spanID") {
                link.span = try spanID(&scanner) ?? SpanID(0)
            } else {
                try scanner.skip()
            }
        }
        return link
    }

    private mutating func log(_ scanner: inout DocumentScanner) throws(ReadFailure) -> SpanEvent {
        var event = SpanEvent(at: 0, name: "")
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("timestamp") {
                let (product, overflow) = try scanner.count().multipliedReportingOverflow(by: 1000)
                event.at = overflow ? .max : product
            } else if key("fields") {
                event.attributes = try tags(&scanner)
            } else {
                try scanner.skip()
            }
        }
        event.name = (event.attributes["event"] ?? event.attributes["message"])?.string ?? ""
        return event
    }

    private func process(_ scanner: inout DocumentScanner) throws(ReadFailure) -> TraceResource {
        var resource = TraceResource(service: "")
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("serviceName") {
                resource.service = try scanner.string()
            } else if key("tags") {
                resource.attributes = try tags(&scanner)
            } else {
                try scanner.skip()
            }
        }
        if resource.service.isEmpty { resource.service = TraceResource.unknownService }
        return resource
    }

    private func warnings(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [String] {
        var warnings: [String] = []
        try scanner.array()
        while try scanner.nextElement() { warnings.append(try scanner.string()) }
        return warnings
    }
}
