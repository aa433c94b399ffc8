import SomaCore

/// Which span is inside which, in the order in which rows are drawn.
///
/// Every span has exactly one place. A span whose parent isn't there is put below the first root, parents that go round
/// in a circle are cut where the circle begins first, and both are said in a remark. Nothing here recurses, so a chain
/// of a million spans is no danger.
public struct SpanTree: Sendable {
    /// What is odd about a span's place.
    public enum Remark: Sendable, Hashable {
        /// Its parent isn't in the trace; it is shown below the first root, or as a root where there is none.
        case orphan
        /// Its parents lead back to itself; the circle was cut here.
        case cycle
        /// An earlier span has the same id; children of that id belong to the earlier one.
        case duplicate
    }

    /// The parent's place among the trace's spans; -1 for a root.
    public private(set) var parents: [Int32]
    /// The spans in drawing order: each before what is inside it, siblings by their start.
    public private(set) var order: [Int32] = []
    /// How deep each span is, 0 for a root; by place among the spans, not in `order`.
    public private(set) var depths: [Int32]
    /// How many spans there are in and below each span, itself included; by place among the spans.
    public private(set) var sizes: [Int32]
    /// The place of each span in `order`.
    public private(set) var ranks: [Int32]
    /// What is odd, by place among the spans.
    public private(set) var remarks: [Int32: Remark] = [:]

    /// Orders spans.
    /// - Parameters:
    ///   - spans: The spans of one trace; at most 2^31 - 1.
    ///   - starts: When each begins, for the order of siblings.
    init(_ spans: [TraceSpan], starts: [Int64]) {
        let count = spans.count
        parents = Array(repeating: -1, count: count)
        depths = Array(repeating: 0, count: count)
        sizes = Array(repeating: 1, count: count)
        ranks = Array(repeating: 0, count: count)
        findParents(spans)
        cutCycles(starts)
        adoptOrphans(starts)
        sort(starts)
    }

    private mutating func findParents(_ spans: [TraceSpan]) {
        var places: [SpanID: Int32] = [:]
        places.reserveCapacity(spans.count)
        for (index, span) in spans.enumerated() {
            if places[span.id] == nil {
                places[span.id] = Int32(index)
            } else {
                remarks[Int32(index)] = .duplicate
            }
        }
        for (index, span) in spans.enumerated() {
            guard let parent = span.parent, !parent.isZero else { continue }
            if let place = places[parent], place != Int32(index) {
                parents[index] = place
            } else {
                // A span that names itself is a circle of one.
                remarks[Int32(index)] = places[parent] == nil ? .orphan : .cycle
            }
        }
    }

    /// Makes the span that begins first in each circle the child of none.
    private mutating func cutCycles(_ starts: [Int64]) {
        var seen = Array(repeating: Int32(-1), count: parents.count)
        for first in 0..<parents.count where seen[first] < 0 {
            var at = Int32(first)
            while at >= 0, seen[Int(at)] < 0 {
                seen[Int(at)] = Int32(first)
                at = parents[Int(at)]
            }
            guard at >= 0, seen[Int(at)] == Int32(first) else { continue }
            var cut = at
            var next = parents[Int(at)]
            while next != at {
                if (starts[Int(next)], next) < (starts[Int(cut)], cut) { cut = next }
                next = parents[Int(next)]
            }
            parents[Int(cut)] = -1
            remarks[cut] = .cycle
        }
    }

    private mutating func adoptOrphans(_ starts: [Int64]) {
        let roots = parents.indices.filter {
            parents[$0] < 0 && remarks[Int32($0)].map { $0 == .duplicate } ?? true
        }
        guard let root = roots.min(by: { (starts[$0], $0) < (starts[$1], $1) }) else { return }
        for index in remarks.keys where parents[Int(index)] < 0 && remarks[index] != .duplicate {
            parents[Int(index)] = Int32(root)
        }
    }

    /// Lays out the order by counting children, without recursion.
    private mutating func sort(_ starts: [Int64]) {
        let count = parents.count
        // The children of each span one behind the other; place 0 is for the roots.
        var first = Array(repeating: Int32(0), count: count + 2)
        for parent in parents { first[Int(parent) + 2] += 1 }
        for index in 1..<first.count { first[index] += first[index - 1] }
        var next = first
        var children = Array(repeating: Int32(0), count: count)
        for (index, parent) in parents.enumerated() {
            let place = Int(next[Int(parent) + 1])
            children[place] = Int32(index)
            next[Int(parent) + 1] += 1
        }
        var stack: [(at: Int32, end: Int32)] = []
        order.reserveCapacity(count)
        func sorted(_ range: Range<Int>) {
            guard range.count > 1 else { return }
            let isSorted = range.dropFirst().allSatisfy {
                (starts[Int(children[$0 - 1])], children[$0 - 1]) <= (starts[Int(children[$0])], children[$0])
            }
            if isSorted { return }
            children[range].sort { (starts[Int($0)], $0) < (starts[Int($1)], $1) }
        }
        sorted(Int(first[0])..<Int(first[1]))
        stack.append((first[0], first[1]))
        while let top = stack.last {
            guard top.at < top.end else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].at += 1
            let span = children[Int(top.at)]
            depths[Int(span)] = Int32(stack.count - 1)
            ranks[Int(span)] = Int32(order.count)
            order.append(span)
            let range = Int(first[Int(span) + 1])..<Int(first[Int(span) + 2])
            guard !range.isEmpty else { continue }
            sorted(range)
            stack.append((Int32(range.lowerBound), Int32(range.upperBound)))
        }
        for span in order.reversed() where parents[Int(span)] >= 0 {
            sizes[Int(parents[Int(span)])] += sizes[Int(span)]
        }
    }

    /// The children of a span, in order; each costs one step.
    public func children(of span: Int) -> [Int] {
        var children: [Int] = []
        var rank = Int(ranks[span]) + 1
        let end = Int(ranks[span]) + Int(sizes[span])
        while rank < end {
            let child = Int(order[rank])
            children.append(child)
            rank += Int(sizes[child])
        }
        return children
    }

    /// The spans that are inside none, in order.
    public var roots: [Int] {
        var roots: [Int] = []
        var rank = 0
        while rank < order.count {
            let root = Int(order[rank])
            roots.append(root)
            rank += Int(sizes[root])
        }
        return roots
    }
}
