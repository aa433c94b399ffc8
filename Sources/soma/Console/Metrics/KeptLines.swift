import SomaConsole

/// The lines of one panel, of which no more are kept than can be told apart, while they come: the highest of all, in the order
/// in which they came. A stack is a sum: its other lines are added up. The lines of a heat map that have a bound in common are
/// one.
struct KeptLines: Sendable {
    private let kind: PanelSpec.Kind
    /// Those that are kept, in their order.
    private(set) var lines: [MetricsAnswer.Line] = []
    /// How many are neither kept nor part of another.
    private(set) var leftOut = 0
    /// The sum of those of a stack that aren't kept.
    private var rest: MetricsAnswer.Line?
    /// The places of a heat map's bounds.
    private var bounds: [String: Int] = [:]

    init(_ kind: PanelSpec.Kind) { self.kind = kind }

    /// Takes one more.
    mutating func add(_ line: MetricsAnswer.Line) {
        if line.count > 1 { return addUp(line) }
        if kind == .heatmap, let bound = line.labels["le"] {
            if let place = bounds[bound] { return lines[place].add(line.values) }
            bounds[bound] = lines.count
        }
        lines.append(line)
        // Not with each one, for each time all are looked at.
        if lines.count >= MetricsAnswer.Line.countMax * 2 { cut() }
    }

    /// Takes others that weren't kept elsewhere.
    mutating func leaveOut(_ count: Int) { leftOut += count }

    /// Leaves no more than there may be; to be called when all have come.
    mutating func close() {
        cut()
        if let rest { lines.append(rest) }
        rest = nil
    }

    private mutating func cut() {
        guard lines.count > MetricsAnswer.Line.countMax else { return }
        let heights = lines.map(\.height)
        let order = lines.indices.sorted { (heights[$1], $0) < (heights[$0], $1) }
        let others = order.dropFirst(MetricsAnswer.Line.countMax)
        if kind == .stacked {
            for place in others { addUp(lines[place]) }
        } else {
            leftOut += others.count
        }
        lines = order.prefix(MetricsAnswer.Line.countMax).sorted().map { lines[$0] }
        guard kind == .heatmap else { return }
        bounds = [:]
        for (place, line) in lines.enumerated() { if let bound = line.labels["le"] { bounds[bound] = place } }
    }

    private mutating func addUp(_ line: MetricsAnswer.Line) {
        var sum =
            rest ?? MetricsAnswer.Line(name: "", labels: [:], values: line.values.map { _ in nil }, count: 0)
        sum.add(line.values)
        sum.count += line.count
        sum.name = "\(sum.count) others"
        rest = sum
    }
}
