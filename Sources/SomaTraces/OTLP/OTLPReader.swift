import SomaCore

/// Reads OTLP's spans in JSON (opentelemetry-proto, `trace.proto`, and the JSON mapping of the OTLP specification).
///
/// Field names are lower camel case, ids hexadecimal, 64-bit integers numbers or strings, enums numbers (names are
/// taken too, as the collector does). Members that aren't known are ignored.
enum OTLPReader {
    /// Reads a request, `TracesData` or `ExportTraceServiceRequest`.
    static func traces(_ scanner: inout DocumentScanner, into set: inout SpanSet) throws(ReadFailure) {
        try scanner.object()
        while let key = try scanner.nextKey() {
            guard key("resourceSpans") else {
                try scanner.skip()
                continue
            }
            try scanner.array()
            while try scanner.nextElement() { try resourceSpans(&scanner, into: &set) }
        }
    }

    private static func resourceSpans(
        _ scanner: inout DocumentScanner,
        into set: inout SpanSet
    ) throws(ReadFailure) {
        let place = set.resources.count
        set.resources.append(TraceResource(service: TraceResource.unknownService))
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("resource") {
                set.resources[place].attributes = try resource(&scanner)
                if let name = set.resources[place].attributes["service.name"]?.text, !name.isEmpty {
                    set.resources[place].service = name
                }
            } else if key("scopeSpans") {
                try scanner.array()
                while try scanner.nextElement() { try scopeSpans(&scanner, Int32(place), into: &set) }
            } else if key("schemaUrl") {
                set.resources[place].schemaURL = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
    }

    /// Reads a resource's attributes.
    static func resource(_ scanner: inout DocumentScanner) throws(ReadFailure) -> [Attribute] {
        var attributes: [Attribute] = []
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("attributes") { attributes = try self.attributes(&scanner) } else { try scanner.skip() }
        }
        return attributes
    }

    private static func scopeSpans(
        _ scanner: inout DocumentScanner,
        _ resource: Int32,
        into set: inout SpanSet
    ) throws(ReadFailure) {
        let place = set.scopes.count
        set.scopes.append(TraceScope())
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("scope") {
                let schema = set.scopes[place].schemaURL
                set.scopes[place] = try scope(&scanner)
                set.scopes[place].schemaURL = schema
            } else if key("spans") {
                try scanner.array()
                while try scanner.nextElement() {
                    var span = try span(&scanner)
                    span.resource = resource
                    span.scope = Int32(place)
                    set.spans.append(span)
                }
            } else if key("schemaUrl") {
                set.scopes[place].schemaURL = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
    }

    /// Reads an instrumentation scope.
    static func scope(_ scanner: inout DocumentScanner) throws(ReadFailure) -> TraceScope {
        var scope = TraceScope()
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("name") {
                scope.name = try scanner.string()
            } else if key("version") {
                scope.version = try scanner.string()
            } else if key("attributes") {
                scope.attributes = try attributes(&scanner)
            } else if key("droppedAttributesCount") {
                scope.droppedAttributes = try scanner.uint32()
            } else {
                try scanner.skip()
            }
        }
        return scope
    }

    // MARK: Spans

    private static func span(_ scanner: inout DocumentScanner) throws(ReadFailure) -> TraceSpan {
        var span = TraceSpan(trace: TraceID(high: 0, low: 0), id: SpanID(0), name: "", start: 0, duration: 0)
        var end: UInt64 = 0
        var start: UInt64 = 0
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("traceId") {
                span.trace = try scanner.traceID()
            } else if key("spanId") {
                span.id = try scanner.spanID()
            } else if key("parentSpanId") {
                let parent = try scanner.spanID()
                span.parent = parent.isZero ? nil : parent
            } else if key("name") {
                span.name = try scanner.string()
            } else if key("kind") {
                span.kind = SpanKind(rawValue: try scanner.enumeration(spanKinds)) ?? .unspecified
            } else if key("startTimeUnixNano") {
                start = try scanner.uint64()
            } else if key("endTimeUnixNano") {
                end = try scanner.uint64()
            } else if key("attributes") {
                span.attributes = try attributes(&scanner)
            } else if key("events") {
                try scanner.array()
                while try scanner.nextElement() { span.events.append(try event(&scanner)) }
            } else if key("links") {
                try scanner.array()
                while try scanner.nextElement() { span.links.append(try link(&scanner)) }
            } else if key("status") {
                (span.status, span.message) = try status(&scanner)
            } else if key("traceState") {
                span.traceState = try scanner.string()
            } else if key("flags") {
                span.flags = try scanner.uint32()
            } else if key("droppedAttributesCount") {
                span.droppedAttributes = try scanner.uint32()
            } else if key("droppedEventsCount") {
                span.droppedEvents = try scanner.uint32()
            } else if key("droppedLinksCount") {
                span.droppedLinks = try scanner.uint32()
            } else {
                try scanner.skip()
            }
        }
        span.setTimes(start, end)
        return span
    }

    private static let spanKinds = [
        "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT",
        "SPAN_KIND_PRODUCER",
        "SPAN_KIND_CONSUMER",
    ]
    private static let statusCodes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]

    private static func event(_ scanner: inout DocumentScanner) throws(ReadFailure) -> SpanEvent {
        var event = SpanEvent(at: 0, name: "")
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("timeUnixNano") {
                event.at = Int64(clamping: try scanner.uint64())
            } else if key("name") {
                event.name = try scanner.string()
            } else if key("attributes") {
                event.attributes = try attributes(&scanner)
            } else if key("droppedAttributesCount") {
                event.droppedAttributes = try scanner.uint32()
            } else {
                try scanner.skip()
            }
        }
        return event
    }

    private static func link(_ scanner: inout DocumentScanner) throws(ReadFailure) -> SpanLink {
        var link = SpanLink(trace: TraceID(high: 0, low: 0), span: SpanID(0))
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("traceId") {
                link.trace = try scanner.traceID()
            } else if key("spanId") {
                link.span = try scanner.spanID()
            } else if key("traceState") {
                link.traceState = try scanner.string()
            } else if key("attributes") {
                link.attributes = try attributes(&scanner)
            } else if key("droppedAttributesCount") {
                link.droppedAttributes = try scanner.uint32()
            } else if key("flags") {
                link.flags = try scanner.uint32()
            } else {
                try scanner.skip()
            }
        }
        return link
    }

    private static func status(
        _ scanner: inout DocumentScanner
    ) throws(ReadFailure) -> (SpanStatus, String) {
        var status = SpanStatus.unset
        var message = ""
        try scanner.object()
        while let key = try scanner.nextKey() {
            if key("code") {
                status = SpanStatus(rawValue: try scanner.enumeration(statusCodes)) ?? .unset
            } else if key("message") {
                message = try scanner.string()
            } else {
                try scanner.skip()
            }
        }
        return (status, message)
    }
}

extension TraceSpan {
    /// Takes OTLP's times; an end before the start, which no work has, becomes a span of no length with a warning.
    mutating func setTimes(_ start: UInt64, _ end: UInt64) {
        self.start = Int64(clamping: start)
        if end >= start {
            duration = Int64(clamping: end - start)
        } else {
            warnings.append(end == 0 ? "It has no end." : "It ends \(start - end) ns before it starts.")
        }
        if trace.isZero { warnings.append("It has no trace id.") }
        if id.isZero { warnings.append("It has no span id.") }
    }
}
