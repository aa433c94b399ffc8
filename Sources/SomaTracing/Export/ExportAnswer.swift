import SomaCore
import SomaTraces

/// What a collector says of a request that it took: OTLP's `ExportTraceServiceResponse`.
struct ExportAnswer {
    /// Spans that it didn't take; 0 where nothing is said, or nothing that can be read.
    private(set) var rejected = 0
    /// Why.
    private(set) var message = ""

    init(_ bytes: [UInt8], _ encoding: SpanExporterOptions.Encoding) {
        guard !bytes.isEmpty else { return }
        switch encoding {
        case .protobuf:
            guard let partial = OTLPPartialSuccess(protobuf: bytes) else { return }
            (rejected, message) = (Int(clamping: partial.rejected), partial.message)
        case .json:
            guard let partial = (try? JSON.parse(bytes))?["partialSuccess"] else { return }
            // Numbers of 64 bits are strings in OTLP's JSON, and by some senders numbers.
            rejected =
                partial["rejectedSpans"]?.int ?? partial["rejectedSpans"]?.string.flatMap { Int($0) } ?? 0
            message = partial["errorMessage"]?.string ?? ""
        }
        message = String(message.prefix(500))
    }
}
