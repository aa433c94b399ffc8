import SomaCore
import SomaTerminal

extension AppState {
    /// How many rows of the timeline are in sight.
    var runRows: Int { RunView.list(in: FrameLayout(self).body).rows }

    /// Brings the timeline, its rows and what is in sight up to date.
    mutating func arrangeRun() {
        guard case .run(let id) = view else { return }
        if runView.run != id {
            let form = runView.form
            runView = RunViewState()
            runView.run = id
            runView.form = form
        }
        guard let journal = journals[id], let run = fleet[id] else { return }
        let read = runView.timeline.read(journal.transitions)
        let walk = seqInSight(of: id)
        runView.count = min(journal.count(upTo: walk ?? run.seq), runView.timeline.count)
        let made = runView.documents.made
        followSearch()
        arrangeRows(journal.transitions, visible: runRows)
        if runView.form == .waterfall { arrangeWaterfall(journal.transitions, run) }
        runView.work.transitions = read
        runView.work.documents = runView.documents.made - made
    }

    private mutating func arrangeRows(_ log: [Transition], visible: Int) {
        guard runView.count > 0 else {
            (runView.rows, runView.cursor, runView.top, runView.wanted) = ([], nil, nil, [])
            return
        }
        var view = runView
        runView = RunViewState()
        var pager = pager(&view, log)
        view.arrange(&pager, visible: max(1, visible))
        view.documents = pager.documents
        view.work.entries = pager.read
        runView = view
    }

    /// Does something with a pager over the run in sight; `nil` where its log isn't there yet.
    mutating func withPager<Result>(_ body: (inout RunPager) -> Result) -> Result? {
        guard let log = runView.run.flatMap({ journals[$0] })?.transitions, runView.count > 0 else {
            return nil
        }
        var view = runView
        runView = RunViewState()
        var pager = pager(&view, log)
        let result = body(&pager)
        view.documents = pager.documents
        runView = view
        return result
    }

    /// A pager that owns the view's documents until they are given back.
    private func pager(_ view: inout RunViewState, _ log: [Transition]) -> RunPager {
        let documents = view.documents
        view.documents = EntryDocuments()
        var shape = TimelineShape(
            showsQuiet: view.showsQuiet,
            unfolded: view.unfolded,
            unfoldsAll: view.unfoldsAll,
            search: view.search.isEmpty ? nil : TextSearch(view.search)
        )
        let count = min(view.count, log.count)
        if view.showsSpacing, count > 0 { shape.unit = RunView.spacing(log[count - 1].at - log[0].at) }
        return RunPager(
            log: log,
            count: count,
            timeline: view.timeline,
            run: view.run ?? RunID(""),
            words: words,
            output: output,
            columns: max(1, RunView.detailColumns(in: FrameLayout(self).body)),
            shape: shape,
            documents: documents
        )
    }
}

extension RunViewState {
    /// Brings cursor, scrolling, rows and wanted words in step with the log.
    mutating func arrange(_ pager: inout RunPager, visible: Int) {
        entryCount = pager.entryCount
        unit = pager.shape.unit
        guard let last = pager.lastRow()?.place else { return }
        fit(&pager, last: last, visible: visible)
        guard let top else { return }
        rows = pager.rows(from: top, count: visible)
        topEntry = pager.entry(of: top.entry)
        let bottom = rows.last.map { pager.entry(of: $0.place.entry) } ?? topEntry
        wanted = pager.wanted(from: topEntry, to: bottom, around: visible / 2)
    }

    private mutating func fit(_ pager: inout RunPager, last: RowPlace, visible: Int) {
        let end = RowPlace(entry: last.entry, line: last.line, sub: last.sub + 1)
        // Where as many entries come as there are rows, the end is out of sight.
        let isNearEnd =
            isFollowing || cursor == nil || top == nil
            || pager.entry(of: top?.entry ?? 0) + visible >= pager.entryCount
        let lastTop = isNearEnd ? pager.rows(before: end, count: visible).first?.place ?? last : last
        if isFollowing || cursor == nil {
            cursor = RowPlace(entry: last.entry)
            top = lastTop
            return
        }
        let cursor = cursor.flatMap { pager.settled($0) } ?? RowPlace(entry: last.entry)
        self.cursor = cursor
        var top = min(top.flatMap { pager.settled($0) } ?? lastTop, lastTop)
        if cursor < top {
            // A gap above the first entry in sight belongs to it.
            top = cursor
        } else {
            let seen = pager.rows(from: top, count: visible)
            if let bottom = seen.last?.place, bottom < cursor {
                top =
                    pager.rows(
                        before: RowPlace(entry: cursor.entry, line: cursor.line, sub: cursor.sub + 1),
                        count: visible
                    )
                    .first?.place ?? cursor
            }
        }
        if reveals { top = revealing(&pager, from: top, visible) }
        reveals = false
        // A jump may have come near the end.
        let isLast = !isNearEnd && pager.entry(of: top.entry) + visible >= pager.entryCount
        self.top = min(top, isLast ? pager.rows(before: end, count: visible).first?.place ?? last : lastTop)
    }

    /// The place to begin at so that the whole entry at the cursor is in sight where it fits, else its beginning.
    private func revealing(_ pager: inout RunPager, from top: RowPlace, _ visible: Int) -> RowPlace {
        guard let cursor else { return top }
        let entry = pager.rows(from: RowPlace(entry: cursor.entry), count: visible + 1).prefix {
            $0.place.entry == cursor.entry
        }
        guard let last = entry.last?.place, entry.count <= visible else {
            return RowPlace(entry: cursor.entry)
        }
        let seen = pager.rows(from: top, count: visible)
        guard let bottom = seen.last?.place, bottom < last else { return top }
        return pager.rows(
            before: RowPlace(entry: last.entry, line: last.line, sub: last.sub + 1),
            count: visible
        ).first?.place
            ?? top
    }
}
