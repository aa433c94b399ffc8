import SomaCore
import SomaTerminal

/// Makes the rows of a timeline from any place on, in either direction, and no more than are wanted.
///
/// Nothing here walks the log: what a page costs depends on the page.
struct RunPager {
    /// The log.
    let log: [Transition]
    /// How many of its transitions have happened as of the cursor.
    let count: Int
    let timeline: Timeline
    let run: RunID
    let words: WordsCache
    let output: LiveOutput
    /// How many columns details have.
    let columns: Int
    let shape: TimelineShape
    /// Documents that were made before, and those that are made now.
    var documents: EntryDocuments
    private let heads: Int
    /// How many entries were made into words; what tests count.
    private(set) var read = 0
    private var entries: [Int: TimelineEntry] = [:]
    private var parts: [Int: [EntryPart]] = [:]
    /// The words that the lines of entries need.
    private var wanting: [Int: [ContentID]] = [:]

    init(
        log: [Transition],
        count: Int,
        timeline: Timeline,
        run: RunID,
        words: WordsCache,
        output: LiveOutput,
        columns: Int,
        shape: TimelineShape,
        documents: EntryDocuments
    ) {
        self.log = log
        self.count = count
        self.timeline = timeline
        self.run = run
        self.words = words
        self.output = output
        self.columns = columns
        self.shape = shape
        self.documents = documents
        heads = timeline.entries(in: count)
    }

    // MARK: Entries

    /// How many entries there are. Where everything is shown, each transition is one; a log whose beginning isn't at
    /// hand may begin with quiet transitions only, which then are one.
    var entryCount: Int { shape.showsQuiet ? count : heads > 0 ? heads : min(count, 1) }

    /// The place in the log where an entry begins.
    func place(of entry: Int) -> Int {
        shape.showsQuiet || heads == 0 ? entry : timeline.place(of: entry)
    }

    func seq(of entry: Int) -> Int { log[place(of: entry)].seq }

    /// The entry of a seq, or the last before it.
    func entry(of seq: Int) -> Int {
        let place = max(0, log.prefixCount { $0.seq <= seq } - 1)
        let found = shape.showsQuiet ? place : timeline.entry(at: place) ?? 0
        return min(found, entryCount - 1)
    }

    mutating func entry(_ index: Int) -> TimelineEntry {
        if let known = entries[index] { return known }
        let place = place(of: index)
        var more: [Int] = []
        for change in timeline.more(about: place, in: count) {
            more.append(change)
            if log[change].kind == .interruptOpened { more += timeline.more(about: change, in: count) }
        }
        var entry = TimelineReading(log: log).entry(at: place, changedBy: more)
        wanting[index] = entry.words
        entry.parts = entry.parts.map { documents.said($0, words) }
        entries[index] = entry
        read += 1
        return entry
    }

    /// An entry that is looked through but not shown, so that it isn't kept.
    func reading(_ index: Int) -> TimelineEntry {
        if let known = entries[index] { return known }
        let place = place(of: index)
        return TimelineReading(log: log).entry(at: place, changedBy: timeline.more(about: place, in: count))
    }

    /// The words that an entry and its details say, of which nothing is known yet.
    func unread(_ index: Int, _ reading: TimelineEntry) -> [ContentID] {
        ((wanting[index] ?? reading.words) + reading.detailWords).filter {
            words[$0] == nil || words[$0] == .loading
        }
    }

    /// Makes an entry's details be read again.
    mutating func forget(_ index: Int) { parts[index] = nil }

    /// Changes the document of a part of an entry that is unfolded.
    mutating func change(_ index: Int, _ part: Int, _ body: (inout Document) -> Void) {
        let entry = entry(index)
        var place = part
        for detail in entry.details {
            let count = documents.parts(of: detail, entry: entry.id, run: run, words: words, output: output)
                .count
            if place < count {
                documents.change(detail, entry: entry.id, part: place, body)
                break
            }
            place -= count
        }
        forget(index)
    }

