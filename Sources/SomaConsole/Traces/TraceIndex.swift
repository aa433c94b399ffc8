import SomaCore
import SomaTerminal
import SomaTraces

/// What a waterfall is drawn with beside its rows; made once for each trace, at a cost that follows its spans.
struct TraceIndex: Sendable {
    /// What a span is drawn as.
    enum Ink: Sendable, Hashable {
        /// A part of a run.
        case work(Waterfall.Kind)
        /// Work of the service that came so manieth.
        case service(UInt8)
    }

    /// What each span is.
    private(set) var inks: [Ink] = []
    /// What was waited for along the critical path, the longest first.
    private(set) var shares = TimeShares([TimeShares.Share]())
    /// The spans that failed, in drawing order.
    private(set) var failures: [Int32] = []
    /// How many services took part.
    private(set) var services = 0
    /// How many spans have something odd about them.
    private(set) var oddities = 0
    /// Long stretches in which nothing worked, in microseconds since 1970; what the axis cuts.
    private(set) var quiet: [Range<Int64>] = []

    /// The most stretches that are cut.
    private static let quietMax = 512

    init() {}

    init(_ waterfall: TraceWaterfall) {
        let trace = waterfall.trace
        var places: [String: UInt8] = [:]
        let services = trace.set.resources.map { resource -> UInt8 in
            let place = places[resource.service] ?? UInt8(clamping: places.count)
            places[resource.service] = place
            return place
        }
        inks = trace.spans.map { span in
            if let kind = Self.kind(of: span) { return .work(kind) }
            let resource = Int(span.resource)
            return .service(services.indices.contains(resource) ? services[resource] : 0)
        }
        let used = Set(trace.spans.lazy.map(\.resource))
        self.services =
            Set(used.map { services.indices.contains(Int($0)) ? Int(services[Int($0)]) : -1 }).count
        failures = waterfall.tree.order.filter { trace.spans[Int($0)].hasFailed }
        oddities = waterfall.warningCount
        shares = Self.shares(waterfall, inks)
        quiet = Self.quiet(waterfall, inks)
    }

    /// The colour of a span.
    func role(of span: Int) -> ThemeRole {
        switch inks[span] {
        case .work(let kind): WaterfallView.role(kind)
        case .service(let place): [ThemeRole.chart1, .chart2, .chart3, .chart4][Int(place) % 4]
        }
    }

    /// What a span of a run is; `nil` for any other.
    private static func kind(of span: TraceSpan) -> Waterfall.Kind? {
        var (isSoma, operation, isChild) = (false, "", false)
        for attribute in span.attributes {
            switch attribute.key {
            case "soma.run.id": isSoma = true
            case "soma.child.id": isChild = true
            case "gen_ai.operation.name": operation = attribute.value.string ?? ""
            default: break
            }
        }
        guard isSoma else { return nil }
        if isChild { return .child }
        switch operation {
        case "chat": return .model
        case "execute_tool": return .tool
        default: break
        }
        if span.name == "pause" { return .pause }
        return span.name.hasPrefix("wait for ") ? .person : .visit
    }

    private static func shares(_ waterfall: TraceWaterfall, _ inks: [Ink]) -> TimeShares {
        struct Key: Hashable {
            var ink: Ink
            var word: String
        }
        var totals: [Key: Int64] = [:]
        let trace = waterfall.trace
        var names: [Ink: String] = [:]
        for (span, time) in waterfall.path.times.enumerated() where time > 0 {
            let ink = inks[span]
            let word: String
            switch ink {
            case .work(let kind): word = TimeShares.word(kind)
            case .service:
                word = names[ink] ?? trace.service(of: trace.spans[span]).firstLine
                names[ink] = word
            }
            totals[Key(ink: ink, word: word), default: 0].increase(by: time / 1_000)
        }
        var index = TraceIndex()
        index.inks = totals.keys.map(\.ink)
        return TimeShares(
            totals.enumerated()
                .map { place, total in
                    .init(
                        word: total.key.word,
                        role: index.role(of: place),
                        time: total.value,
                        length: SpanWords.time(min(total.value, .max / 1_000) * 1_000)
                    )
                }
                .filter { $0.time > 0 }
                .sorted { ($1.time, $0.word) < ($0.time, $1.word) }
        )
    }

    /// Where no span that has nothing inside went on, but for those in which somebody is waited for.
    private static func quiet(_ waterfall: TraceWaterfall, _ inks: [Ink]) -> [Range<Int64>] {
        let least = Timeline.quietMin.microseconds
        guard waterfall.duration / 1_000 > least else { return [] }
        var busy: [Range<Int64>] = []
        for span in inks.indices where waterfall.tree.sizes[span] == 1 {
            if inks[span] == .work(.person) || inks[span] == .work(.pause) { continue }
            busy.append(waterfall.starts[span] / 1_000..<waterfall.end(of: span) / 1_000)
        }
        busy.sort { $0.lowerBound < $1.lowerBound }
        var quiet: [Range<Int64>] = []
        var reached = waterfall.start / 1_000
        for stretch in busy + [waterfall.end / 1_000..<waterfall.end / 1_000] {
            if stretch.lowerBound > reached, stretch.lowerBound - reached >= least {
                quiet.append(reached..<stretch.lowerBound)
            }
            reached = max(reached, stretch.upperBound)
        }
        return Array(quiet.prefix(quietMax))
    }
}
