import SomaCore
import SomaMetrics

extension PanelSpec {
    /// What is asked for the panel.
    /// - Parameter window: Over which rates are taken; from a second.
    func query(window: Duration) -> PanelQuery {
        PanelQuery(
            series.prefix(Self.seriesMax).map { one in
                .init(legend: one.legend, promQL: one.text(window), scraped: one.scraped(window))
            },
            kind: kind
        )
    }
}

extension SeriesSpec {
    fileprivate func scraped(_ window: Duration) -> ScrapedQuery? {
        guard let metric else { return nil }
        let function: SeriesQuery.Function =
            switch function {
            case .value: .value
            case .rate: .rate(window: window)
            case .increase: .increase(window: window)
            case .quantile(let share): .quantile(share, window: window)
            }
        return ScrapedQuery(
            metric,
            labels: labels,
            function: function,
            by: by,
            aggregation: aggregation,
            factor: factor
        )
    }

    /// The question in PromQL: what was written, or what asks the same of a server as of scraped samples.
    fileprivate func text(_ window: Duration) -> String {
        let length = "\(max(1, window.components.seconds))s"
        if let promQL { return promQL.replacing("$window", with: length) }
        guard let metric else { return "" }
        let matchers = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value))" }
        func selector(_ name: String) -> String {
            matchers.isEmpty ? name : "\(name){\(matchers.joined(separator: ", "))}"
        }
        func grouped(_ text: String, _ aggregation: String, plus label: String? = nil) -> String {
            guard let by else { return text }
            let labels = by + (label.map { [$0] } ?? [])
            return labels.isEmpty
                ? "\(aggregation)(\(text))"
                : "\(aggregation) by (\(labels.joined(separator: ", "))) (\(text))"
        }
        let word = aggregation.promQL
        let text: String
        switch function {
        case .value: text = grouped(selector(metric), word)
        case .rate: text = grouped("rate(\(selector(metric))[\(length)])", word)
        case .increase: text = grouped("increase(\(selector(metric))[\(length)])", word)
        case .quantile(let share):
            let rates = "rate(\(selector("\(metric)_bucket"))[\(length)])"
            text = "histogram_quantile(\(share), \(grouped(rates, "sum", plus: "le")))"
        }
        guard factor != 1 else { return text }
        // A factor from a file may be larger than any whole number that fits.
        return (Int(exactly: factor).map { "\($0)" } ?? "\(factor)") + " * \(text)"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            + "\""
    }
}

extension SeriesQuery.Aggregation {
    /// The operator's name.
    var promQL: String {
        switch self {
        case .sum: "sum"
        case .average: "avg"
        case .minimum: "min"
        case .maximum: "max"
        case .count: "count"
        }
    }
}
