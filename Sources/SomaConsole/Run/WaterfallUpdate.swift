import SomaCore
import SomaTerminal

extension AppState {
    /// Answers what happened while the waterfall is shown; `nil` where the timeline answers it the same way.
    mutating func update(waterfall message: RunViewMessage) -> [AppEffect]? {
        let rows = runView.waterfall.rows(in: runView.waterfall.count)
        switch message {
        case .moved(.rows(let step)): selectBar(runView.barCursor + step)
        case .moved(.pages(let pages)): selectBar(runView.barCursor + pages * max(1, barRows - 2))
        case .moved(.top): selectBar(0)
        case .moved(.bottom):
            selectBar(rows - 1)
            runView.isFollowing = true
        case .steppedOver(let step): selectVisit(step)
        case .selected(let row):
            guard runView.bars.indices.contains(row) else { return [] }
            if runView.barTop + row == runView.barCursor {
                closeWaterfall()
            } else {
                selectBar(runView.barTop + row)
            }
        case .scrolled(let row):
            selectBar(
                Scrollbar(count: rows, visible: barRows, top: runView.barTop).top(
                    forTrackRow: row,
                    track: barRows
                )
            )
        case .foldToggled, .formToggled: closeWaterfall()
        case .axisToggled: runView.fitsSight = !(runView.isFitted)
        case .followToggled:
            runView.isFollowing.toggle()
            if runView.isFollowing { selectBar(rows - 1) }
        case .spacingToggled: runView.showsSpacing.toggle()
        case .allToggled, .quietToggled: return []
        case .copied:
            guard
                let bar = runView.bars.first(where: { runView.waterfall.loud[runView.barCursor] == $0.span })
            else {
                notice = Notice("The run's log has not arrived yet.")
                return []
            }
            return [.copy(WaterfallView.text(bar, clock), what: "the line")]
        case .found:
            runView.form = .timeline
            return nil
        case .childOpened: return nil
        }
        return []
    }

    /// Shows where the time went, with the selected event's stretch selected.
    mutating func openWaterfall() {
        guard let log = runView.run.flatMap({ journals[$0] })?.transitions else { return }
        runView.form = .waterfall
        runView.waterfall.read(log)
        let place = Timeline.place(of: runView.cursor?.entry, in: log) ?? max(0, log.count - 1)
        runView.barCursor = runView.waterfall.row(at: place)
    }

    /// Shows the timeline, with the event selected that the selected stretch began with.
    private mutating func closeWaterfall() {
        runView.form = .timeline
        guard let log = runView.run.flatMap({ journals[$0] })?.transitions,
            runView.waterfall.loud.indices.contains(runView.barCursor)
        else { return }
        let span = runView.waterfall.spans[Int(runView.waterfall.loud[runView.barCursor])]
        let place = WaterfallRow.event(of: span, log)
        let seq = log[min(max(0, place), log.count - 1)].seq
        // A visit has no event of its own: the first in it stands for it.
        let next = withPager { pager -> Int in
            let entry = pager.entry(of: seq)
            let isBefore = pager.seq(of: entry) < seq && entry + 1 < pager.entryCount
            return pager.seq(of: isBefore && span.kind == .visit ? entry + 1 : entry)
        }
        guard let next else { return }
        runView.cursor = RowPlace(entry: next)
        runView.isFollowing = false
    }

    private mutating func selectBar(_ row: Int) {
        let count = runView.waterfall.rows(in: runView.waterfall.count)
        runView.barCursor = min(max(0, row), max(0, count - 1))
        runView.isFollowing = count > 0 && runView.barCursor == count - 1
    }

    private mutating func selectVisit(_ step: Int) {
        let waterfall = runView.waterfall
        var row = runView.barCursor + step
        while waterfall.loud.indices.contains(row), waterfall.spans[Int(waterfall.loud[row])].parent >= 0 {
            row += step
        }
        if waterfall.loud.indices.contains(row) { selectBar(row) }
    }

    /// How many bars are in sight.
    private var barRows: Int { WaterfallView.bars(in: RunView.list(in: FrameLayout(self).body)).rows }

    /// Brings the bars in sight and the time axis up to date.
    mutating func arrangeWaterfall(_ log: [Transition], _ run: RunState) {
        runView.waterfall.read(log)
        guard !log.isEmpty else {
            runView.bars = []
            return
        }
        let waterfall = runView.waterfall
        let count = waterfall.rows(in: waterfall.count)
        let visible = barRows
        let isPast = replay != nil || seqInSight(of: run.id) != nil
        if runView.isFollowing, !isPast { runView.barCursor = count - 1 }
        let cursor = min(max(0, runView.barCursor), max(0, count - 1))
        var top = min(max(0, runView.barTop), max(0, count - visible))
        if cursor < top { top = cursor }
        if cursor >= top + visible { top = cursor - visible + 1 }
        (runView.barCursor, runView.barTop) = (cursor, top)
        let here = runView.count
        let isOver = run.status.isTerminal || isPast
        let last = log[log.count - 1].at
        let now = isOver ? log[max(0, min(here, log.count) - 1)].at : max(moment, last)
        runView.waterfallNow = max(now, last)
        runView.bars = (top..<min(count, top + visible)).map {
            waterfall.row(of: Int(waterfall.loud[$0]), log, count: here, now: now)
        }
        let first = log[0].at.microseconds
        runView.waterfallStart = first
        let whole =
            isOver ? max(1, last.microseconds - first) : TimeAxis.roomy(max(1, now.microseconds - first))
        runView.axis = first..<(first + whole)
        guard runView.isFitted, let start = runView.bars.map(\.startsAt).min(),
            let end = runView.bars.map(\.endsAt).max()
        else { return }
        runView.axis = start.microseconds..<max(start.microseconds + 1, end.microseconds)
    }
}

extension RunViewState {
    /// From how many rows on the axis spans what is in sight unless somebody says otherwise.
    private static let wholeRowsMax = 150

    /// Whether the axis spans what is in sight only.
    var isFitted: Bool { fitsSight ?? (waterfall.loud.count > Self.wholeRowsMax) }
}

extension WaterfallRow {
    /// The place of the event that a span is part of: a call's is where it was asked for.
    static func event(of span: Waterfall.Span, _ log: [Transition]) -> Int {
        let start = Int(span.start)
        guard span.kind == .model || span.kind == .tool else { return start }
        return Timeline.place(of: log[start].body["effect"]?.int, in: log) ?? start
    }
}
