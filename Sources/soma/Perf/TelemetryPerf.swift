import SomaCore

/// `soma perf engine --pairs`: the engine with telemetry beside itself without, one after the other in turn (ABBA…), so that a
/// machine that gets slower or quicker meanwhile favours neither.
struct TelemetryPerf {
    let engine: EnginePerf
    let pairs: Int

    private typealias Figures = EnginePerf.Figures

    func measure(progress: (String) -> Void) async throws -> JSON {
        // Not counted: it warms up files, caches and the connection.
        _ = try await engine.round("warm", with: engine.telemetry)
        var with: [Figures] = []
        var without: [Figures] = []
        for pair in 0..<pairs {
            for isWith in pair.isMultiple(of: 2) ? [false, true] : [true, false] {
                progress("pair \(pair + 1) of \(pairs): \(isWith ? "with" : "without") telemetry")
                let figures = try await engine.round("\(pair)", with: isWith ? engine.telemetry : nil)
                if isWith { with.append(figures) } else { without.append(figures) }
            }
        }
        return json(with, without)
    }

    private func json(_ with: [Figures], _ without: [Figures]) -> JSON {
        let speeds = Spread(zip(with, without).map { $0.rowsPerSecond / $1.rowsPerSecond })
        let costs = Spread(zip(with, without).map { $0.cost / $1.cost })
        return [
            "telemetry": .string(engine.telemetry?.kind.rawValue ?? "none"),
            "sample": .double(engine.telemetry?.sample ?? 0),
            "transitions": JSON(without[0].rows), "runs": JSON(engine.runs), "cycles": JSON(engine.cycles),
            "state_bytes": JSON(engine.stateBytes), "pairs": JSON(pairs),
            "transitions_per_second": .double(Spread(with.map(\.rowsPerSecond)).median.rounded()),
            "plain_transitions_per_second": .double(Spread(without.map(\.rowsPerSecond)).median.rounded()),
            "ratio": .double(speeds.median), "ratio_low": .double(speeds.low),
            "ratio_high": .double(speeds.high), "ratios": .array(speeds.sorted.map(JSON.double)),
            "cpu_us_per_transition": .double(Spread(with.map(\.cost)).median * 1e6),
            "plain_cpu_us_per_transition": .double(Spread(without.map(\.cost)).median * 1e6),
            "cpu_ratio": .double(costs.median), "cpu_ratio_low": .double(costs.low),
            "cpu_ratio_high": .double(costs.high), "cpu_ratios": .array(costs.sorted.map(JSON.double)),
            "spans_exported": JSON(with.reduce(0) { $0 + $1.spansExported }),
            "spans_dropped": JSON(with.reduce(0) { $0 + $1.spansDropped }),
        ]
    }
}

/// Numbers by size: their median and the quartiles around it.
struct Spread {
    let sorted: [Double]

    /// - Parameter values: One at least.
    init(_ values: [Double]) { sorted = values.sorted() }

    var median: Double { quantile(0.5) }
    var low: Double { quantile(0.25) }
    var high: Double { quantile(0.75) }

    /// Between two numbers, as far as it lies between their places.
    private func quantile(_ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let (below, above) = (Int(place), min(sorted.count - 1, Int(place) + 1))
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
}
