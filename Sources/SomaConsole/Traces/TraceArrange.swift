import SomaCore
import SomaTerminal
import SomaTraces

extension AppState {
    /// The most runs below one whose logs are asked for to draw them in its waterfall.
    private static let familyMax = 500

    /// Brings the waterfall, its rows, the time axis and the detail up to date.
    mutating func arrangeTrace() {
        guard case .trace(let subject) = view else { return }
        if traceView.subject != subject {
            let hasDetail = traceView.hasDetail
            traceView = TraceState(subject)
            traceView.hasDetail = hasDetail
        }
        switch subject {
        case .run(let run): readLogs(of: run)
        case .trace(let id): readTrace(id)
        }
        if traceView.shape.filter != traceView.filter { traceView.shape.filter = traceView.filter }
        measureTrace(subject)
        selectWanted()
        traceView.arrange(visible: traceLayout.visible)
        arrangeSpanDetail()
    }

    private mutating func readTrace(_ id: TraceID) {
        guard traces.address != nil else { return }
        if let number = traceView.request {
            guard let waterfall = traces.opened.removeValue(forKey: number) else { return }
            traceView.take(waterfall, isGrown: false)
        } else {
            traceView.request = traces.ask { .open($0, id) }
        }
    }

    private mutating func readLogs(of root: RunID) {
        guard let journal = journals[root], journal.isLoaded, let run = fleet[root] else { return }
        let family = family(of: root)
        var logs = [(run: root, log: journal.transitions)]
        var goesOn = !run.status.isTerminal
        for member in family {
            guard let journal = journals[member] else {
                journals[member] = Journal()
                wishes.append(.journal(member))
                continue
            }
            guard journal.isLoaded else { continue }
            logs.append((member, journal.transitions))
            if fleet[member]?.status.isTerminal == false { goesOn = true }
        }
        traceView.spans.read(root, logs)
        let isLive = replay == nil && past?.phase != .open
        let isAnew = traceView.spans.isAnew
        if let waterfall = traceView.spans.waterfall(until: goesOn && isLive ? now : nil, now: now) {
            traceView.take(waterfall, isGrown: !isAnew)
        }
    }

    /// The runs that a run delegated to, and those below them.
    private mutating func family(of root: RunID) -> [RunID] {
        guard traceView.family.of != fleet.runs.count else { return traceView.family.runs }
        var below: [RunID: [RunID]] = [:]
        for run in fleet.runs { if let parent = run.parent { below[parent, default: []].append(run.id) } }
        var found: [RunID] = []
        var seen: Set<RunID> = [root]
        var next = [root]
        while let run = next.popLast(), found.count < Self.familyMax {
            for child in below[run] ?? [] where seen.insert(child).inserted {
                found.append(child)
                next.append(child)
            }
        }
        // In the past a run may not be there yet; it is looked for again at another moment.
        traceView.family = (Array(found.prefix(Self.familyMax)), fleet.runs.count)
        return traceView.family.runs
    }

    /// How long the axis is: a run that goes on gets room to grow into.
    private mutating func measureTrace(_ subject: TraceSubject) {
        guard let waterfall = traceView.waterfall else { return }
        let length = max(1, waterfall.end / 1_000 - waterfall.start / 1_000)
        var isOpen = false
        if case .run(let run) = subject, replay == nil, fleet[run]?.status.isTerminal == false {
            isOpen = true
        }
        traceView.whole = isOpen ? TimeAxis.roomy(length) : length
    }

    private mutating func selectWanted() {
        guard let wanted = traceView.wanted, let waterfall = traceView.waterfall else { return }
        let id: SpanID?
        switch wanted {
        case .span(let span): id = span
        case .transition(let run, let seq):
            let log = journals[run]?.transitions ?? []
            id = Timeline.place(of: seq, in: log).flatMap { traceView.spans.span(for: log[$0]) }
        }
        // Logs of runs below come later.
        guard let id, let place = waterfall.place(of: id) else { return }
        traceView.wanted = nil
        traceView.reveal(place)
    }

    private mutating func arrangeSpanDetail() {
        guard traceView.hasDetail, let span = traceView.selected, let waterfall = traceView.waterfall else {
            return
        }
        let page = traces.page(of: waterfall.trace.id, span: waterfall.trace.spans[span].id)
        traceView.detail.read(span, of: waterfall, page: page, clock: clock)
        let room = max(1, traceLayout.detail.rows - 1)
        traceView.detailTop = min(traceView.detailTop, max(0, traceView.detail.lines.count - room))
    }
}
