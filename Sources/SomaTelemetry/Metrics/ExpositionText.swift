/// Writes the Prometheus text format 0.0.4.
/// See https://prometheus.io/docs/instrumenting/exposition_formats/
struct ExpositionText {
    private(set) var result = ""

    mutating func append(_ family: MetricFamily) {
        let series = family.sorted
        let metric = family.metric
        guard !series.isEmpty else { return }
        appendHead(name: metric.name, help: metric.help, type: Self.typeName(metric.kind))
        for (values, series) in series {
            let labels = Self.labels(names: metric.labels, values: values)
            switch series {
            case .counter(let counter): appendSample(metric.name, labels, counter.value)
            case .gauge(let gauge): appendSample(metric.name, labels, gauge.value)
            case .histogram(let histogram): append(histogram, metric.name, labels)
            }
        }
    }

    mutating func append(_ process: ProcessSample) {
        for sample in process.samples {
            appendHead(name: sample.name, help: sample.help, type: sample.isCounter ? "counter" : "gauge")
            appendSample(sample.name, [], sample.value)
        }
    }

    private mutating func append(_ histogram: HistogramSeries, _ name: String, _ labels: [String]) {
        let (cumulative, sum) = histogram.snapshot
        for (bound, count) in zip(histogram.bounds + [.infinity], cumulative) {
            appendSample(name + "_bucket", labels + ["le=\"\(Self.number(bound))\""], count)
        }
        appendSample(name + "_sum", labels, sum)
        appendSample(name + "_count", labels, cumulative[histogram.bounds.count])
    }

    private mutating func appendHead(name: String, help: String, type: String) {
        result += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    private mutating func appendSample(_ name: String, _ labels: [String], _ count: UInt64) {
        appendLine(name, labels, String(count))
    }

    private mutating func appendSample(_ name: String, _ labels: [String], _ value: Double) {
        appendLine(name, labels, Self.number(value))
    }

    private mutating func appendLine(_ name: String, _ labels: [String], _ value: String) {
        result += name
        if !labels.isEmpty { result += "{\(labels.joined(separator: ","))}" }
        result += " \(value)\n"
    }

    private static func typeName(_ kind: RegisteredMetric.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func labels(names: [String], values: [String]) -> [String] {
        zip(names, values).compactMap { name, value in
            // An empty label is the same as none.
            value.isEmpty ? nil : "\(name)=\"\(escaped(value, quotes: true))\""
        }
    }

    /// The format's own escapes; other control characters, which it would let through, are shown as text.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default:
                if UnsafeScalar.isUnsafe(scalar) {
                    result += "\\\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        return String(value)
    }
}
