import SomaCore

/// The rows of a trace's waterfall: a value that is built once and then gives any window of rows at a cost that follows
/// the window.
///
/// Building takes time in proportion to `n log n` for `n` spans, collapsing in proportion to `n`.
public struct TraceWaterfall: Sendable {
    /// The trace.
    public let trace: Trace
    /// Which span is inside which.
    public let tree: SpanTree
    /// What was waited for.
    public let path: TracePath
    /// When each span begins, in nanoseconds since 1970, with clocks corrected and missing starts taken from the parent;
    /// by place among the spans.
    public let starts: [Int64]
    /// The earliest start, in nanoseconds since 1970.
    public let start: Int64
    /// The latest end, in nanoseconds since 1970.
    public let end: Int64
    /// The time of each span in which none of its children went on, in nanoseconds.
    public let selfTimes: [Int64]
    /// How many spans in and below each span failed.
    public let failures: [Int32]
    /// By how much each span was moved because of clocks that differ.
    let skew: ClockSkew
    private let missingStarts: Set<Int32>

    /// The spans that have a row, in order.
    public private(set) var visible: [Int32]
    /// The spans whose children are hidden.
    public private(set) var collapsed: Set<Int32> = []

    /// Builds the rows of a trace.
    /// - Parameter skewMax: By how much spans may be moved to correct clocks that differ, in nanoseconds; 0, as Jaeger has
    ///   it, moves none and says so in a warning.
    public init(_ trace: Trace, skewMax: Int64 = 0) {
        self.trace = trace
        let spans = trace.set.spans
        var starts = spans.map(\.start)
        var tree = SpanTree(spans, starts: starts)
        var missing: Set<Int32> = []
        for index in tree.order where starts[Int(index)] <= 0 && tree.parents[Int(index)] >= 0 {
            // Nothing began in 1970: a start that is missing is taken from what it is part of.
            starts[Int(index)] = starts[Int(tree.parents[Int(index)])]
            missing.insert(index)
        }
        skew = ClockSkew(trace, starts: starts, tree: tree, most: skewMax)
        if !skew.moved.isEmpty || !missing.isEmpty { tree = SpanTree(spans, starts: skew.starts) }
        starts = skew.starts
        missingStarts = missing
        self.starts = starts
        self.tree = tree
        path = TracePath(trace, starts: starts, tree: tree)
        start = starts.min() ?? 0
        end = spans.indices.reduce(starts.min() ?? 0) {
            max($0, starts[$1].addingClamped(spans[$1].duration))
        }
        selfTimes = Self.selfTimes(spans, starts, tree)
        var failures = spans.map { $0.hasFailed ? Int32(1) : 0 }
        for index in tree.order.reversed() where tree.parents[Int(index)] >= 0 {
            failures[Int(tree.parents[Int(index)])] += failures[Int(index)]
        }
        self.failures = failures
        visible = tree.order
    }

    /// How long the whole took, in nanoseconds.
    public var duration: Int64 { end.subtractingClamped(start) }

    /// When a span ended, corrected.
    public func end(of span: Int) -> Int64 { starts[span].addingClamped(trace.set.spans[span].duration) }

    private static func selfTimes(_ spans: [TraceSpan], _ starts: [Int64], _ tree: SpanTree) -> [Int64] {
        var times = spans.map(\.duration)
        // Children come in order of their start, so what they cover together is one sweep: up to here each parent's is
        // counted.
        var covered = starts
        for index in tree.order {
            let parent = Int(tree.parents[Int(index)])
            guard parent >= 0 else { continue }
            let end = starts[parent].addingClamped(spans[parent].duration)
            let from = max(covered[parent], starts[Int(index)])
            let to = min(end, starts[Int(index)].addingClamped(spans[Int(index)].duration))
            guard from < to else { continue }
            times[parent] -= to - from
            covered[parent] = to
        }
        return times
    }