    /// The words that entries need: those in sight with their details, and the lines of those near.
    mutating func wanted(from first: Int, to last: Int, around: Int) -> [ContentID] {
        var ids: [ContentID] = []
        for index in max(0, first - around)...max(0, min(entryCount - 1, last + around)) {
            let entry = entry(index)
            ids += wanting[index] ?? []
            if index >= first && index <= last && isUnfolded(entry.id) {
                ids += entry.detailWords
            }
        }
        return ids
    }

    /// An entry as text: its line, and what is unfolded; inside a document the line that is pointed at.
    mutating func text(at place: RowPlace, _ clock: ClockFace) -> String {
        let index = entry(of: place.entry)
        let parts = parts(index)
        if place.line >= 0 {
            switch Self.line(place.line, in: parts) {
            case .title(let title): return title
            case .remark(let remark): return remark
            case .line(let part, let line): return parts[part].document.text(of: line)
            case nil: return ""
            }
        }
        let entry = entry(index)
        var lines = [clock.time(entry.at) + "  " + EntryText.line(entry, words)]
        for part in isUnfolded(entry.id) ? parts : [] {
            if !part.title.isEmpty { lines.append("  " + part.title) }
            for line in 0..<min(part.document.count, Self.copiedMax) {
                lines.append("  " + part.document.text(of: line))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The most lines of one document that are copied with its entry.
    private static let copiedMax = 10_000

    /// How many quiet transitions an entry stands for beside its own.
    private func quiet(after index: Int) -> Int {
        guard !shape.showsQuiet else { return 0 }
        let next = index + 1 < entryCount ? place(of: index + 1) : count
        return timeline.quiet(in: (place(of: index) + 1)..<max(next, place(of: index) + 1))
    }

    private func gap(before index: Int) -> Timeline.Gap? {
        let start = index > 0 ? place(of: index - 1) + 1 : 0
        return timeline.gaps(in: start..<(place(of: index) + 1)).max { $0.length < $1.length }
    }

    // MARK: Details

    /// Whether an entry's details are shown.
    func isUnfolded(_ seq: Int) -> Bool { shape.unfoldsAll != shape.unfolded.contains(seq) }

    /// The documents that an entry shows now.
    mutating func parts(_ index: Int) -> [EntryPart] {
        if let known = parts[index] { return known }
        let entry = entry(index)
        var found: [EntryPart] = []
        if isUnfolded(entry.id) {
            for detail in entry.details {
                found += documents.parts(of: detail, entry: entry.id, run: run, words: words, output: output)
            }
            if found.isEmpty, !shape.unfoldsAll {
                found = [EntryPart(title: "", document: EntryParts.placeholder("nothing more is known"))]
            }
        } else if let effect = entry.running {
            found = documents.tail(of: effect, run: run, output: output).map { [$0] } ?? []
        }
        parts[index] = found
        return found
    }

    /// A line of an entry's details.
    enum DetailLine {
        case title(String)
        case line(part: Int, line: Int)
        case remark(String)
    }

    static func lines(_ parts: [EntryPart]) -> Int {
        parts.reduce(0) { $0 + ($1.title.isEmpty ? 0 : 1) + $1.document.count + ($1.remark == nil ? 0 : 1) }
    }

    static func line(_ line: Int, in parts: [EntryPart]) -> DetailLine? {
        var line = line
        for (index, part) in parts.enumerated() {
            if !part.title.isEmpty {
                if line == 0 { return .title(part.title) }
                line -= 1
            }
            if line < part.document.count { return .line(part: index, line: line) }
            line -= part.document.count
            if let remark = part.remark {
                if line == 0 { return .remark(remark) }
                line -= 1
            }
        }
        return nil
    }

    // MARK: Rows

    /// The rows of one line of an entry.
    private mutating func rows(_ index: Int, _ line: Int) -> [TimelineRow.Content] {
        if line == RowPlace.head { return [.entry(entry(index), quiet: quiet(after: index))] }
        if line == RowPlace.gap { return gapRows(before: index) }
        let parts = parts(index)
        switch Self.line(line, in: parts) {
        case .title(let title): return [.title(title)]
        case .remark(let remark): return [.remark(remark)]
        case .line(let part, let line):
            return parts[part].document.rows(
                of: line,
                columns: columns,
                marking: shape.search,
                isCurrent: false
            ).map { .detail($0) }
        case nil: return []
        }
    }

    private func gapRows(before index: Int) -> [TimelineRow.Content] {
        if let unit = shape.unit {
            guard index > 0 else { return [] }
            let (from, to) = (log[place(of: index - 1)].at, log[place(of: index)].at)
            let rows = (to - from).microseconds / max(1, unit.microseconds)
            return (0..<min(max(0, rows), Self.passedMax)).map { row in
                .passed(from + .microseconds((row + 1) * unit.microseconds))
            }
        }
        return gap(before: index).map { [.gap($0.length, waited: $0.waitedForPerson)] } ?? []
    }

    /// The most rows that one gap takes.
    private static let passedMax: Int64 = 2_000

    private mutating func lastLine(_ index: Int) -> Int { Self.lines(parts(index)) - 1 }

    /// Rows from a place on.
    mutating func rows(from start: RowPlace, count wanted: Int) -> [TimelineRow] {
        guard entryCount > 0, wanted > 0 else { return [] }
        var result: [TimelineRow] = []
        var index = entry(of: start.entry)
        var line = start.line
        var skipped = max(0, start.sub)
        while index < entryCount {
            let last = lastLine(index)
            while line <= last {
                for (sub, content) in rows(index, line).enumerated().dropFirst(skipped) {
                    result.append(
                        TimelineRow(
                            place: RowPlace(entry: seq(of: index), line: line, sub: sub),
                            content: content
                        )
                    )
                    if result.count == wanted { return result }
                }
                skipped = 0
                line += 1
            }
            index += 1
            line = RowPlace.gap
            skipped = 0
        }
        return result
    }

    /// Rows before a place, the nearest last.
    mutating func rows(before end: RowPlace, count wanted: Int) -> [TimelineRow] {
        guard entryCount > 0, wanted > 0 else { return [] }
        var result: [TimelineRow] = []
        var index = entry(of: end.entry)
        var line = min(end.line, lastLine(index) + 1)
        var kept: Int? = line == end.line ? end.sub : 0
        while index >= 0 {
            while line >= RowPlace.gap {
                let rows = rows(index, line)
                for (sub, content) in rows.enumerated().prefix(kept ?? rows.count).reversed() {
                    result.append(
                        TimelineRow(
                            place: RowPlace(entry: seq(of: index), line: line, sub: sub),
                            content: content
                        )
                    )
                    if result.count == wanted { return result.reversed() }
                }
                kept = nil
                line -= 1
            }
            index -= 1
            if index >= 0 { line = lastLine(index) }
        }
        return result.reversed()
    }

    /// The last row of all.
    mutating func lastRow() -> TimelineRow? {
        guard entryCount > 0 else { return nil }
        return rows(before: RowPlace(entry: seq(of: entryCount - 1), line: .max, sub: 0), count: 1).last
    }

    /// The row of a place, or where that isn't there any more the one nearest to it.
    mutating func settled(_ place: RowPlace) -> RowPlace? {
        guard entryCount > 0 else { return nil }
        let index = entry(of: place.entry)
        let seq = seq(of: index)
        guard seq == place.entry, place.line >= RowPlace.gap else { return RowPlace(entry: seq) }
        let line = min(place.line, lastLine(index))
        let rows = rows(index, line).count
        if rows == 0 { return RowPlace(entry: seq) }
        return RowPlace(entry: seq, line: line, sub: min(max(0, place.sub), rows - 1))
    }
}

/// How a timeline is looked at.
struct TimelineShape: Sendable, Hashable {
    /// Whether each transition has a row.
    var showsQuiet = false
    /// The entries whose details are shown, or where all are, those whose details aren't.
    var unfolded: Set<Int> = []
    var unfoldsAll = false
    /// How much time a row stands for, where gaps are as long as they were.
    var unit: Duration?
    /// What is looked for.
    var search: TextSearch?
}
