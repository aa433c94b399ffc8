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

    /// Goes on looking where the last look ended: a long run isn't looked through within one key, and the words that
    /// it says are asked for on the way.
    mutating func hunt() {
        guard case .run(let id) = view, runView.run == id, let hunt = runView.hunt else { return }
        guard !hunt.awaited.contains(where: { words[$0] == .loading }) else { return }
        let search = TextSearch(runView.search)
        let found = withPager { $0.find(search, hunt) }
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
        case .unread(let next):
            runView.hunt = next
            let asked = next.awaited.filter { words.ask($0) }
            if !asked.isEmpty { wishes.append(.words(Array(asked))) }
            notice = Notice("Looking for \(looked) at \(Amounts.grouped(next.from.entry)); esc stops.")
        case nil: break
        }
    }

    /// Stops looking; whether anybody was.
    mutating func stopHunt() -> Bool {
        guard let hunt = runView.hunt else { return false }
        runView.hunt = nil
        notice = Notice("Looked as far as \(Amounts.grouped(hunt.from.entry)).")
        return true
    }
}

/// A search that goes on while time passes.
struct RunHunt: Sendable, Hashable {
    var from: RowPlace
    var forwards: Bool
    /// Whether a match at the beginning counts.
    var includesStart: Bool
    /// Words that must have come, or be known to be missing, before it goes on.
    var awaited: Set<ContentID> = []
}

extension RunPager {
    /// What came of looking for something.
    enum Found: Sendable, Hashable {
        case place(RowPlace)
        /// There is nothing between here and the end.
        case nothing
        /// Nothing so far; how to go on.
        case unread(RunHunt)
    }

    /// How many entries are looked through at once.
    static let searchedMax = 2_000
    /// How many words are asked for at once.
    static let askedMax = 200
    /// How many entries ahead words are asked for.
    private static let askedAhead = 200

    /// Finds the nearest row with a match. Goes as far as the words of entries are known; what it had waited for and
    /// isn't here is passed.
    mutating func find(_ search: TextSearch, _ hunt: RunHunt) -> Found {
        guard entryCount > 0 else { return .nothing }
        let first = entry(of: hunt.from.entry)
        let step = hunt.forwards ? 1 : -1
        var index = first
        while index >= 0, index < entryCount {
            let next =
                index == first
                ? hunt
                : RunHunt(
                    from: RowPlace(entry: seq(of: index), line: hunt.forwards ? RowPlace.head : .max),
                    forwards: hunt.forwards,
                    includesStart: true
                )
            let reading = reading(index)
            let isRead = unread(index, reading).allSatisfy(hunt.awaited.contains)
            if !isRead || abs(index - first) >= Self.searchedMax {
                return .unread(waiting(next, from: index))
            }
            let start = index == first ? hunt.from.line : nil
            if let line = match(search, reading, index, from: start, hunt.forwards, hunt.includesStart) {
                return .place(RowPlace(entry: seq(of: index), line: line))
            }
            index += step
        }
        return .nothing
    }

    /// A hunt that goes on at an entry once the words of it and of those that follow are here.
    private func waiting(_ hunt: RunHunt, from start: Int) -> RunHunt {
        var hunt = hunt
        hunt.awaited = []
        for ahead in 0..<Self.askedAhead where hunt.awaited.count < Self.askedMax {
            let index = start + (hunt.forwards ? ahead : -ahead)
            guard index >= 0, index < entryCount else { break }
            hunt.awaited.formUnion(unread(index, reading(index)))
        }
        return hunt
    }

    /// The nearest line of an entry with a match: beyond `start`, or anywhere.
    private mutating func match(
        _ search: TextSearch,
        _ reading: TimelineEntry,
        _ index: Int,
        from start: Int?,
        _ forwards: Bool,
        _ includesStart: Bool
    ) -> Int? {
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
