import SomaConsole
import SomaMetrics
import SomaSettings

/// Reads a dashboard from YAML; docs/reference/dashboards.md says what may be in it.
enum DashboardReader {
    /// Largest file in bytes.
    static let bytesMax = 262_144

    /// The dashboard that a text stands for.
    /// - Parameters:
    ///   - bytes: The file, UTF-8.
    ///   - file: Its name for messages.
    /// - Throws: `SettingsError.Kind.invalid` with every problem found, each with its line and the nearest right name.
    static func read(_ bytes: [UInt8], file: String) throws(SettingsError) -> Dashboard {
        let reader = YAMLReader(limits: YAMLLimits(bytesMax: bytesMax, depthMax: 16, nodesMax: 10_000))
        return try reader.document(bytes, file: file).decode { object in dashboard(object) }
    }

    private static func dashboard(_ object: YAMLObject) -> Dashboard? {
        let name = object.required("name", self.name)
        let panels = object.required(
            "panels",
            .list(of: YAMLRule.object("a panel", panel), count: 1...Dashboard.panelsMax)
        )
        guard let name, let panels else { return nil }
        return Dashboard(name, panels)
    }

    /// One word, since `:metrics NAME` has to name it.
    private static var name: YAMLRule<String> {
        YAMLRule<String>.text(scalarsMax: 32).checked { text in
            let isWord = text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
            return isWord ? nil : "expected a name of letters, digits, - and _"
        }
    }

    // MARK: Panels

    private static func panel(_ object: YAMLObject) -> PanelSpec? {
        let title = object.required("title", .text(scalarsMax: 60))
        let kind = object.value("kind", choice(PanelSpec.Kind.self), default: .line)
        let unit = object.value("unit", choice(MetricUnit.self), default: .number)
        let least = object.optional("min", .number())
        let most = object.optional("max", .number())
        if let least, let most, least >= most { object.value("max")?.report("expected a max above min") }
        let thresholds = object.value(
            "thresholds",
            .list(of: YAMLRule.object("a threshold", threshold), count: 0...4),
            default: []
        )
        let series = object.required(
            "series",
            .list(of: YAMLRule.object("a series", { self.series($0, kind) }), count: 1...PanelSpec.seriesMax)
        )
        guard let title, let series else { return nil }
        return PanelSpec(title, kind, unit, thresholds: thresholds, least: least, most: most, series)
    }

    private static func threshold(_ object: YAMLObject) -> PanelSpec.Threshold? {
        let above = object.optional("above", .number())
        let below = object.optional("below", .number())
        let level = object.value("level", choice(PanelSpec.Threshold.Level.self), default: .warning)
        guard (above == nil) != (below == nil) else {
            (object.key("below") ?? object.cursor).report("expected either above or below")
            return nil
        }
        return PanelSpec.Threshold(above ?? below ?? 0, level, isBelow: above == nil)
    }

    // MARK: Series

    private static func series(_ object: YAMLObject, _ kind: PanelSpec.Kind) -> SeriesSpec? {
        let metric = object.optional("metric", self.metric)
        let promQL = object.optional("promql", .text(scalarsMax: 8_192))
        let function = object.value("function", choice(Function.self), default: .value)
        let share = object.optional("quantile", .number(in: 0...1))
        let labels = object.value("labels", .dictionary(of: .anyScalar, countMax: 16), default: [])
        let by = object.value("by", .list(of: .text(scalarsMax: 128), count: 0...8), default: [])
        let apart = object.value("apart", .boolean, default: false)
        let aggregation = object.value("aggregation", choice(SeriesQuery.Aggregation.self), default: .sum)
        let factor = object.value("factor", .number(), default: 1)
        let legend = object.value("legend", .anyScalar, default: "")
        guard metric != nil || promQL != nil else {
            if object.value("metric") == nil, object.value("promql") == nil {
                object.cursor.report("expected metric, promql or both, found neither")
            }
            return nil
        }
        if (function == .quantile) != (share != nil) {
            (object.key("quantile") ?? object.key("function") ?? object.cursor)
                .report("function: quantile and quantile: SHARE belong together")
            return nil
        }
        if kind == .heatmap, metric != nil, !apart, !by.contains("le") {
            (object.key("by") ?? object.cursor).report("a heat map needs the label le: by: [le]")
            return nil
        }
        return SeriesSpec(
            metric,
            function.function(share ?? 0.5),
            by: apart ? nil : by,
            labels: Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first },
            aggregation: aggregation,
            factor: factor,
            legend: legend,
            promQL: promQL
        )
    }

    private static var metric: YAMLRule<String> {
        YAMLRule<String>.text(scalarsMax: 256).checked { text in
            let isName =
                text.utf8.first.map { !(0x30...0x39).contains($0) } == true
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                        || (0x61...0x7A).contains(byte)
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
                }
            return isName ? nil : "expected the name of a metric; what is more than a name goes into promql"
        }
    }

    private enum Function: String, CaseIterable {
        case value, rate, increase, quantile

        func function(_ share: Double) -> SeriesSpec.Function {
            switch self {
            case .value: .value
            case .rate: .rate
            case .increase: .increase
            case .quantile: .quantile(share)
            }
        }
    }

    /// A case by its word; the nearest is suggested for another.
    private static func choice<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type)
        -> YAMLRule<Choice>
    {
        let words = type.allCases.map(\.rawValue)
        return YAMLRule(expected: YAMLRule<String>.oneOf(words).expected) { (cursor: YAMLCursor) in
            YAMLRule<String>.oneOf(words).read(cursor).flatMap { Choice(rawValue: $0) }
        }
    }
}