    /// The stretches of a span in which none of its children went on; empty for a span without children.
    public func gaps(of span: Int) -> [Range<Int64>] {
        let children = tree.children(of: span)
        guard !children.isEmpty else { return [] }
        var gaps: [Range<Int64>] = []
        var covered = starts[span]
        let end = end(of: span)
        for child in children {
            let from = min(starts[child], end)
            if from > covered { gaps.append(covered..<from) }
            covered = max(covered, min(end, self.end(of: child)))
        }
        if covered < end { gaps.append(covered..<end) }
        return gaps
    }

    // MARK: Folding

    /// Hides or shows what is inside a span.
    public mutating func toggle(_ span: Int) {
        guard tree.sizes[span] > 1 else { return }
        if collapsed.remove(Int32(span)) == nil { collapsed.insert(Int32(span)) }
        layOut()
    }

    /// Hides everything that is deeper than a depth; 0 leaves the roots only.
    public mutating func collapse(below depth: Int) {
        collapsed = Set(tree.order.filter { tree.sizes[Int($0)] > 1 && tree.depths[Int($0)] >= depth })
        layOut()
    }

    /// Shows everything.
    public mutating func expandAll() {
        collapsed = []
        layOut()
    }

    /// Shows a span by showing what is inside everything around it.
    public mutating func reveal(_ span: Int) {
        var parent = tree.parents[span]
        var hasChanged = false
        while parent >= 0 {
            if collapsed.remove(parent) != nil { hasChanged = true }
            parent = tree.parents[Int(parent)]
        }
        if hasChanged { layOut() }
    }

    private mutating func layOut() {
        guard !collapsed.isEmpty else {
            visible = tree.order
            return
        }
        visible.removeAll(keepingCapacity: true)
        var rank = 0
        while rank < tree.order.count {
            let span = tree.order[rank]
            visible.append(span)
            rank += collapsed.contains(span) ? Int(tree.sizes[Int(span)]) : 1
        }
    }

    /// The row of a span; `nil` while it is hidden.
    public func row(of span: Int) -> Int? {
        // Visible spans are in the order of their ranks.
        let rank = tree.ranks[span]
        var (low, high) = (0, visible.count)
        while low < high {
            let middle = (low + high) / 2
            if tree.ranks[Int(visible[middle])] < rank { low = middle + 1 } else { high = middle }
        }
        return low < visible.count && visible[low] == Int32(span) ? low : nil
    }

    // MARK: Warnings

    /// What is odd about a span: Jaeger's and the reader's remarks, and what building the tree found.
    public func warnings(of span: Int) -> [String] {
        var warnings = trace.set.spans[span].warnings
        let index = Int32(span)
        let parent = trace.set.spans[span].parent.map { trace.name(of: $0) } ?? ""
        switch tree.remarks[index] {
        case .orphan: warnings.append("Its parent \(parent.prefix(64)) isn't in the trace.")
        case .cycle: warnings.append("Its parents lead back to itself; the circle was cut here.")
        case .duplicate: warnings.append("Another span has the same id.")
        case nil: break
        }
        if missingStarts.contains(index) { warnings.append("It has no start; its parent's is shown.") }
        if let delta = skew.moved[index] {
            warnings.append("It was moved by \(Self.milliseconds(delta)) because the clocks differ.")
        }
        if let delta = skew.refused[index] {
            warnings.append(
                "It isn't within its parent: the clocks of the two seem to differ by \(Self.milliseconds(delta))."
            )
        }
        return warnings
    }

    /// How many spans have a warning of their own.
    public var warningCount: Int {
        var odd = Set(tree.remarks.keys).union(missingStarts)
        odd.formUnion(skew.moved.keys)
        odd.formUnion(skew.refused.keys)
        for (index, span) in trace.set.spans.enumerated() where !span.warnings.isEmpty {
            odd.insert(Int32(index))
        }
        return odd.count
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let micro = nanoseconds.magnitude / 1000
        let fraction = String(1000 + micro % 1000).dropFirst()
        return "\(nanoseconds < 0 ? "-" : "")\(micro / 1000).\(fraction) ms"
    }
}
