package import SomaCore

/// What to show of a store: which series, what to make of them, and how to bring them together.
package struct SeriesQuery: Sendable {
    /// A condition on a label; a label that a series lacks counts as empty, as in Prometheus.
    package enum Matcher: Sendable {
        case equal(String, String)
        case notEqual(String, String)
        /// The whole value must match the pattern, or must not.
        case pattern(String, LinearRegex, isWanted: Bool)

        /// A condition on the whole value.
        ///
        /// - Throws: `LinearRegexError` with the place in the pattern.
        package static func matches(
            _ label: String,
            _ pattern: String,
            isWanted: Bool = true
        ) throws(LinearRegexError) -> Matcher {
            // By itself first, so that no bracket of it can close the one around it.
            _ = try LinearRegex(pattern)
            return .pattern(label, try LinearRegex("^(\(pattern))$"), isWanted: isWanted)
        }

        func accepts(_ labels: [Exposition.Label]) -> Bool {
            func value(_ name: String) -> String { labels.first { $0.name == name }?.value ?? "" }
            switch self {
            case .equal(let name, let text): return value(name) == text
            case .notEqual(let name, let text): return value(name) != text
            case .pattern(let name, let regex, let isWanted): return regex.matches(value(name)) == isWanted
            }
        }
    }

    /// What is made of the samples of a series.
    package enum Function: Hashable, Sendable {
        /// The value that holds at the moment.
        case value
        /// Growth a second over the window before the moment, with resets of the counter made good.
        case rate(window: Duration)
        /// Growth over the window before the moment, with resets of the counter made good.
        case increase(window: Duration)
        /// A quantile of what a classic histogram counted within the window; the metric is its name without
        /// `_bucket`. The histograms of a group are added up before.
        case quantile(Double, window: Duration)
    }

    /// How the series of a group become one.
    package enum Aggregation: String, Hashable, Sendable, CaseIterable {
        case sum, average, minimum, maximum, count
    }

    /// The name of the samples; of the histogram for ``Function-swift.enum/quantile(_:window:)``.
    package var metric: String
    package var matchers: [Matcher]
    package var function: Function
    /// The labels that make a group, an empty list for one group of all; `nil` leaves the series apart.
    package var by: [String]?
    package var aggregation: Aggregation

    package init(
        _ metric: String,
        matchers: [Matcher] = [],
        function: Function = .value,
        by: [String]? = nil,
        aggregation: Aggregation = .sum
    ) {
        self.metric = metric
        self.matchers = matchers
        self.function = function
        self.by = by
        self.aggregation = aggregation
    }
}

/// One line of an answer.
package struct SeriesResult: Hashable, Sendable {
    /// The labels that are left, in ascending order.
    package let labels: [Exposition.Label]
    /// A value for each moment asked for; `nil` is a gap.
    package let values: [Double?]
}
