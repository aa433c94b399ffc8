/// A metric that may be exposed: its name, meaning, and the labels that it may carry.
public struct RegisteredMetric: Sendable, Hashable {
    /// What a metric measures.
    public enum Kind: Sendable, Hashable {
        /// A sum that only grows; its name ends in `_total`.
        case counter
        /// A value that goes up and down.
        case gauge
        /// Counts of observations at or below each bound; bounds grow, and `+Inf` is understood.
        case histogram(bounds: [Double])
    }

    /// Values of one label beyond which the rest become `other`.
    public static let labelValuesMax = 100

    /// The name, `soma_commit_duration_seconds`.
    public let name: String
    /// One sentence for people.
    public let help: String
    /// What it measures.
    public let kind: Kind
    /// The labels that it may carry, in the order shown.
    public let labels: [String]
    /// Most label combinations; further ones are counted with every label `other`.
    public let seriesMax: Int

    /// Describes a metric.
    /// - Parameters:
    ///   - name: Letters, digits and underscores; unit last; `_total` at the end of a counter and only there.
    ///   - help: One sentence.
    ///   - kind: What it measures.
    ///   - labels: Names of labels, none of them `le`.
    ///   - seriesMax: Most label combinations, at least 1.
    public init(name: String, help: String, kind: Kind, labels: [String] = [], seriesMax: Int = 1000) {
        precondition(
            MetricName.isValid(name) && labels.allSatisfy(MetricName.isValid),
            "names are letters, digits and _"
        )
        precondition(
            !labels.contains("le") && Set(labels).count == labels.count,
            "labels are distinct, and le is taken"
        )
        precondition((kind == .counter) == name.hasSuffix("_total"), "counters, and only they, end in _total")
        if case .histogram(let bounds) = kind {
            let isGrowing = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            precondition(
                !bounds.isEmpty && isGrowing && bounds.allSatisfy(\.isFinite),
                "bounds are finite and grow"
            )
        }
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.seriesMax = max(seriesMax, 1)
    }
}

/// What a metric or label may be called.
enum MetricName {
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
    }
}
