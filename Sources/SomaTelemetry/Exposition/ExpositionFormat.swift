/// The formats that metrics are written in.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
    case prometheus
    /// OpenMetrics 1.0: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
    case openMetrics

    /// The content type of an answer in this format.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format that a client would rather have, by its `Accept` header.
    ///
    /// Where it is the same to the client, and where it wants neither, it is Prometheus' text: anything reads that.
    public init(accept: String?) {
        let header = AcceptHeader(accept ?? "")
        let text = header.rank(type: "text", subtype: "plain", version: "0.0.4")
        let open = header.rank(type: "application", subtype: "openmetrics-text", version: "1.0.0")
        let isPreferred =
            open.quality > text.quality
            || open.quality > 0 && open.quality == text.quality && open.place < text.place
        self = isPreferred ? .openMetrics : .prometheus
    }
}

/// The answer to a request for metrics.
public struct Exposition: Sendable, Hashable {
    /// What it is written in.
    public let format: ExpositionFormat
    /// Whether the bytes are packed: `Content-Encoding: gzip`.
    public let isPacked: Bool
    /// The body.
    public let bytes: [UInt8]
}

extension MetricsRegistry {
    /// The metrics as a client asks for them.
    /// - Parameters:
    ///   - accept: Its `Accept` header.
    ///   - acceptEncoding: Its `Accept-Encoding` header; the answer is packed where that names gzip.
    ///   - process: What the system says about this process; nil leaves `process_*` out.
    public func exposition(
        accept: String?,
        acceptEncoding: String?,
        process: ProcessSample? = nil
    ) -> Exposition {
        let format = ExpositionFormat(accept: accept)
        let bytes = Array(render(format, process: process).utf8)
        if Self.packs(acceptEncoding), let packed = Gzip.pack(bytes) {
            return Exposition(format: format, isPacked: true, bytes: packed)
        }
        return Exposition(format: format, isPacked: false, bytes: bytes)
    }

    /// Whether a client takes gzip, and at least as gladly as what isn't packed.
    private static func packs(_ acceptEncoding: String?) -> Bool {
        guard let acceptEncoding else { return false }
        let header = AcceptHeader(acceptEncoding)
        let plain = header.entries.first { $0.name == "identity" }?.quality ?? 0
        let gzip = header.quality(ofCoding: ["gzip", "x-gzip"]) ?? 0
        return gzip > 0 && gzip >= plain
    }
}
