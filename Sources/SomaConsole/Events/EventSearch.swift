package import SomaCore

/// Which rows pass a filter, as far as they were looked at.
package struct EventSearch: Sendable {
    /// The number under which a source tells what it finds.
    package var number: Int
    /// What is looked for.
    package var filter: Filter
    /// What the rows were made of when it began: another run or a log that came anew is another search.
    var origin: Origin
    /// The rows that match, counted from `base`.
    package var matches = MatchSet()
    /// The row that the first bit stands for.
    package var base = 0
    /// Up to which row a live stream has been looked at.
    var scanned = 0
    /// Which part of a recording has been looked at, from 0 to 1.
    package var share = 0.0
    /// Whether all there is has been looked at.
    package var isDone = false
    /// Whether `matches` are still those of the filter before.
    var isOld = false

    struct Origin: Sendable, Hashable {
        var run: RunID?
        var isRecording: Bool
        var first: Int?
    }

    /// How many rows are looked at before keys are answered again.
    static let rowsPerStep = 1_000

    /// Looks at the next rows of a live stream.
    mutating func step(_ rows: EventRows, _ state: AppState) {
        let range = rows.range
        if range.lowerBound > base {
            matches.dropFirst(range.lowerBound - base)
            base = range.lowerBound
        }
        let from = max(scanned, range.lowerBound)
        let end = min(range.upperBound, from + Self.rowsPerStep)
        isDone = end >= range.upperBound
        guard from < end else { return }
        let matcher = FilterMatcher(filter)
        for row in from..<end {
            guard let transition = state.event(row, in: rows) else { continue }
            let subject = TransitionSubject(transition) { state.words[$0]?.text }
            if matcher.matches(subject) { matches.insert(row - base) }
        }
        scanned = end
        share = range.isEmpty ? 1 : Double(end - range.lowerBound) / Double(range.count)
    }

    /// Takes what a source has found.
    mutating func take(_ progress: SearchProgress) {
        matches = progress.matches
        isOld = false
        isDone = progress.isDone
        share = progress.bytesTotal > 0 ? Double(progress.bytes) / Double(progress.bytesTotal) : 1
    }
}

extension EventsState {
    /// What the rows must pass: what was typed, the least importance, and in a recording the run.
    func wanted(isRecording: Bool) -> Filter {
        var filter = typed.filter
        if level > .low {
            let names = Importance.allCases.filter { $0 >= level }.map(\.name)
            filter.terms.append(
                Filter.Term(
                    field: TransitionSubject.fields["level"],
                    test: .text(names.map { TextPattern(word: $0) })
                )
            )
            filter.text += " level:\(names.joined(separator: ","))"
        }
        if isRecording, let run {
            filter.terms.append(
                Filter.Term(
                    field: TransitionSubject.fields["run"],
                    test: .text([.literal(ByteNeedle(run.rawValue.utf8))])
                )
            )
            filter.text += " run:\(run)"
        }
        return filter
    }
}
