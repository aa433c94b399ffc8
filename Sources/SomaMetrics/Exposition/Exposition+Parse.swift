extension Exposition {
    /// Reads a whole text.
    ///
    /// - Throws: ``MetricsError`` of kind `malformed` with line and column, or `tooLarge`.
    package static func parse(
        _ bytes: [UInt8],
        as format: Format,
        limits: ExpositionLimits = ExpositionLimits()
    ) throws(MetricsError) -> Exposition {
        guard bytes.count <= min(limits.bytesMax, Int(Int32.max)) else {
            throw MetricsError(
                .tooLarge,
                "the text has \(bytes.count) bytes, more than the \(limits.bytesMax) that are read",
                hint: "expose less, or raise the limit"
            )
        }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<Exposition, ParseFailure> in
            let builder = ExpositionBuilder(source: bytes, bytes: buffer, labelsMax: limits.labelsMax)
            do throws(ParseFailure) {
                switch format {
                case .prometheus:
                    var parser = PrometheusTextParser(builder)
                    try parser.parse()
                    return .success(parser.builder.finish(format))
                case .openMetrics:
                    var parser = OpenMetricsTextParser(builder)
                    try parser.parse()
                    return .success(parser.builder.finish(format))
                }
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let exposition): return exposition
        case .failure(let failure): throw MetricsError(failure, in: bytes)
        }
    }

    /// The format that a `Content-Type` announces, as Prometheus chooses it: by the media type alone.
    ///
    /// - Throws: ``MetricsError`` of kind `contentType` for no type or one that isn't read.
    package static func format(contentType: String?) throws(MetricsError) -> Format {
        let hint = "answer with text/plain; version=0.0.4 or application/openmetrics-text; version=1.0.0"
        guard let contentType, !contentType.isEmpty else {
            throw MetricsError(.contentType, "the answer has no Content-Type", hint: hint)
        }
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch type {
        case "text/plain": return .prometheus
        case "application/openmetrics-text": return .openMetrics
        case "text/html":
            throw MetricsError(
                .contentType,
                "the answer is a web page, not metrics",
                hint: "the address of the metrics often ends in /metrics"
            )
        default:
            throw MetricsError(
                .contentType,
                "metrics of the type \(SafeQuote.quote(contentType)) can't be read",
                hint: hint
            )
        }
    }

    /// The `Accept` field of a scrape: OpenMetrics first for its exemplars, then the classic text.
    package static let accept =
        "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
}

/// What is wrong and at which byte.
struct ParseFailure: Error {
    let offset: Int
    let message: String
    var hint = ""

    init(_ offset: Int, _ message: String, hint: String = "") {
        self.offset = offset
        self.message = message
        self.hint = hint
    }
}

extension MetricsError {
    init(_ failure: ParseFailure, in bytes: [UInt8]) {
        let before = bytes.prefix(failure.offset)
        let line = before.reduce(into: 1) { if $1 == 0x0A { $0 += 1 } }
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        self.init(
            .malformed,
            line: line,
            column: failure.offset - start + 1,
            failure.message,
            hint: failure.hint
        )
    }
}
