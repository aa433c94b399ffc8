import SomaCore

/// Which column stands for which moment, with stretches in which nothing happened cut short.
struct TimeAxis: Sendable, Hashable {
    /// The first moment, in microseconds.
    let from: Int64
    /// The moment at the right edge.
    let to: Int64
    /// How many columns there are.
    let columns: Int
    /// Stretches that are cut, in order, and how many columns each keeps.
    private(set) var cuts: [Range<Int64>] = []
    let cutColumns: Int
    private let shownMicroseconds: Int64

    /// Makes an axis.
    /// - Parameters:
    ///   - from: The first moment.
    ///   - to: The last.
    ///   - columns: How wide it is.
    ///   - gaps: What may be cut; in order, without overlaps.
    init(from: Timestamp, to: Timestamp, columns: Int, gaps: [Range<Int64>]) {
        self.from = from.microseconds
        self.to = max(to.microseconds, self.from + 1)
        self.columns = max(1, columns)
        let (first, last) = (self.from, self.to)
        var inside = gaps.map { $0.clamped(to: first..<last) }.filter { !$0.isEmpty }
        // Many cuts would leave no room for what happened.
        let most = self.columns / 3
        let each = inside.count * 3 <= most ? 3 : inside.count <= most ? 1 : 0
        let cut = inside.reduce(Int64(0)) { $0 + Int64($1.count) }
        // Where hardly anything is left, the gaps are the story.
        if cut >= last - first { inside = [] }
        cuts = inside
        cutColumns = each
        shownMicroseconds = last - first - inside.reduce(Int64(0)) { $0 + Int64($1.count) }
    }

    private var scale: Double {
        Double(max(1, columns - cuts.count * cutColumns)) / Double(max(1, shownMicroseconds))
    }

    /// How many columns to the right of the edge a moment is; outside of the axis less than 0 or more than all.
    func column(of moment: Int64) -> Double {
        if moment < from { return -1 }
        if moment > to { return Double(columns) + 1 }
        var cutBefore: Int64 = 0
        var cutsBefore = 0.0
        for cut in cuts {
            if moment >= cut.upperBound {
                cutBefore += Int64(cut.count)
                cutsBefore += Double(cutColumns)
            } else if moment > cut.lowerBound {
                let part = Double(moment - cut.lowerBound) / Double(cut.count)
                cutBefore += moment - cut.lowerBound
                cutsBefore += part * Double(cutColumns)
                break
            } else {
                break
            }
        }
        return Double(moment - from - cutBefore) * scale + cutsBefore
    }

    /// The columns of a stretch, at least a part of one; `nil` where it is outside.
    func columns(from start: Int64, to end: Int64) -> ClosedRange<Double>? {
        guard start <= to, end >= from else { return nil }
        let left = min(max(0, column(of: max(start, from))), Double(columns) - 0.125)
        let right = min(column(of: min(end, to)), Double(columns))
        return left...max(right, left + 0.125)
    }

    /// The columns that stand for cuts.
    var cutRanges: [Range<Int>] {
        guard cutColumns > 0 else { return [] }
        return cuts.map { cut in
            let start = Int(column(of: cut.lowerBound).rounded())
            return start..<min(columns, start + cutColumns)
        }
    }

    /// Moments to write below the axis, evenly spaced at a round distance.
    func ticks(apart columns: Int) -> [Int64] {
        let wanted = Double(columns) / scale
        guard let step = Self.steps.first(where: { Double($0) >= wanted }) ?? Self.steps.last else {
            return []
        }
        var ticks: [Int64] = []
        var moment: Int64 = 0
        while from + moment <= to, ticks.count < 64 {
            let place = from + moment
            if !cuts.contains(where: { $0.contains(place) && $0.lowerBound != place }) { ticks.append(place) }
            moment += step
        }
        return ticks
    }

    /// Distances that people count in, in microseconds.
    private static let steps: [Int64] = {
        let parts: [Int64] = [1, 2, 5, 10, 20, 50, 100, 200, 500]
        let seconds: [Int64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
        ]
        let days: [Int64] = [2, 7, 30, 90, 365]
        return parts + parts.map { $0 * 1_000 } + seconds.map { $0 * 1_000_000 }
            + days.map { $0 * 86_400_000_000 }
    }()

    /// A length that grows in steps, so that an axis over something that goes on doesn't move all the time.
    static func roomy(_ microseconds: Int64) -> Int64 {
        var length: Int64 = 1_000_000
        while length < microseconds, length < .max / 2 { length += length / 4 }
        return length
    }
}
