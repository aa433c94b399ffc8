import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened in the stream of transitions.
    mutating func update(events message: EventsMessage) -> [AppEffect] {
        let rows = eventRows(of: view.run)
        switch message {
        case .moved(let move):
            let before = eventsView.list.selected ?? 0
            eventsView.list.move(move, count: eventsView.count, page: eventsLayout.visible - 1)
            let place = eventsView.list.selected ?? 0
            selectPlace(place, forwards: place >= before, rows)
        case .selected(let place):
            if eventsView.row(at: place, in: rows) != nil { selectPlace(place, forwards: true, rows) }
        case .detailToggled:
            eventsView.hasDetail.toggle()
            eventsView.detailTop = 0
        case .detailScrolled(let lines): eventsView.detailTop = max(0, eventsView.detailTop + lines)
        case .followToggled:
            if eventsView.isFollowing { stopFollowing(rows) } else { eventsView.isFollowing = true }
        case .matchSought(let forwards): seekMatch(forwards: forwards, rows)
        case .levelChanged:
            let levels = Importance.allCases
            let next = ((levels.firstIndex(of: eventsView.level) ?? 0) + 1) % levels.count
            eventsView.level = levels[next]
        case .allToggled: eventsView.showsAll.toggle()
        case .runSought:
            guard let row = eventsView.selectedRow, view.run == nil else { return [] }
            if let run = event(row, in: rows)?.run { show(.events(run)) }
        case .momentSought: return seekMoment(rows)
        }
        return []
    }

    private mutating func selectPlace(_ place: Int, forwards: Bool, _ rows: EventRows) {
        let last = eventsView.place(near: eventsView.count - 1, forwards: false, in: rows) ?? 0
        let wanted = min(max(0, place), max(0, eventsView.count - 1))
        guard let place = eventsView.place(near: wanted, forwards: forwards, in: rows),
            let row = eventsView.row(at: place, in: rows)
        else { return }
        eventsView.selectedRow = row
        eventsView.detailTop = 0
        if place >= last, !rows.isRecording {
            eventsView.isFollowing = true
        } else {
            stopFollowing(rows)
        }
    }

    private mutating func stopFollowing(_ rows: EventRows) {
        guard eventsView.isFollowing else { return }
        eventsView.isFollowing = false
        eventsView.unseenFrom = rows.range.upperBound
    }

    private mutating func seekMatch(forwards: Bool, _ rows: EventRows) {
        guard let search = eventsView.search else {
            notice = Notice("Type / and what to look for; n and N go from match to match.")
            return
        }
        let here = (eventsView.selectedRow ?? rows.range.upperBound) - search.base
        let found = forwards ? search.matches.next(after: here) : search.matches.previous(before: here)
        guard let found else {
            let isOpen = search.isDone ? "." : " so far; still searching."
            notice = Notice("No match \(forwards ? "below" : "above")\(isOpen)")
            return
        }
        stopFollowing(rows)
        eventsView.selectedRow = found + search.base
        eventsView.detailTop = 0
    }

    /// In a recording the cursor goes there; live, the run is opened as it was then.
    private mutating func seekMoment(_ rows: EventRows) -> [AppEffect] {
        guard let row = eventsView.selectedRow, rows.range.contains(row) else { return [] }
        if rows.isRecording {
            replay?.isPlaying = false
            guard let event = event(row, in: rows) else { return move(.transition(row + 1)) }
            return move(.at(event.run, seq: event.seq))
        }
        guard let event = event(row, in: rows) else { return [] }
        show(.run(event.run))
        walked = Walk(run: event.run, seq: event.seq, at: event.at)
        return []
    }

    // MARK: Arranging

    /// Where the parts of the view are.
    var eventsLayout: EventsLayout { EventsLayout(FrameLayout(self).body, hasDetail: eventsView.hasDetail) }

    /// Brings the search, the rows in sight, the selection and the detail up to date.
    mutating func arrangeEvents() {
        guard case .events(let run) = view else { return }
        let isRecording = stream.recordedRows != nil
        if eventsView.run != run || eventsView.isRecording != isRecording {
            if let old = eventsView.search { wishes.append(.stopSearch(old.number)) }
            var fresh = EventsState()
            fresh.level = eventsView.level
            fresh.hasDetail = eventsView.hasDetail
            fresh.run = run
            fresh.isRecording = isRecording
            if eventsView.run == run { fresh.filter = eventsView.filter }
            eventsView = fresh
        }
        eventsView.typed.read(eventsView.filter, fields: TransitionSubject.fields)
        let rows = eventRows(of: run)
        searchEvents(rows)
        placeEvents(rows)
        let inSight = eventsInSight(rows)
        if rows.isRecording {
            let missing = stream.ask(inSight)
            if !missing.isEmpty { wishes.append(.rows(missing)) }
        }
        arrangeEventDetail(rows)
    }

    private mutating func searchEvents(_ rows: EventRows) {
        let filter = eventsView.wanted(isRecording: rows.isRecording)
        guard !filter.isEmpty else {
            if let old = eventsView.search, rows.isRecording { wishes.append(.stopSearch(old.number)) }
            eventsView.search = nil
            return
        }
        let first: Int? =
            if case .journal(let run, _) = rows { journals[run]?.transitions.first?.seq } else { nil }
        let origin = EventSearch.Origin(run: eventsView.run, isRecording: rows.isRecording, first: first)
        let old = eventsView.search
        if old?.filter != filter || old?.origin != origin || (old?.scanned ?? 0) > rows.range.upperBound {
            var search = EventSearch(number: stream.newSearch(), filter: filter, origin: origin)
            if rows.isRecording {
                if let old {
                    wishes.append(.stopSearch(old.number))
                    // What was found before stays in sight until the source has something to say.
                    search.matches = old.matches
                    search.isOld = true
                }
                let from = eventsView.isFollowing ? nil : eventsView.selectedRow
                wishes.append(.search(search.number, filter, from: from ?? replay?.place.transition ?? 0))
            } else {
                search.base = rows.range.lowerBound
                search.scanned = search.base
            }
            eventsView.search = search
        }
        guard !rows.isRecording, var search = eventsView.search else { return }
        search.step(rows, self)
        eventsView.search = search
    }

    private mutating func placeEvents(_ rows: EventRows) {
        let search = eventsView.search
        let shown = eventsView.shown(in: rows)
        eventsView.gaps = []
        if case .stream(let range) = rows, search == nil || shown > 0 {
            eventsView.gaps = stream.gaps.filter { $0.row >= range.lowerBound }
        }
        eventsView.count = shown + eventsView.gaps.count
        let count = eventsView.count
        if eventsView.isFollowing {
            let last =
                rows.isRecording
                ? eventsView.place(of: replay?.place.transition ?? rows.range.upperBound, in: rows) - 1
                : count - 1
            let place = eventsView.place(near: max(0, last), forwards: false, in: rows)
            eventsView.selectedRow = place.flatMap { eventsView.row(at: $0, in: rows) }
        } else if let row = eventsView.selectedRow, row < rows.range.lowerBound {
            let place = eventsView.place(near: 0, forwards: true, in: rows)
            eventsView.selectedRow = place.flatMap { eventsView.row(at: $0, in: rows) }
        }
        guard let row = eventsView.selectedRow, count > 0 else {
            eventsView.list.selected = nil
            eventsView.list = eventsView.list.fitted(count: count, visible: eventsLayout.visible)
            return
        }
        let wanted = min(eventsView.place(of: row, in: rows), count - 1)
        let place = eventsView.place(near: wanted, forwards: true, in: rows) ?? wanted
        // The selection stays on its line of the screen when rows come or go above it.
        if !eventsView.isFollowing, let before = eventsView.list.selected, before != place,
            eventsView.lastArranged == row
        {
            eventsView.list.top += place - before
        }
        eventsView.lastArranged = row
        eventsView.list.selected = place
        eventsView.list = eventsView.list.fitted(count: count, visible: eventsLayout.visible)
        // A gap after the newest row is in sight as well.
        if eventsView.isFollowing, !rows.isRecording {
            let top = min(place, count - eventsLayout.visible)
            eventsView.list.top = max(eventsView.list.top, top)
        }
    }

    /// The rows in sight.
    func eventsInSight(_ rows: EventRows) -> [Int] {
        let top = eventsView.list.top
        return (top..<top + eventsLayout.visible).compactMap { eventsView.row(at: $0, in: rows) }
    }

    private mutating func arrangeEventDetail(_ rows: EventRows) {
        guard eventsView.hasDetail, let row = eventsView.selectedRow else { return }
        let event = event(row, in: rows)
        let text = rows.isRecording ? stream.row(row)?.text : nil
        let known = words
        eventsView.detail.read(row, event, text: text, clock: clock) { known[$0] }
        let room = eventsLayout.detail.rows - 1
        eventsView.detailTop = min(eventsView.detailTop, max(0, eventsView.detail.lines.count - room))
    }

    /// Whether a filter has rows of a live stream left to look at.
    var isSearchingEvents: Bool {
        panesInSight.contains { place in
            guard case .events = panes[place].route.last, stream.recordedRows == nil else { return false }
            return panes[place].eventsView.search?.isDone == false
        }
    }

    /// Takes what a source has found.
    mutating func found(_ number: Int, _ progress: SearchProgress) {
        if progress.isDone, stream.recordedRows != nil { stream.recordedRows = progress.rows }
        for place in panes.indices where panes[place].eventsView.search?.number == number {
            panes[place].eventsView.search?.take(progress)
        }
    }
}

/// Where the parts of the view are.
struct EventsLayout: Sendable, Hashable {
    /// What the stream is, and how it is looked at.
    let head: Rect
    let table: Rect
    /// The selected transition in full.
    let detail: Rect

    init(_ rect: Rect, hasDetail: Bool) {
        let headRows = rect.rows >= 6 ? 1 : 0
        head = rect.part(rows: headRows)
        let body = rect.part(row: headRows)
        guard hasDetail else {
            table = body
            detail = rect.part(rows: 0)
            return
        }
        if body.columns >= 150 {
            let left = body.columns * 55 / 100
            table = body.part(columns: left)
            detail = body.part(column: left + 1)
        } else {
            let rows = body.rows < 8 ? body.rows : body.rows / 2
            table = body.part(rows: body.rows - rows)
            detail = body.part(row: body.rows - rows)
        }
    }

    /// How many rows are in sight, without the heading.
    var visible: Int { max(0, table.rows - 1) }
}
