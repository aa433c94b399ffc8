import SomaCore
import SomaTerminal
import SomaTraces

/// The trace views' part of what happens.
extension AppState {
    /// Takes in what the source of traces told.
    mutating func update(traces news: TraceNews) {
        if case .exported(let notice) = news { self.notice = notice }
        traces.take(news, now: now)
    }

    /// Watches Jaeger while traces are in sight, and forgets answers that no view is left for.
    mutating func settleTraces() -> [AppEffect] {
        guard traces.address != nil else {
            traces.wishes.removeAll { if case .export = $0 { false } else { true } }
            defer { traces.wishes = [] }
            return traces.wishes.map { .traces($0) }
        }
        let isInSight = panesInSight.contains { place in
            switch panes[place].route.last {
            case .traces, .trace(.trace): true
            default: false
            }
        }
        if isInSight != traces.isWatched {
            traces.isWatched = isInSight
            traces.wishes.append(.watch(isInSight))
        }
        var wanted: Set<Int> = []
        for place in panes.indices {
            let route = panes[place].route
            // Who comes back asks again: an answer to what was left is dropped. A trace that has come stays.
            if !route.contains(.traces) { panes[place].tracesView.search = nil }
            if let number = panes[place].tracesView.search?.number { wanted.insert(number) }
            guard let subject = panes[place].traceView.subject else { continue }
            if route.contains(.trace(subject)) {
                if let number = panes[place].traceView.request { wanted.insert(number) }
            } else if panes[place].traceView.waterfall == nil {
                panes[place].traceView.request = nil
            }
        }
        traces.keep(wanted)
        defer { traces.wishes = [] }
        return traces.wishes.map { .traces($0) }
    }

    var traceLayout: TraceLayout { TraceLayout(FrameLayout(self).body, hasDetail: traceView.hasDetail) }

    // MARK: Keys

    mutating func update(trace message: TraceMessage) -> [AppEffect] {
        switch message {
        case .moved(let move):
            traceView.list.move(move, count: traceView.rows.shown.count, page: traceLayout.visible - 1)
            selectTraceRow(traceView.list.selected ?? 0)
        case .selected(let place): selectTraceRow(place)
        case .foldToggled: toggleFold()
        case .allToggled: toggleAllFolds()
        case .stepped(let isInto): step(into: isInto)
        case .criticalToggled: traceView.shape.isCriticalOnly.toggle()
        case .errorSought(let forwards): seekError(forwards: forwards)
        case .matchSought(let forwards): seekMatch(forwards: forwards)
        case .zoomed(let closer): zoom(closer: closer)
        case .panned(let quarters):
            guard traceView.window != nil else {
                notice = Notice("The whole is in sight: + zooms in.")
                break
            }
            traceView.window = .panned(traceView.window, by: quarters, of: traceView.whole)
        case .fitted: fit()
        case .spacingToggled: traceView.showsSpacing.toggle()
        case .detailToggled:
            traceView.hasDetail.toggle()
            traceView.detailTop = 0
        case .detailScrolled(let lines): traceView.detailTop = max(0, traceView.detailTop + lines)
        case .copied: return copySpan()
        case .pageOpened: return openPage()
        case .runOpened: openRunOfSpan()
        case .momentSought: return seekMomentOfSpan()
        case .sourceSwitched: switchSource()
        case .askedAgain: askForTraceAgain()
        }
        return []
    }

    private mutating func selectTraceRow(_ place: Int) {
        let shown = traceView.rows.shown
        guard !shown.isEmpty else { return }
        traceView.selected = Int(shown[min(max(0, place), shown.count - 1)])
        traceView.detailTop = 0
    }

    private mutating func toggleFold() {
        guard let span = traceView.selected, let tree = traceView.waterfall?.tree, tree.sizes[span] > 1 else {
            return
        }
        guard traceView.shape.filter.isEmpty else {
            notice = Notice("What a filter finds isn't folded: esc ends the filter.")
            return
        }
        if traceView.shape.folded.remove(Int32(span)) == nil { traceView.shape.folded.insert(Int32(span)) }
    }

    private mutating func toggleAllFolds() {
        guard let tree = traceView.waterfall?.tree else { return }
        if traceView.shape.folded.isEmpty {
            traceView.shape.folded = Set(
                tree.order.filter { tree.sizes[Int($0)] > 1 && tree.depths[Int($0)] > 0 }
            )
        } else {
            traceView.shape.folded = []
        }
    }

