import SomaTraces

/// Which spans of a trace have a row: all, without what is folded; those that are waited for; or what matches words,
/// with what it is inside of.
///
/// Made once for each change, at a cost that follows the spans; asking costs nothing.
struct TraceRows: Sendable {
    /// What is wanted.
    struct Shape: Sendable, Hashable {
        /// The spans whose inside is hidden. A filter shows what it finds all the same.
        var folded: Set<Int32> = []
        /// Words that must all be found in a span.
        var filter = ""
        /// Whether only spans on the critical path, and what they are inside of, are shown.
        var isCriticalOnly = false
    }

    /// The spans in the order of their rows.
    private(set) var shown: [Int32] = []
    /// The spans that the words are found in, in order; `nil` without a filter.
    private(set) var matches: [Int32]?
    /// The row of each span; -1 without one.
    private var places: [Int32] = []
    /// Whether each span is the last of its siblings that are shown.
    private var lasts: [Bool] = []
    /// Whether the words are found in each span; empty without a filter.
    private var hits: [Bool] = []

    init() {}

    init(_ waterfall: TraceWaterfall, _ shape: Shape) {
        let tree = waterfall.tree
        let count = tree.order.count
        let words = shape.filter.split(separator: " ").map(String.init)
        var kept: [Bool]?
        if shape.isCriticalOnly { kept = waterfall.path.times.map { $0 > 0 } }
        if !words.isEmpty {
            var found = Array(repeating: 0, count: count)
            for word in words { for span in waterfall.search(word) { found[span] += 1 } }
            let isOnPath = kept
            matches = tree.order.filter {
                found[Int($0)] == words.count && isOnPath?[Int($0)] ?? true
            }
            hits = Array(repeating: false, count: count)
            for span in matches ?? [] { hits[Int(span)] = true }
            kept = hits
        }
        if var inside = kept {
            for span in tree.order.reversed() where inside[Int(span)] && tree.parents[Int(span)] >= 0 {
                inside[Int(tree.parents[Int(span)])] = true
            }
            kept = inside
        }
        places = Array(repeating: -1, count: count)
        shown.reserveCapacity(count)
        var rank = 0
        while rank < count {
            let span = tree.order[rank]
            let size = Int(tree.sizes[Int(span)])
            if let kept, !kept[Int(span)] {
                rank += size
                continue
            }
            places[Int(span)] = Int32(shown.count)
            shown.append(span)
            rank += words.isEmpty && shape.folded.contains(span) ? size : 1
        }
        lasts = Array(repeating: false, count: count)
        var hasLater = Array(repeating: false, count: count)
        for span in shown.reversed() {
            let parent = Int(tree.parents[Int(span)])
            guard parent >= 0 else { continue }
            lasts[Int(span)] = !hasLater[parent]
            hasLater[parent] = true
        }
    }

    /// The row of a span; `nil` where it has none.
    func place(of span: Int) -> Int? {
        places.indices.contains(span) && places[span] >= 0 ? Int(places[span]) : nil
    }

    /// The row of a span, or of the nearest that is around it or before it.
    func nearest(to span: Int, in tree: SpanTree) -> Int? {
        guard places.indices.contains(span), !shown.isEmpty else { return nil }
        var around = Int32(span)
        while around >= 0 {
            if let place = place(of: Int(around)) { return place }
            around = tree.parents[Int(around)]
        }
        let rank = tree.ranks[span]
        let before = shown.partitioned { tree.ranks[Int($0)] <= rank }
        return max(0, before - 1)
    }

    /// Whether the words are found in a span itself.
    func isMatch(_ span: Int) -> Bool { hits.indices.contains(span) && hits[span] }

    /// Whether a span is the last one inside what is around it.
    func isLast(_ span: Int) -> Bool { lasts.indices.contains(span) && lasts[span] }

    /// For a span and what is around it, from the outermost on without the root: whether nothing follows it there.
    /// - Parameter levels: How many of the innermost are wanted.
    func guides(of span: Int, in tree: SpanTree, levels: Int) -> [Bool] {
        var guides: [Bool] = []
        var inside = Int32(span)
        while inside >= 0, tree.parents[Int(inside)] >= 0, guides.count < levels {
            guides.append(lasts[Int(inside)])
            inside = tree.parents[Int(inside)]
        }
        return guides.reversed()
    }
}
