import SomaConsole
import SomaCore
import SomaMetrics

/// The moments that a look asks for, in whole milliseconds as Prometheus counts.
struct MetricsMoments: Hashable, Sendable {
    /// The first, in milliseconds since 1970.
    let first: Int64
    /// Between two of them, in milliseconds; from 1.
    let step: Int64
    /// How many; from 2, and no more than Prometheus gives.
    let count: Int

    /// - Parameter now: What a look without an end ends at.
    init(_ look: MetricsLook, now: Timestamp) {
        count = min(max(2, look.points), SeriesStore.momentsMax)
        let end = (look.until ?? now).microseconds / 1_000
        let length = max(1, look.length.microseconds / 1_000)
        step = max(1, (length + Int64(count - 1) / 2) / Int64(count - 1))
        first =
            end.subtractingReportingOverflow(
                step.multipliedReportingOverflow(by: Int64(count - 1)).partialValue
            )
            .partialValue
    }

    /// The last, in milliseconds since 1970.
    var last: Int64 { first + step * Int64(count - 1) }

    var all: [MetricTimestamp] { (0..<count).map { MetricTimestamp(milliseconds: first + step * Int64($0)) } }

    /// The values of a series of Prometheus, each at its moment; what lies outside is left out.
    func values(_ points: [QueryAnswer.Point]) -> [Double?] {
        var values = [Double?](repeating: nil, count: count)
        for point in points {
            let place = ((point.time * 1_000 - Double(first)) / Double(step)).rounded()
            if let index = Int(exactly: place), values.indices.contains(index) { values[index] = point.value }
        }
        return values
    }

    /// An answer for these moments.
    func answer(_ panels: [MetricsAnswer.Panel], heardAt: Timestamp?, remarks: [String]) -> MetricsAnswer {
        MetricsAnswer(
            from: Timestamp(microseconds: first * 1_000),
            until: Timestamp(microseconds: last * 1_000),
            points: count,
            panels: panels,
            heardAt: heardAt,
            remarks: remarks
        )
    }
}