    private mutating func step(into isInto: Bool) {
        guard let span = traceView.selected, let tree = traceView.waterfall?.tree else { return }
        let isFolded = traceView.shape.folded.contains(Int32(span)) && traceView.shape.filter.isEmpty
        switch (isInto, tree.sizes[span] > 1) {
        case (true, true) where isFolded, (false, true) where !isFolded && traceView.shape.filter.isEmpty:
            toggleFold()
        case (true, true): selectTraceRow((traceView.list.selected ?? 0) + 1)
        case (true, false): break
        case (false, _):
            let parent = tree.parents[span]
            if parent >= 0 { traceView.reveal(Int(parent)) }
        }
    }

    private mutating func seekError(forwards: Bool) {
        let failures = traceView.index.failures
        guard !failures.isEmpty else {
            notice = Notice("No span failed.")
            return
        }
        // A filter stays: what it hides isn't gone to.
        let isFiltered = !traceView.shape.filter.isEmpty || traceView.shape.isCriticalOnly
        let rows = traceView.rows
        seek(isFiltered ? failures.filter { rows.place(of: Int($0)) != nil } : failures, "error", forwards)
    }

    private mutating func seekMatch(forwards: Bool) {
        guard let matches = traceView.rows.matches else {
            notice = Notice("Type / and what to look for; n and N go from match to match.")
            return
        }
        seek(matches, "match", forwards)
    }

    /// Selects the next of some spans, which are in drawing order.
    private mutating func seek(_ spans: [Int32], _ word: String, _ forwards: Bool) {
        guard let tree = traceView.waterfall?.tree else { return }
        let here = traceView.selected.map { tree.ranks[$0] } ?? -1
        let place = spans.partitioned { tree.ranks[Int($0)] < here }
        let isThere = place < spans.count && tree.ranks[Int(spans[place])] == here
        let next = forwards ? place + (isThere ? 1 : 0) : place - 1
        guard spans.indices.contains(next) else {
            notice = Notice("No \(word) \(forwards ? "below" : "above").")
            return
        }
        traceView.reveal(Int(spans[next]))
    }

    // MARK: Time

    /// The selected span's stretch, in microseconds since the trace's start.
    private var selectedStretch: (start: Int64, end: Int64)? {
        guard let span = traceView.selected, let waterfall = traceView.waterfall else { return nil }
        let origin = waterfall.start / 1_000
        return (waterfall.starts[span] / 1_000 - origin, waterfall.end(of: span) / 1_000 - origin)
    }

    private mutating func zoom(closer: Bool) {
        let window = traceView.window
        var moment = ((window?.start ?? 0) + (window?.end ?? traceView.whole)) / 2
        if let (start, end) = selectedStretch {
            // As much of the span as is in sight is zoomed around, else the middle.
            let (first, last) = (max(start, window?.start ?? 0), min(end, window?.end ?? traceView.whole))
            if first <= last { moment = (first + last) / 2 }
        }
        traceView.window = .zoomed(window, closer: closer, around: moment, of: traceView.whole)
    }

    /// The selected span's time fills the axis, or the whole does again.
    private mutating func fit() {
        guard let (start, end) = selectedStretch else { return }
        let margin = max(1, (end - start) / 20)
        let window = TraceWindow(from: start - margin, to: end + margin, of: traceView.whole)
        traceView.window = traceView.window == window ? nil : window
    }

    private mutating func seekMomentOfSpan() -> [AppEffect] {
        guard let span = traceView.selected, let waterfall = traceView.waterfall else { return [] }
        let moment = Timestamp(microseconds: waterfall.starts[span] / 1_000)
        if replay != nil {
            replay?.isPlaying = false
            return move(.time(moment))
        }
        guard let origin = waterfall.origin(of: span), fleet[origin.run] != nil else {
            notice = Notice("The span is of no run that this daemon knows: T opens the past, t goes there.")
            return []
        }
        guard let log = journals[origin.run]?.transitions, !log.isEmpty else {
            walked = Walk(run: origin.run, seq: origin.seq ?? 1, at: moment)
            return []
        }
        let count =
            origin.seq.map { seq in log.partitioned { $0.seq <= seq } } ?? log.partitioned { $0.at <= moment }
        let last = log[min(max(0, count - 1), log.count - 1)]
        walked = Walk(run: last.run, seq: last.seq, at: last.at)
        if case .trace(.run) = view, strip == nil, panesInSight.count == 1 { openStrip() }
        return []
    }

    // MARK: Elsewhere

    /// The selected span's page in Jaeger's console.
    private func pageOfSpan() -> String? {
        guard let span = traceView.selected, let trace = traceView.waterfall?.trace else { return nil }
        return traces.page(of: trace.id, span: trace.spans[span].id)
    }

