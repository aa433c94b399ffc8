import SomaCore

/// The critical path: which span was waited for at each moment of the trace.
///
/// As Jaeger's console computes it: from the end of a root backwards to the child that ended last, into it, and from its
/// start on backwards among its siblings. Children are taken as far as they are within their parent, and a consumer isn't
/// waited for by its producer. Unlike there, a child that ends exactly when the next one begins counts, and it takes
/// `n log n` steps and no recursion.
public struct TracePath: Sendable {
    /// A stretch of the path.
    public struct Section: Sendable, Hashable {
        /// The place of the span among the trace's.
        public var span: Int32
        /// Nanoseconds since 1970.
        public var start: Int64
        /// Nanoseconds since 1970.
        public var end: Int64
    }

    /// The stretches, each root's from its end to its start; those of one root are disjoint and cover it whole.
    public private(set) var sections: [Section] = []
    /// How long each span was on the path itself, in nanoseconds, by place among the spans.
    public private(set) var times: [Int64]
    /// The places of sections, those of one span together and in order of time, and where each span's begin.
    private var places: [Int32] = []
    private var firsts: [Int32] = []

    private struct Frame {
        var span: Int32
        var start: Int64
        /// What is left to be explained ends here.
        var cursor: Int64
        /// The children that end latest come last.
        var children: [(span: Int32, start: Int64, end: Int64)]
    }

    init(_ trace: Trace, starts: [Int64], tree: SpanTree) {
        times = Array(repeating: 0, count: starts.count)
        func frame(_ span: Int32, _ start: Int64, _ end: Int64) -> Frame {
            var children: [(span: Int32, start: Int64, end: Int64)] = []
            if tree.sizes[Int(span)] > 1 {
                let isProducer = trace.set.spans[Int(span)].kind == .producer
                for child in tree.children(of: Int(span)) {
                    let begin = max(start, starts[child])
                    let finish = min(end, starts[child].addingClamped(trace.set.spans[child].duration))
                    guard begin < finish, !(isProducer && trace.set.spans[child].kind == .consumer) else {
                        continue
                    }
                    children.append((Int32(child), begin, finish))
                }
                children.sort { ($0.end, $1.span) < ($1.end, $0.span) }
            }
            return Frame(span: span, start: start, cursor: end, children: children)
        }
        for root in tree.roots {
            let end = starts[root].addingClamped(trace.set.spans[root].duration)
            var stack = [frame(Int32(root), starts[root], end)]
            while var top = stack.popLast() {
                var child = top.children.popLast()
                while let late = child, late.end > top.cursor { child = top.children.popLast() }
                add(top.span, child?.end ?? top.start, top.cursor)
                guard let child else { continue }
                top.cursor = child.start
                stack.append(top)
                stack.append(frame(child.span, child.start, child.end))
            }
        }
        group()
    }

    /// The stretches of one span, in order of time.
    public func sections(of span: Int) -> [Section] {
        places[Int(firsts[span])..<Int(firsts[span + 1])].map { sections[Int($0)] }
    }

    private mutating func group() {
        firsts = Array(repeating: 0, count: times.count + 1)
        for section in sections { firsts[Int(section.span) + 1] += 1 }
        for span in times.indices { firsts[span + 1] += firsts[span] }
        var next = firsts
        places = Array(repeating: 0, count: sections.count)
        for place in sections.indices.reversed() {
            let span = Int(sections[place].span)
            places[Int(next[span])] = Int32(place)
            next[span] += 1
        }
    }

    private mutating func add(_ span: Int32, _ start: Int64, _ end: Int64) {
        guard start < end else { return }
        sections.append(Section(span: span, start: start, end: end))
        times[Int(span)] += end - start
    }
}
