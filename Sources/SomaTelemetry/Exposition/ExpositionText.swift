/// Writes metrics as text.
struct ExpositionText {
    /// Units that a name may end in, by which OpenMetrics calls them.
    private static let units = ["seconds", "bytes", "usd"]

    let format: ExpositionFormat
    private(set) var result = ""

    init(_ format: ExpositionFormat = .prometheus) {
        self.format = format
    }

    mutating func append(_ family: MetricFamily) {
        let series = family.sorted
        let metric = family.metric
        guard !series.isEmpty else { return }
        appendHead(name: metric.name, help: metric.help, type: Self.typeName(metric.kind))
        for (values, series) in series {
            let labels = labels(names: metric.labels, values: values)
            switch series {
            case .counter(let counter): appendSample(metric.name, labels, counter.value, counter.exemplar)
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

    /// Says that this was all; OpenMetrics has it so that a text that was cut off is known.
    mutating func end() {
        if format == .openMetrics { result += "# EOF\n" }
    }

    private mutating func append(_ histogram: HistogramSeries, _ name: String, _ labels: [String]) {
        let (cumulative, sum) = histogram.snapshot
        let exemplars = histogram.exemplars
        for (index, bound) in (histogram.bounds + [.infinity]).enumerated() {
            let exemplar = exemplars.indices.contains(index) ? exemplars[index] : nil
            let labels = labels + ["le=\"\(boundText(bound))\""]
            appendLine(name + "_bucket", labels, String(cumulative[index]), exemplar)
        }
        appendSample(name + "_sum", labels, sum)
        appendLine(name + "_count", labels, String(cumulative[histogram.bounds.count]))
    }

    private mutating func appendHead(name: String, help: String, type: String) {
        let isOpen = format == .openMetrics
        // OpenMetrics means by the name of a counter what stands in front of _total.
        let family = isOpen && name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
        result += "# HELP \(family) \(Self.escaped(help, quotes: isOpen))\n# TYPE \(family) \(type)\n"
        if isOpen, let unit = Self.units.first(where: { family.hasSuffix("_" + $0) }) {
            result += "# UNIT \(family) \(unit)\n"
        }
    }

    private mutating func appendSample(
        _ name: String,
        _ labels: [String],
        _ value: Double,
        _ exemplar: Exemplar? = nil
    ) {
        appendLine(name, labels, Self.number(value), exemplar)
    }

    private mutating func appendLine(
        _ name: String,
        _ labels: [String],
        _ value: String,
        _ exemplar: Exemplar? = nil
    ) {
        result += name
        if !labels.isEmpty { result += "{\(labels.joined(separator: ","))}" }
        result += " \(value)"
        if format == .openMetrics, let exemplar { append(exemplar) }
        result += "\n"
    }

    private mutating func append(_ exemplar: Exemplar) {
        result += " # {trace_id=\"\(exemplar.trace.traceIDText)\""
        if let span = exemplar.trace.spanIDText { result += ",span_id=\"\(span)\"" }
        result += "} \(Self.number(exemplar.value))"
        if let at = exemplar.secondsSince1970 { result += " \(Self.number(at))" }
    }

    private static func typeName(_ kind: RegisteredMetric.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private func labels(names: [String], values: [String]) -> [String] {
        zip(names, values).compactMap { name, value in
            // An empty label is the same as none.
            value.isEmpty ? nil : "\(name)=\"\(Self.escaped(value, quotes: true))\""
        }
    }

    /// A bucket's bound. OpenMetrics writes whole ones as 1.0.
    private func boundText(_ bound: Double) -> String {
        let text = Self.number(bound)
        return format == .openMetrics && Int64(text) != nil ? text + ".0" : text
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
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
        return String(value)
    }
}
