import SomaCore
import SomaTerminal

/// The lines of a panel as they are drawn: not more than there are colours for.
struct PanelLines: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        var name: String
        /// A value for each moment; `nil` is a gap.
        var values: [Double?]
    }

    /// The moments: the first one's time and how far each is from the one before.
    let from: Timestamp
    let step: Duration
    let points: Int
    private(set) var lines: [Line]
    /// How many more there are that aren't drawn.
    private(set) var hidden = 0
    /// The bounds of a heat map's rows, the lowest first; those of its lines.
    private(set) var bounds: [Double] = []

    /// The most lines that are told apart.
    static let linesMax = 8

    init(_ answer: MetricsAnswer, _ lines: [MetricsAnswer.Line], kind: PanelSpec.Kind) {
        from = answer.from
        points = max(1, answer.points)
        let length = (answer.until - answer.from).microseconds
        step = .microseconds(max(1, length / Int64(max(1, points - 1))))
        self.lines = []
        if kind == .heatmap {
            takeBuckets(lines)
            return
        }
        let all = lines.map { Line(name: $0.name, values: $0.values) }
        guard all.count > Self.linesMax else {
            self.lines = all
            return
        }
        // What is a sum already is part of the rest, however high it is.
        let heights = lines.map { $0.count > 1 ? -1 : $0.height }
        let order = all.indices.sorted { (heights[$1], $0) < (heights[$0], $1) }
        let room = kind == .stacked ? Self.linesMax - 1 : Self.linesMax
        let chosen = order.prefix(room).sorted()
        self.lines = chosen.map { all[$0] }
        hidden = all.count - chosen.count
        guard kind == .stacked else { return }
        // A stack is a sum: what isn't told apart is still part of it.
        var rest = MetricsAnswer.Line(name: "", labels: [:], values: Array(repeating: nil, count: points))
        for place in order.dropFirst(room) { rest.add(all[place].values) }
        let count = order.dropFirst(room).reduce(0) { $0 + lines[$1].count }
        self.lines.append(Line(name: "\(count) others", values: rest.values))
        hidden = 0
    }

    /// What lies between two bounds, from what lies below each. Histograms that differ in other labels are added up.
    private mutating func takeBuckets(_ all: [MetricsAnswer.Line]) {
        var sums: [Double: MetricsAnswer.Line] = [:]
        for line in all {
            guard let word = line.labels["le"] else { continue }
            guard let bound = word == "+Inf" ? Double.infinity : Double(word), !bound.isNaN else { continue }
            if sums[bound]?.add(line.values) == nil { sums[bound] = line }
        }
        let sorted = sums.map { ($0.key, $0.value.values) }.sorted { $0.0 < $1.0 }
        var below: [Double?] = Array(repeating: 0, count: points)
        for (bound, values) in sorted {
            var inside: [Double?] = Array(repeating: nil, count: points)
            for index in 0..<min(points, values.count) {
                guard let value = values[index], value.isFinite else { continue }
                let before = below[index] ?? 0
                inside[index] = max(0, value - before)
                // A bound that says less than a lower one doesn't make the next one more.
                below[index] = max(before, value)
            }
            bounds.append(bound)
            lines.append(Line(name: MetricUnit.number.text(bound), values: inside))
        }
    }

    func moment(_ index: Int) -> Timestamp {
        from + .microseconds(step.microseconds * Int64(index))
    }

    /// The place of the sample that is nearest to a moment; `nil` beyond the ends.
    func index(nearest moment: Timestamp) -> Int? {
        let place = (Double((moment - from).microseconds) / Double(step.microseconds)).rounded()
        guard place >= 0, place < Double(points) else { return nil }
        return Int(place)
    }

    /// What a line says at a moment, or at the end.
    func value(_ line: Int, at moment: Timestamp?) -> Double? {
        guard lines.indices.contains(line) else { return nil }
        let index = moment.map { self.index(nearest: $0) } ?? points - 1
        guard let index, lines[line].values.indices.contains(index) else { return nil }
        return lines[line].values[index]
    }

    /// The sum of all lines at a place; `nil` where none has a value.
    func sum(_ index: Int) -> Double? {
        var sum: Double?
        for line in lines where line.values.indices.contains(index) {
            if let value = line.values[index], value.isFinite { sum = (sum ?? 0) + value }
        }
        return sum
    }

    /// When the highest value was, of all lines, or of their sum.
    func peak(isSum: Bool, within time: ClosedRange<Timestamp>) -> Timestamp? {
        var best: (value: Double, index: Int)?
        for index in 0..<points where time.contains(moment(index)) {
            let value: Double?
            if isSum {
                value = sum(index)
            } else {
                value = lines.compactMap { line -> Double? in
                    guard line.values.indices.contains(index), let value = line.values[index] else {
                        return nil
                    }
                    return value.isNaN ? nil : value
                }
                .max()
            }
            guard let value, value > best?.value ?? -.infinity else { continue }
            best = (value, index)
        }
        return best.map { moment($0.index) }
    }

    /// All finite values within a time, and the sums where they are stacked.
    func values(isSum: Bool, within time: ClosedRange<Timestamp>) -> [Double] {
        var found: [Double] = []
        for index in 0..<points where time.contains(moment(index)) {
            if isSum {
                if let sum = sum(index) { found.append(sum) }
            } else {
                for line in lines where line.values.indices.contains(index) {
                    if let value = line.values[index], value.isFinite { found.append(value) }
                }
            }
        }
        return found
    }
}
