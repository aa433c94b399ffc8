/// Which of several stretches that overlap decide when the whole ended.
///
/// Found backwards from the end: of what ended until then, the one that ended last was waited for; before it began,
/// the one that ended last until that moment; and so on. Between two of them nothing was waited for but the whole
/// itself. The pieces follow each other without gaps, so that their lengths add up to the length of the whole.
///
/// The waterfall asks it about a run's calls and waits, the hierarchy about the runs that a run delegated.
package struct CriticalPath: Sendable, Hashable {
    /// From when to when something went on, in microseconds.
    package struct Stretch: Sendable, Hashable {
        package var start: Int64
        package var end: Int64

        /// - Parameter end: When it ended; `max` for what goes on.
        package init(_ start: Int64, _ end: Int64) {
            self.start = start
            self.end = max(start, end)
        }
    }

    /// A part of the path.
    package struct Piece: Sendable, Hashable {
        /// The stretch that was waited for, by number; `nil` where it was none of them.
        package var stretch: Int?
        package var start: Int64
        package var end: Int64
    }

    /// The path, from the first to the last.
    package let pieces: [Piece]
    private let stretches: [Stretch]
    private let whole: Stretch

    /// - Parameters:
    ///   - stretches: What went on. Of two that ended at once, the one that began first counts.
    ///   - whole: What they are parts of. What ended after it held nothing up.
    package init(_ stretches: [Stretch], in whole: Stretch) {
        self.stretches = stretches
        self.whole = whole
        let order = stretches.indices.sorted {
            let (first, second) = (stretches[$0], stretches[$1])
            return (second.end, first.start, $0) < (first.end, second.start, $1)
        }
        var pieces: [Piece] = []
        var end = whole.end
        for index in order where stretches[index].end <= end && stretches[index].end > whole.start {
            let stretch = stretches[index]
            if stretch.end < end { pieces.append(Piece(stretch: nil, start: stretch.end, end: end)) }
            end = max(stretch.start, whole.start)
            pieces.append(Piece(stretch: index, start: end, end: stretch.end))
        }
        if end > whole.start { pieces.append(Piece(stretch: nil, start: whole.start, end: end)) }
        self.pieces = pieces.reversed()
    }

    /// The stretches on the path, from the first to the last.
    package var stretchesOnIt: [Int] { pieces.compactMap(\.stretch) }

    /// How much longer each stretch could have gone on and the whole have ended no later, if what began after
    /// something had ended had waited for it: 0 on the path; `nil` for what ended after the whole.
    package func slacks() -> [Int64?] {
        // What may have been waited for comes before what may have waited.
        let order = stretches.indices.sorted {
            let (first, second) = (stretches[$0], stretches[$1])
            return (first.start, first.end, $0) < (second.start, second.end, $1)
        }
        let ends = stretches.map(\.end).filter { $0 <= whole.end }.sorted()
        var slacks: [Int64?] = Array(repeating: nil, count: stretches.count)
        guard let last = ends.last else { return slacks }
        /// The latest end that nothing is late for: of what begins at `starts[n]` or later, at `latest[n]`.
        var (starts, latest): ([Int64], [Int64]) = ([], [])
        for index in order.reversed() where stretches[index].end <= whole.end {
            let stretch = stretches[index]
            let after = starts.partition(downTo: stretch.end)
            let slack = max(0, (after > 0 ? latest[after - 1] : last) - stretch.end)
            slacks[index] = slack
            let before = ends.partition(upTo: stretch.start)
            guard before > 0 else { continue }
            starts.append(stretch.start)
            latest.append(
                min(latest.last ?? last, ends[before - 1].addingReportingOverflow(slack).partialValue)
            )
        }
        return slacks
    }
}

extension [Int64] {
    /// How many of an ascending list are no greater.
    fileprivate func partition(upTo value: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How many of a descending list are no smaller.
    fileprivate func partition(downTo value: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] >= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
