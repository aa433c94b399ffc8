/// What a metric family measures.
package enum MetricKind: String, Hashable, Sendable, CaseIterable {
    case counter, gauge, histogram, summary, info, stateset
    case gaugeHistogram = "gaugehistogram"
    /// `unknown` in OpenMetrics, `untyped` or no type at all in Prometheus' text.
    case unknown

    /// The name in Prometheus' text format, which has no word for some kinds.
    package var prometheusName: String {
        switch self {
        case .counter, .gauge, .histogram, .summary, .gaugeHistogram: rawValue
        case .info, .stateset: "gauge"
        case .unknown: "untyped"
        }
    }

    /// What may follow the family's name in the name of a sample (OpenMetrics 1.0, "Suffixes").
    package var suffixes: [SampleRole] {
        switch self {
        case .counter: [.total, .created]
        case .summary: [.value, .count, .sum, .created]
        case .histogram: [.count, .sum, .bucket, .created]
        case .gaugeHistogram: [.gcount, .gsum, .bucket]
        case .info: [.info]
        case .gauge, .stateset, .unknown: [.value]
        }
    }

    var isHistogram: Bool { self == .histogram || self == .gaugeHistogram }
}

/// What a sample is within its family: what its name says after the family's.
package enum SampleRole: String, Hashable, Sendable, CaseIterable {
    /// The name is the family's own.
    case value = ""
    case total = "_total"
    case created = "_created"
    case sum = "_sum"
    case count = "_count"
    case bucket = "_bucket"
    case gsum = "_gsum"
    case gcount = "_gcount"
    case info = "_info"

    /// The role that a suffix gives; `nil` for any other text.
    init?(suffix: UnsafeBufferPointer<UInt8>) {
        guard suffix.count <= 8 else { return nil }
        guard let role = SampleRole(rawValue: String(decoding: suffix, as: UTF8.self)) else { return nil }
        self = role
    }
}
