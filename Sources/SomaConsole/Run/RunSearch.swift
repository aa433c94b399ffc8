import SomaCore
import SomaTerminal

extension AppState {
    /// Goes to the next match of what is looked for.
    mutating func find(forwards: Bool) {
        guard !runView.search.isEmpty else {
            notice = Notice("Nothing is looked for: / asks.")
            return
        }
        guard let cursor = runView.cursor else { return }
        runView.hunt = RunHunt(from: cursor, forwards: forwards, includesStart: false)
        hunt()
    }

    /// Goes to the first match from the cursor on while somebody types what to look for.
    mutating func followSearch() {
        guard runView.search != runView.searched else { return }
        runView.searched = runView.search
        runView.hunt = nil
        guard !runView.search.isEmpty, let cursor = runView.cursor else { return }
        runView.hunt = RunHunt(from: cursor, forwards: true, includesStart: true)
        hunt()
    }

    /// Goes on looking where the last look ended: a long run isn't looked through within one key.
    mutating func hunt() {
        guard let hunt = runView.hunt else { return }
        let search = TextSearch(runView.search)
        let found = withPager {
            $0.find(search, from: hunt.from, forwards: hunt.forwards, includesStart: hunt.includesStart)
        }
        runView.hunt = nil
        let looked = "“\(runView.search.firstLine)”"
        switch found {
        case .place(let place):
            runView.cursor = place
            runView.isFollowing = false
            let isUnfolded = runView.unfoldsAll != runView.unfolded.contains(place.entry)
            if place.line >= 0, !isUnfolded, runView.unfolded.remove(place.entry) == nil {
                runView.unfolded.insert(place.entry)
            }
            notice = nil
        case .nothing: notice = Notice("\(looked) isn't \(hunt.forwards ? "below" : "above") here.")
        case .unread(let place):
            runView.hunt = RunHunt(from: place, forwards: hunt.forwards, includesStart: true)
            notice = Notice("Looking for \(looked) at \(Amounts.grouped(place.entry)).")
        case nil: break
        }
    }
}

/// A search that goes on while time passes.
struct RunHunt: Sendable, Hashable {
    var from: RowPlace
    var forwards: Bool
    /// Whether a match at the beginning counts.
    var includesStart: Bool
}

extension RunPager {
    /// What came of looking for something.
    enum Found: Sendable, Hashable {
        case place(RowPlace)
        /// There is nothing between here and the end.
        case nothing
        /// Nothing so far; to be gone on with from a place.
        case unread(RowPlace)
    }

    /// How many entries one key looks through.
    static let searchedMax = 2_000

    /// Finds the nearest row with a match: in what entries say, and in those of their words that are at hand.
    mutating func find(_ search: TextSearch, from start: RowPlace, forwards: Bool, includesStart: Bool)
        -> Found
    {
        guard entryCount > 0 else { return .nothing }
        let first = entry(of: start.entry)
        var index = first
        var looked = 0
        while index >= 0, index < entryCount {
            let isFirst = index == first
            if let line = match(search, in: index, from: isFirst ? start.line : nil, forwards, includesStart)
            {
                return .place(RowPlace(entry: seq(of: index), line: line))
            }
            looked += 1
            index += forwards ? 1 : -1
            if looked >= Self.searchedMax, index >= 0, index < entryCount {
                return .unread(RowPlace(entry: seq(of: index)))
            }
        }
        return .nothing
    }

    /// The nearest line of an entry with a match: beyond `start`, or anywhere.
    private mutating func match(
        _ search: TextSearch,
        in index: Int,
        from start: Int?,
        _ forwards: Bool,
        _ includesStart: Bool
    ) -> Int? {
        let reading = reading(index)
        func isHeadHit() -> Bool { !search.ranges(in: EntryText.line(reading, words)).isEmpty }
        let seesHead =
            start.map {
                includesStart
                    ? (forwards ? $0 <= RowPlace.head : true)
                    : (forwards ? $0 < RowPlace.head : $0 > RowPlace.head)
            } ?? true
        if forwards, seesHead, isHeadHit() { return RowPlace.head }
        if let line = matchInDetails(search, reading, index, from: start, forwards, includesStart) {
            return line
        }
        return !forwards && seesHead && isHeadHit() ? RowPlace.head : nil
    }

    private mutating func matchInDetails(
        _ search: TextSearch,
        _ reading: TimelineEntry,
        _ index: Int,
        from start: Int?,
        _ forwards: Bool,
        _ includesStart: Bool
    ) -> Int? {
        // Going up from an entry's own line leaves it.
        if let start, !forwards, start <= RowPlace.head { return nil }
        // Words that aren't at hand, or hold nothing of it, needn't become documents.
        guard reading.details.contains(where: { mayMatch(search, $0) }) else { return nil }
        var offset = 0
        var hits: [Int] = []
        for detail in reading.details {
            let parts = documents.parts(of: detail, entry: reading.id, run: run, words: words, output: output)
            for (part, found) in parts.enumerated() {
                offset += found.title.isEmpty ? 0 : 1
                var document = found.document
                var line = 0
                if let start, forwards { line = max(0, start - offset + (includesStart ? 0 : 1)) }
                if !forwards { line = document.count - 1 }
                if let start, !forwards { line = min(line, start - offset - (includesStart ? 0 : 1)) }
                if line >= 0, line < document.count,
                    let hit = document.find(search, from: line, forwards: forwards)
                {
                    if document.count != found.document.count {
                        documents.change(detail, entry: reading.id, part: part) { $0 = document }
                        forget(index)
                    }
                    hits.append(offset + hit)
                    if forwards { return offset + hit }
                }
                offset += document.count + (found.remark == nil ? 0 : 1)
            }
        }
        return hits.last
    }

    private func mayMatch(_ search: TextSearch, _ detail: TimelineDetail) -> Bool {
        switch detail {
        case .json: return true
        case .output(let effect): return output[run, effect] != nil
        default:
            return detail.words.contains { id in
                guard let text = words[id]?.text else { return false }
                return text.utf8.count > 4_096 || !search.ranges(in: text).isEmpty
            }
        }
    }
}
