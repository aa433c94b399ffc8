package import SomaCore

extension Waterfall {
    /// How a span counts for how long the whole took.
    package enum Weight: Sendable, Hashable {
        /// It was waited for, and nothing else went on beside it.
        case alone
        /// Others went on beside it, and it was what was waited for.
        case critical
        /// Something beside it took longer: it could have taken so many microseconds more, and the run no longer.
        case beside(slack: Int64)

        /// Whether it is on the way that decided how long the run took.
        var isOnPath: Bool { slack == nil }

        var slack: Int64? { if case .beside(let slack) = self { slack } else { nil } }
    }

    /// From when to when a span went on; what goes on as of the time cursor has gone on until now.
    func stretch(of index: Int, count: Int, now: Int64) -> CriticalPath.Stretch {
        let span = spans[index]
        return .init(span.startedAt, span.end < 0 || span.end >= count ? now : span.endedAt)
    }

    /// How a span counts among those that overlap with it, and in what it is inside of.
    /// - Parameters:
    ///   - index: Which span.
    ///   - count: How many of the log's transitions have happened as of the time cursor.
    ///   - now: The moment up to which what goes on has gone.
    package func weight(of index: Int, count: Int, now: Timestamp) -> Weight {
        let span = spans[index]
        let around = span.parent < 0 ? .alone : weight(of: Int(span.parent), count: count, now: now)
        let members = members(of: span)
        guard members.count > 1, let place = members.firstIndex(of: index) else {
            return around.isOnPath ? .alone : around
        }
        let now = now.microseconds
        let whole: CriticalPath.Stretch =
            span.parent < 0 ? .init(.min, .max) : stretch(of: Int(span.parent), count: count, now: now)
        let path = CriticalPath(members.map { stretch(of: $0, count: count, now: now) }, in: whole)
        if path.stretchesOnIt.contains(place) { return around.isOnPath ? .critical : around }
        return .beside(slack: (around.slack ?? 0) + (path.slacks()[place] ?? 0))
    }

    private func members(of span: Span) -> [Int] {
        var members: [Int] = []
        var index = Int(span.cluster)
        let end = min(spans.count, index + Self.clusterMax)
        while index < end {
            if spans[index].parent == span.parent {
                guard spans[index].cluster == span.cluster else { break }
                members.append(index)
            }
            index += 1
        }
        return members
    }

    /// How many spans are looked at to find those that overlap.
    private static let clusterMax = 512
}
