package import SomaCore
package import SomaMetrics

/// Where the metrics view gets what it shows: samples that are scraped and kept for a while, or a Prometheus server.
package protocol MetricsSource: Sendable {
    /// What is asked, for the view.
    var origin: MetricsOrigin { get }
    /// What it tells, until it is closed; one reader.
    var news: AsyncStream<MetricsNews> { get }
    /// Asks something. Never waits.
    func send(_ request: MetricsRequest)
    /// Ends all asking, and the news.
    func close()
}

/// What a metrics source asks.
package struct MetricsOrigin: Sendable, Hashable {
    /// How it is asked.
    package enum Kind: Sendable, Hashable {
        /// An endpoint is scraped, and what it said is kept for a while: `PanelQuery.Part.scraped` is answered.
        case scraped
        /// A Prometheus server is asked: `PanelQuery.Part.promQL` is answered.
        case server
    }

    package var kind: Kind
    /// What the view calls it: an address without secrets, or `daemon`.
    package var name: String
    /// How far back there can be anything at all.
    package var reach: Duration

    package init(_ kind: Kind, name: String, reach: Duration) {
        self.kind = kind
        self.name = name
        self.reach = reach
    }
}

/// What a metrics source tells.
package enum MetricsNews: Sendable {
    /// What the panels of a look show, by the look's number.
    case answered(Int, MetricsAnswer)
    /// The source can't be asked; the reason says what to do. It is tried again.
    case lost(String)
    /// The alerts of a Prometheus server, all there are; told while nothing is in sight as well, since they are counted in
    /// every view. A source that has none never tells any.
    case alerts([PrometheusAlert])
    /// The server is there, but its alerts, or some of them, can't be read: nobody knows whether any fires.
    case alertsFailed(String)
}

/// What the console wants of a metrics source.
package enum MetricsRequest: Sendable, Hashable {
    /// All that is in sight, in place of what was before: a look for each part of the screen, or one for two that see the
    /// same. One that was there before, with its number, goes on.
    case looks([MetricsLook])
    /// The address of the daemon that the console is attached to from now on, `unix:PATH` or `http://HOST:PORT`: what is
    /// scraped where nothing else was named. What was kept of another daemon is forgotten.
    case daemon(String)
    /// The console turned away from its daemon, and isn't attached to another yet: where it is the daemon that is scraped,
    /// nothing is.
    case daemonLeft
}

/// What is asked again and again while it is in sight.
package struct MetricsLook: Sendable, Hashable {
    /// Its own number: what an earlier one still tells is nobody's concern.
    package var number: Int
    package var panels: [PanelQuery]
    /// The end of the time in sight; `nil` is now, and moves on.
    package var until: Timestamp?
    /// How much time is in sight.
    package var length: Duration
    /// How many moments are asked for, evenly over that time, the last of them its end; from 2.
    package var points: Int

    package init(number: Int, panels: [PanelQuery], until: Timestamp?, length: Duration, points: Int) {
        self.number = number
        self.panels = panels
        self.until = until
        self.length = length
        self.points = points
    }
}

/// What a panel asks: the same in both forms, one for samples that were scraped and one for a server.
package struct PanelQuery: Sendable, Hashable {
    /// One question, which may be answered by several lines.
    package struct Part: Sendable, Hashable {
        /// What the lines are called: text with `{label}` in it; empty for their labels.
        package var legend: String
        /// In PromQL, for a server; empty where only scraped samples can answer.
        package var promQL: String
        /// For samples that were scraped; `nil` where only a server can answer.
        package var scraped: ScrapedQuery?

        package init(legend: String = "", promQL: String, scraped: ScrapedQuery?) {
            self.legend = legend
            self.promQL = promQL
            self.scraped = scraped
        }
    }

    package var parts: [Part]
    /// How it is drawn: what becomes of more lines than can be told apart.
    package var kind: PanelSpec.Kind

    package init(_ parts: [Part], kind: PanelSpec.Kind = .line) {
        self.parts = parts
        self.kind = kind
    }
}

/// A question to samples that were scraped; see `SeriesQuery`.
package struct ScrapedQuery: Sendable, Hashable {
    package var metric: String
    /// Label and the value that it must have.
    package var labels: [String: String]
    package var function: SeriesQuery.Function
    /// The labels that make a group; an empty list for one group of all, `nil` leaves the series apart.
    package var by: [String]?
    package var aggregation: SeriesQuery.Aggregation
    /// What the result is multiplied with.
    package var factor: Double

    package init(
        _ metric: String,
        labels: [String: String] = [:],
        function: SeriesQuery.Function = .value,
        by: [String]? = nil,
        aggregation: SeriesQuery.Aggregation = .sum,
        factor: Double = 1
    ) {
        self.metric = metric
        self.labels = labels
        self.function = function
        self.by = by
        self.aggregation = aggregation
        self.factor = factor
    }
}

/// What the panels of a look show.
package struct MetricsAnswer: Sendable, Hashable {
    /// A line of a panel.
    package struct Line: Sendable, Hashable {
        package var name: String
        package var labels: [String: String]
        /// A value for each moment; `nil` is a gap.
        package var values: [Double?]
        /// How many lines it stands for: more than one where it is the sum of those that can't be told apart.
        package var count: Int

        package init(name: String, labels: [String: String], values: [Double?], count: Int = 1) {
            self.name = name
            self.labels = labels
            self.values = values
            self.count = count
        }

        /// Adds another line's values, each at its moment; a gap is filled by the other's value.
        package mutating func add(_ other: [Double?]) {
            for (index, value) in other.prefix(values.count).enumerated() {
                guard let value, value.isFinite else { continue }
                let own = values[index].flatMap { $0.isFinite ? $0 : nil }
                values[index] = (own ?? 0) + value
            }
        }

        /// The farthest that it is from zero.
        package var height: Double {
            values.reduce(0) { top, value in
                guard let value, value.isFinite else { return top }
                return max(top, abs(value))
            }
        }
    }

    /// A panel's lines, or why there are none.
    package enum Panel: Sendable, Hashable {
        case lines([Line])
        case failed(String)
    }

    /// The moments, evenly: the first, the last, how many.
    package var from: Timestamp
    package var until: Timestamp
    package var points: Int
    /// In the order of the look's panels.
    package var panels: [Panel]
    /// When the newest samples were taken.
    package var heardAt: Timestamp?
    /// What has to be said beside: losses, limits, warnings of the server.
    package var remarks: [String]

    package init(
        from: Timestamp,
        until: Timestamp,
        points: Int,
        panels: [Panel],
        heardAt: Timestamp?,
        remarks: [String] = []
    ) {
        self.from = from
        self.until = until
        self.points = points
        self.panels = panels
        self.heardAt = heardAt
        self.remarks = remarks
    }

    /// The first moment at which anything has a value.
    var firstAt: Timestamp? {
        let places = panels.flatMap { panel in
            if case .lines(let lines) = panel {
                lines.compactMap { line in line.values.firstIndex { $0 != nil } }
            } else {
                [Int]()
            }
        }
        guard let place = places.min() else { return nil }
        let step = (until - from).microseconds / Int64(max(1, points - 1))
        return from + .microseconds(step * Int64(place))
    }
}
