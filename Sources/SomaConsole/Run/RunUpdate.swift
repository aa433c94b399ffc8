import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in a run's timeline.
    mutating func update(run message: RunViewMessage) -> [AppEffect] {
        runView.hunt = nil
        if case .waterfall = runView.form, let effects = update(waterfall: message) { return effects }
        switch message {
        case .moved(.rows(let rows)): move(rows)
        case .moved(.pages(let pages)): move(pages * max(1, runRows - 2))
        case .moved(.top):
            runView.cursor = withPager { $0.entryCount > 0 ? RowPlace(entry: $0.seq(of: 0)) : nil } ?? nil
            runView.isFollowing = false
        case .moved(.bottom): runView.isFollowing = true
        case .selected(let row): select(row: row)
        case .scrolled(let row): scroll(toTrackRow: row)
        case .steppedOver(let entries): step(over: entries)
        case .foldToggled: toggleFold()
        case .allToggled:
            runView.unfoldsAll.toggle()
            runView.unfolded = []
            runView.cursor?.line = RowPlace.head
        case .followToggled: runView.isFollowing.toggle()
        case .quietToggled: runView.showsQuiet.toggle()
        case .spacingToggled: runView.showsSpacing.toggle()
        case .formToggled: openWaterfall()
        case .axisToggled: break
        case .found(let forwards): find(forwards: forwards)
        case .copied: return copyEntry()
        case .childOpened: openChild()
        }
        return []
    }

    // MARK: Moving

    private mutating func move(_ rows: Int) {
        guard let cursor = runView.cursor, rows != 0 else { return }
        let (place, isLast) =
            withPager { pager -> (RowPlace, Bool) in
                if rows < 0 {
                    let above = pager.rows(before: cursor, count: -rows)
                    return (above.first?.place ?? cursor, false)
                }
                let below = pager.rows(from: cursor, count: rows + 1)
                let place = below.last?.place ?? cursor
                let last = pager.entryCount - 1
                let isLast =
                    last >= 0 && place.entry == pager.seq(of: last)
                    && pager.rows(from: place, count: 2).count < 2
                return (place, isLast)
            } ?? (cursor, false)
        // Rows that only tell of time aren't worth a stop.
        runView.cursor = place.line == RowPlace.gap ? RowPlace(entry: place.entry) : place
        if place.line == RowPlace.gap, rows < 0,
            let above = withPager({ $0.rows(before: place, count: 1).first?.place }) ?? nil
        {
            runView.cursor = above
        }
        runView.isFollowing = rows > 0 && isLast
    }

    /// Selects a row in sight; a click on what is selected unfolds it.
    private mutating func select(row: Int) {
        guard runView.rows.indices.contains(row) else { return }
        let place = runView.rows[row].place
        guard place.line != RowPlace.gap else { return }
        if place == runView.cursor { return toggleFold() }
        runView.cursor = place
        runView.isFollowing = false
    }

    private mutating func scroll(toTrackRow row: Int) {
        let (track, count) = (runRows, runView.entryCount)
        let place = withPager { pager -> RowPlace? in
            let entry = min(max(0, row), track - 1) * max(0, count - 1) / max(1, track - 1)
            return pager.entryCount > entry ? RowPlace(entry: pager.seq(of: entry)) : nil
        }
        guard let place = place ?? nil else { return }
        (runView.cursor, runView.top) = (place, place)
        runView.isFollowing = false
    }

    private mutating func step(over entries: Int) {
        guard let cursor = runView.cursor else { return }
        let place =
            withPager { pager -> RowPlace? in
                let current = pager.entry(of: cursor.entry)
                // Back from inside an entry is to its own line.
                let from = entries < 0 && cursor.line > RowPlace.head ? current + 1 : current
                let index = min(max(0, from + entries), pager.entryCount - 1)
                return index >= 0 ? RowPlace(entry: pager.seq(of: index)) : nil
            } ?? nil
        runView.cursor = place ?? cursor
        runView.isFollowing = false
    }

    // MARK: Folding

    private mutating func toggleFold() {
        guard let cursor = runView.cursor else { return }
        if cursor.line >= 0 {
            let (isFolded, line) = foldDocument(at: cursor)
            if isFolded {
                runView.cursor = RowPlace(entry: cursor.entry, line: line ?? cursor.line)
                runView.isFollowing = false
                return
            }
        }
        if runView.unfolded.remove(cursor.entry) == nil { runView.unfolded.insert(cursor.entry) }
        runView.cursor = RowPlace(entry: cursor.entry)
        runView.reveals = true
    }

    /// Opens or closes what is at a line of a document; whether there was anything, and the line that stands for it.
    private mutating func foldDocument(at place: RowPlace) -> (Bool, Int?) {
        withPager { pager -> (Bool, Int?) in
            let index = pager.entry(of: place.entry)
            let parts = pager.parts(index)
            guard case .line(let part, let line) = RunPager.line(place.line, in: parts),
                parts[part].document.isFoldable
            else { return (false, nil) }
            var folded: Int?
            pager.change(index, part) { folded = $0.toggleFold(at: line) }
            guard let folded else { return (false, nil) }
            return (true, place.line - line + folded)
        } ?? (false, nil)
    }

    // MARK: Copying and going on

    private mutating func copyEntry() -> [AppEffect] {
        guard let cursor = runView.cursor else {
            notice = Notice("The run's log has not arrived yet.")
            return []
        }
        let clock = clock
        let text = withPager { $0.text(at: cursor, clock) } ?? ""
        guard !text.isEmpty else { return [] }
        let lines = text.utf8.count { $0 == 0x0A } + 1
        return [.copy(text, what: lines == 1 ? "the line" : "\(Amounts.grouped(lines)) lines")]
    }

    private mutating func openChild() {
        guard let cursor = runView.cursor else { return }
        let child = withPager { pager in pager.entry(pager.entry(of: cursor.entry)).child } ?? nil
        guard let child, fleet[child] != nil else {
            notice = Notice("The line leads to no other run.")
            return
        }
        show(.run(child))
    }
}
