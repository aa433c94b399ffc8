package import SomaMetrics

/// Panels that are looked at together.
package struct Dashboard: Sendable, Hashable {
    /// Unique among those at hand; `:metrics NAME` opens it.
    package var name: String
    package var panels: [PanelSpec]

    package init(_ name: String, _ panels: [PanelSpec]) {
        self.name = name
        self.panels = panels
    }

    /// The dashboards that need no file, and others; one of the same name takes the place of the first.
    package static func all(with others: [Dashboard]) -> [Dashboard] {
        var all = builtIn
        for other in others {
            if let place = all.firstIndex(where: { $0.name == other.name }) {
                all[place] = other
            } else if all.count < countMax {
                all.append(other)
            }
        }
        return all
    }

    /// The most panels of one dashboard.
    package static let panelsMax = 24
    /// The most dashboards.
    package static let countMax = 64
}

/// What one panel shows and how.
package struct PanelSpec: Sendable, Hashable {
    /// How the values are drawn.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case line
        /// Lines with what is below them filled.
        case area
        /// Areas on top of each other: the uppermost edge is the sum.
        case stacked
        /// The buckets of a histogram over time: the more in one, the denser.
        case heatmap
        /// The latest value, and how it came to be.
        case stat
    }

    /// A value from which on something is to be watched, or is bad.
    package struct Threshold: Sendable, Hashable {
        package enum Level: String, Sendable, Hashable, CaseIterable { case warning, bad }

        package var value: Double
        package var level: Level
        /// Whether values below it are meant, not those above.
        package var isBelow: Bool

        package init(_ value: Double, _ level: Level = .warning, isBelow: Bool = false) {
            self.value = value
            self.level = level
            self.isBelow = isBelow
        }

        func holds(for other: Double) -> Bool { isBelow ? other < value : other >= value }
    }

    package var title: String
    package var kind: Kind
    package var unit: MetricUnit
    package var series: [SeriesSpec]
    package var thresholds: [Threshold]
    /// The bottom and the top of the axis; `nil` follows the values.
    package var least: Double?
    package var most: Double?

    package init(
        _ title: String,
        _ kind: Kind = .line,
        _ unit: MetricUnit = .number,
        thresholds: [Threshold] = [],
        least: Double? = nil,
        most: Double? = nil,
        _ series: [SeriesSpec]
    ) {
        self.title = title
        self.kind = kind
        self.unit = unit
        self.series = series
        self.thresholds = thresholds
        self.least = least
        self.most = most
    }

    /// The most questions of one panel.
    package static let seriesMax = 8
}

/// Where lines of a panel come from: a metric, or PromQL for a server.
package struct SeriesSpec: Sendable, Hashable {
    /// What is made of the samples; windows of time follow the time in sight.
    package enum Function: Sendable, Hashable {
        case value, rate, increase
        /// Of a classic histogram, by its name without `_bucket`.
        case quantile(Double)
    }

    /// What lines are called: text with `{label}` in it; empty for their labels.
    package var legend: String
    /// `nil` where only a server can answer.
    package var metric: String?
    package var labels: [String: String]
    package var function: Function
    /// The labels that make a line; an empty list for one line of all, `nil` leaves the series apart.
    package var by: [String]?
    package var aggregation: SeriesQuery.Aggregation
    package var factor: Double
    /// What a server is asked instead; `$window` in it is the window of rates.
    package var promQL: String?

    /// Whether a server needs several samples within the window for a value.
    var isOverWindow: Bool { promQL.map { $0.contains("$window") } ?? (function != .value) }

    package init(
        _ metric: String?,
        _ function: Function = .value,
        by: [String]? = [],
        labels: [String: String] = [:],
        aggregation: SeriesQuery.Aggregation = .sum,
        factor: Double = 1,
        legend: String = "",
        promQL: String? = nil
    ) {
        self.metric = metric
        self.function = function
        self.by = by
        self.labels = labels
        self.aggregation = aggregation
        self.factor = factor
        self.legend = legend
        self.promQL = promQL
    }
}