    private mutating func copySpan() -> [AppEffect] {
        guard let span = traceView.selected, let trace = traceView.waterfall?.trace else { return [] }
        if let page = pageOfSpan() { return [.copy(page, what: "the link to Jaeger")] }
        return [.copy("\(trace.id)/\(trace.spans[span].id)", what: "the ids of the trace and the span")]
    }

    private mutating func openPage() -> [AppEffect] {
        guard let page = pageOfSpan() else {
            notice = Notice("No Jaeger is named: soma --jaeger http://localhost:16686", .bad)
            return []
        }
        notice = Notice("Opening the span's page in a browser; y copies its address.")
        return [
            .runCommand(
                "\"${BROWSER:-xdg-open}\" \"$SOMA_PAGE\"",
                environment: ["SOMA_PAGE": page],
                failing: "No browser opened the page: name one in BROWSER, or copy its address with y."
            )
        ]
    }

    private mutating func openRunOfSpan() {
        guard let span = traceView.selected, let origin = traceView.waterfall?.origin(of: span) else {
            notice = Notice("The span is of no run.")
            return
        }
        guard fleet[origin.run] != nil else {
            notice = Notice("\(origin.run.short.firstLine) is no run that this daemon knows.")
            return
        }
        show(.run(origin.run))
        runView = RunViewState()
        runView.run = origin.run
        runView.cursor = RowPlace(entry: origin.seq ?? 1)
        runView.isFollowing = false
    }

    private mutating func switchSource() {
        guard let waterfall = traceView.waterfall, let subject = traceView.subject else { return }
        let id = traceView.selected.map { waterfall.trace.spans[$0].id }
        let other: TraceSubject
        switch subject {
        case .run:
            guard traces.address != nil else {
                notice = Notice("No Jaeger is named: soma --jaeger http://localhost:16686", .bad)
                return
            }
            other = .trace(waterfall.trace.id)
        case .trace:
            let span = traceView.selected ?? 0
            guard
                let origin = waterfall.origin(of: span)
                    ?? waterfall.trace.spans.lazy.compactMap(\.origin).first,
                fleet[origin.run] != nil
            else {
                notice = Notice("The trace is of no run that this daemon knows.")
                return
            }
            other = .run(origin.run)
        }
        open(other, at: id.map { .span($0) })
    }

    private mutating func askForTraceAgain() {
        guard case .trace? = traceView.subject else {
            notice = Notice("The run's own log is always up to date.")
            return
        }
        traceView.request = nil
    }

    /// Shows a waterfall with a span selected in it.
    mutating func open(_ subject: TraceSubject, at wanted: TraceState.Wanted? = nil) {
        let hasDetail = traceView.hasDetail
        show(.trace(subject))
        if traceView.subject != subject {
            traceView = TraceState(subject)
            traceView.hasDetail = hasDetail
        }
        traceView.wanted = wanted
    }

    /// From what is selected anywhere to its span in the waterfall of its run.
    mutating func openSpan() {
        guard let run = selectedRun, fleet[run] != nil else {
            notice = Notice("Select a run or a transition first: its span is shown.")
            return
        }
        let seq = transitionInSight(of: run)
        open(.run(run), at: seq.map { .transition(run, $0) })
    }

    /// The seq of the transition that is selected in the view in sight, or that the time cursor has come to.
    private func transitionInSight(of run: RunID) -> Int? {
        switch view {
        case .events: return EventsView.selected(self).flatMap { $0.run == run ? $0.seq : nil }
        case .effects: return effectsView.selected.flatMap { $0.run == run ? $0.effect : nil }
        case .run where runView.form == .waterfall:
            let (waterfall, cursor) = (runView.waterfall, runView.barCursor)
            guard waterfall.loud.indices.contains(cursor), let log = journals[run]?.transitions else {
                return nil
            }
            let place = Int(waterfall.spans[Int(waterfall.loud[cursor])].start)
            return log.indices.contains(place) ? log[place].seq : nil
        default:
            return view.feature.selectedTransition(self) ?? walked.flatMap { $0.run == run ? $0.seq : nil }
        }
    }

    /// The command `traces`.
    mutating func openTraces(_ text: String) -> [AppEffect] {
        guard !text.isEmpty else {
            show(.traces)
            return []
        }
        if let id = TraceID(text),
            text.utf8.count == 32 || fleet.runs(prefix: text).isEmpty && text.utf8.count >= 16
        {
            open(.trace(id))
        } else if let run = run(named: text) {
            open(.run(run))
        }
        return []
    }

    /// What `:write FILE` does in a waterfall: the trace as OTLP.
    mutating func exportTrace(to path: String) -> [AppEffect] {
        guard let trace = traceView.waterfall?.trace else {
            notice = Notice("There is no trace to write.")
            return []
        }
        traces.wishes.append(.export(path, trace))
        return []
    }
}
