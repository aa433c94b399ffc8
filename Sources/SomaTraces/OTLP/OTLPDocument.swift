public import SomaCore

/// What an OTLP request holds; of metrics and logs only what an inspection tells.
public enum OTLPDocument: Sendable, Hashable {
    /// `ExportTraceServiceRequest` or `TracesData`.
    case traces(SpanSet)
    /// `ExportMetricsServiceRequest` or `MetricsData`.
    case metrics([OTLPMetric])
    /// `ExportLogsServiceRequest` or `LogsData`; events are logs with a name.
    case logs([OTLPLog])

    /// Reads a request in JSON or in protobuf: which one is found out from the bytes. Several JSON documents may follow
    /// each other on lines of their own, as the collector's file exporter writes them. Metrics and logs are read in
    /// JSON only.
    /// - Throws: `TraceReadError` with line, column and path; in protobuf with the byte.
    public static func read(_ bytes: [UInt8]) throws(TraceReadError) -> OTLPDocument {
        if ProtobufReader.looksLikeProtobuf(bytes) { return .traces(try SpanSet(protobuf: bytes)) }
        return try read(json: bytes)
    }

    /// Reads a request in JSON.
    /// - Throws: `TraceReadError` with line, column and path.
    public static func read(json bytes: [UInt8]) throws(TraceReadError) -> OTLPDocument {
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<OTLPDocument, TraceReadError> in
            var scanner = DocumentScanner(buffer)
            do throws(ReadFailure) {
                return .success(try documents(&scanner))
            } catch {
                return .failure(error.error(in: buffer))
            }
        }
        return try result.get()
    }

    private enum Signal: String {
        case traces = "spans", metrics, logs
    }

    private static func documents(_ scanner: inout DocumentScanner) throws(ReadFailure) -> OTLPDocument {
        _ = scanner.json.peek()
        guard !scanner.json.isAtEnd else { throw scanner.failure("there is nothing in it, not even {}") }
        var signal: Signal?
        var (set, metrics, logs) = (SpanSet(), [OTLPMetric](), [OTLPLog]())
        repeat {
            let next = try self.signal(scanner)
            guard signal == nil || signal == next else {
                throw scanner.failure(
                    "holds \(next.rawValue), but the lines before hold others; give one kind at a time"
                )
            }
            signal = next
            switch next {
            case .traces: try OTLPReader.traces(&scanner, into: &set)
            case .metrics: metrics += try OTLPReader.metrics(&scanner)
            case .logs: logs += try OTLPReader.logs(&scanner)
            }
            let end = scanner.json.position
            _ = scanner.json.peek()
            let between = UnsafeBufferPointer(start: end, count: scanner.json.position - end)
            guard scanner.json.isAtEnd || between.contains(0x0A) else {
                throw scanner.failure("text after the end of the request")
            }
        } while !scanner.json.isAtEnd
        return signal == .metrics ? .metrics(metrics) : signal == .logs ? .logs(logs) : .traces(set)
    }

    /// Which signal the next document holds; nothing is consumed.
    private static func signal(_ scanner: DocumentScanner) throws(ReadFailure) -> Signal {
        var ahead = scanner
        guard ahead.json.peek() == UInt8(ascii: "{") else {
            throw scanner.failure("expected an OTLP request, an object, not \(ahead.nextName)")
        }
        try ahead.object()
        var isEmpty = true
        while let key = try ahead.nextKey() {
            if key("resourceSpans") { return .traces }
            if key("resourceMetrics") { return .metrics }
            if key("resourceLogs") { return .logs }
            if key("resource_spans") || key("resource_metrics") || key("resource_logs") {
                throw ahead.failure(
                    "names are in lower camel case: resourceSpans, resourceMetrics, resourceLogs"
                )
            }
            if key("resourceProfiles") {
                throw ahead.failure("profiles aren't read; give spans, metrics or logs")
            }
            isEmpty = false
            try ahead.skip()
        }
        // An empty message is written as {}.
        guard isEmpty else {
            throw scanner.failure(
                "has none of resourceSpans, resourceMetrics and resourceLogs; expected an OTLP request"
            )
        }
        return .traces
    }
}

/// A metric of a request.
public struct OTLPMetric: Sendable, Hashable {
    /// The service that sent it.
    public var service: String
    /// The name of the library that recorded it.
    public var scope: String
    /// Its name.
    public var name: String
    /// Its unit, as UCUM has it.
    public var unit: String
    /// What it measures.
    public var description: String
    /// `gauge`, `sum`, `histogram`, `exponentialHistogram`, `summary`; empty where it has no data.
    public var type: String
    /// 0 unspecified, 1 delta, 2 cumulative.
    public var temporality: UInt8
    /// Whether a sum only grows.
    public var isMonotonic: Bool
    /// Its data points.
    public var points: [OTLPPoint]
}

/// A data point of a metric.
public struct OTLPPoint: Sendable, Hashable {
    /// When measuring began, in nanoseconds since 1970.
    public var start: UInt64 = 0
    /// When it was measured, in nanoseconds since 1970.
    public var at: UInt64 = 0
    /// What is known about it.
    public var attributes: [Attribute] = []
    /// The number of a gauge or sum, as integer or double; `nil` where there is none.
    public var value: AttributeValue?
    /// The count of a histogram or summary.
    public var count: UInt64?
    /// The sum of a histogram or summary.
    public var sum: Double?
    /// The counts of a histogram's buckets.
    public var buckets: [UInt64] = []
    /// The upper bounds of the buckets but the last.
    public var bounds: [Double] = []
}

/// A log record of a request, or an event where it has a name.
public struct OTLPLog: Sendable, Hashable {
    /// The service that sent it.
    public var service: String = ""
    /// The name of the library that recorded it.
    public var scope: String = ""
    /// Nanoseconds since 1970: when it happened, or else was observed.
    public var at: UInt64 = 0
    /// 1 to 24, 0 unspecified.
    public var severity: UInt8 = 0
    /// The severity in the sender's words.
    public var severityText: String = ""
    /// The name of an event; empty for a log record.
    public var event: String = ""
    /// What is said.
    public var body: AttributeValue = .empty
    /// What is known about it.
    public var attributes: [Attribute] = []
    /// The trace that it was written in.
    public var trace: TraceID?
    /// The span that it was written in.
    public var span: SpanID?
}
