import SomaCore
import SomaTerminal

/// The metrics view's part of what happens.
extension AppState {
    /// Takes in what the source of metrics told.
    mutating func update(metrics news: MetricsNews) {
        switch news {
        case .answered(let number, let answer):
            for place in panes.indices where panes[place].metricsView.asked == number {
                panes[place].metricsView.take(answer)
            }
            metrics.take(answer, to: number, now: now)
        case .lost(let reason): metrics.lost = (reason, metrics.lost?.since ?? now)
        case .alerts(let alerts): metrics.take(alerts, now: now)
        case .alertsFailed(let reason): metrics.take(alertsFailure: reason, now: now)
        }
    }

    /// Another daemon is in sight: what was shown is of the one before.
    mutating func followDaemon(_ address: String) {
        guard metrics.origin != nil else { return }
        metrics.forget()
        for place in panes.indices { panes[place].metricsView.forgetAnswers() }
        metrics.wishes.append(.daemon(address))
    }

    /// Takes in the person's dashboards as they were read anew.
    mutating func take(dashboards: [Dashboard]) {
        let before = metrics.dashboards
        metrics.dashboards = Dashboard.all(with: dashboards)
        let same = Set(metrics.dashboards.filter(before.contains).map(\.name))
        for place in panes.indices { panes[place].metricsView.forgetAnswers(but: same) }
    }

    /// Asks for what is in sight in each pane, once where two see the same, and for nothing where no metrics are.
    mutating func settleMetrics() -> [AppEffect] {
        guard let origin = metrics.origin else { return [] }
        let seen = panesInSight.filter { panes[$0].route.last == .metrics }
        let wishes = MetricsWish.merged(seen.compactMap { panes[$0].metricsView.wanted })
        let numbers = metrics.ask(wishes.map { $0.look(origin.kind) }, now: now)
        for place in panes.indices {
            let wish = seen.contains(place) ? panes[place].metricsView.wanted : nil
            let met = wish.flatMap { wish in wishes.firstIndex { wish.isMet(by: $0) } }
            panes[place].metricsView.asked = met.map { numbers[$0] }
        }
        defer { metrics.wishes = [] }
        return metrics.wishes.map { .metrics($0) }
    }

    // MARK: What is in sight

    /// The dashboard in sight.
    var dashboard: Dashboard {
        metrics.dashboards.first { $0.name == metricsView.dashboard } ?? metrics.dashboards.first
            ?? Dashboard("none", [])
    }

    private var reach: Duration { metrics.origin?.reach ?? .seconds(3_600) }

    /// The end of the time in sight. What goes with the clock ends where the last answer does, so that what is drawn doesn't
    /// move between two of them.
    var metricsEnd: Timestamp {
        let view = metricsView
        if view.time.until == nil, let answer = view.answer,
            abs((answer.until - answer.from - view.time.length).seconds) < 1,
            now - answer.until < view.time.length
        {
            return min(answer.until, now)
        }
        return view.time.end(now: now)
    }

    /// The moment whose values are shown: the cross-hair's, or the time cursor's.
    var metricsMoment: Timestamp? { metricsView.crossHair ?? cursorTime }

    private var metricsBody: MetricsLayout { MetricsLayout(FrameLayout(self).body) }

    var panelGrid: PanelGrid { PanelGrid(count: dashboard.panels.count, in: metricsBody.panels) }

    /// The axis of time of the selected panel.
    var panelTime: ChartTime {
        let rect =
            metricsView.isWhole
            ? metricsBody.panels
            : panelGrid.panels(top: metricsView.top).first { $0.number == metricsView.selected }?.rect
                ?? metricsBody.panels
        let plot = PanelLayout(rect, names: 1, isWhole: metricsView.isWhole).plot
        return ChartTime(until: metricsEnd, length: metricsView.time.length, columns: plot.columns)
    }

    /// The lines of a panel of the dashboard in sight; `nil` where there are none yet.
    func panelLines(_ number: Int) -> PanelLines? {
        guard let answer = metricsView.answer, answer.panels.indices.contains(number),
            dashboard.panels.indices.contains(number), case .lines(let lines) = answer.panels[number]
        else { return nil }
        return PanelLines(answer, lines, kind: dashboard.panels[number].kind)
    }

    mutating func arrangeMetrics() {
        if !metrics.dashboards.contains(where: { $0.name == metricsView.dashboard }) {
            metricsView.dashboard = metrics.dashboards.first?.name ?? ""
        }
        let panels = dashboard.panels
        metricsView.selected = min(max(0, metricsView.selected), max(0, panels.count - 1))
        metricsView.top = panelGrid.top(metricsView.top, showing: metricsView.selected)
        metricsView.alertsList = metricsView.alertsList.fitted(
            count: metrics.alerts.count,
            visible: max(0, metricsBody.panels.rows - 1)
        )
        followTimeCursor()
        if let moment = metricsView.crossHair {
            let time = panelTime
            metricsView.crossHair = min(max(moment, time.from), time.until)
        } else {
            fitMetricsTime()
        }
        guard metrics.origin != nil, !panels.isEmpty else {
            metricsView.wanted = nil
            return
        }
        metricsView.wanted = MetricsWish(
            panels: panels,
            until: metricsView.time.until,
            length: metricsView.time.length,
            points: min(max(2, panelTime.columns * 2), MetricsWish.pointsMax)
        )
    }

    /// Shows as much time as there is something of, until the person chooses. A server may know of any time until it was
    /// asked; what is scraped begins with the first look.
    private mutating func fitMetricsTime() {
        guard metrics.since != nil || metrics.origin?.kind == .scraped else { return }
        metricsView.time.fit(metrics.since.map { now - $0 } ?? .zero)
    }

    /// Keeps the console's time cursor in sight.
    private mutating func followTimeCursor() {
        guard let cursor = cursorTime else {
            if metricsView.followsCursor {
                metricsView.followsCursor = false
                if !metricsView.isPaused { metricsView.time.hold(at: nil, now: now, reach: reach) }
            }
            return
        }
        let end = metricsEnd
        let length = metricsView.time.length
        guard cursor > end || end - cursor > length else { return }
        metricsView.followsCursor = true
        let ahead = cursor + .microseconds(length.microseconds / 4)
        metricsView.time.hold(at: ahead, now: now, reach: reach)
    }

    // MARK: Keys

    mutating func update(metrics message: MetricsMessage) -> [AppEffect] {
        switch message {
        case .moved(let across, let down): return moveInMetrics(across, down)
        case .selected(let number): metricsView.selected = number
        case .wholeToggled: metricsView.isWhole.toggle()
        case .dashboardChanged(let step): changeDashboard(step)
        case .zoomed(let steps):
            metricsView.time.zoom(steps, around: metricsView.crossHair, now: now, reach: reach)
            metricsView.isPaused = metricsView.isPaused && metricsView.time.until != nil
        case .panned(let fourths):
            metricsView.time.pan(Double(fourths) / 4, now: now, reach: reach)
            metricsView.isPaused = false
        case .pauseToggled:
            metricsView.isPaused.toggle()
            let end = metricsView.isPaused ? metricsEnd : nil
            metricsView.time.hold(at: end, now: now, reach: reach)
        case .nowWanted:
            metricsView.isPaused = false
            metricsView.crossHair = nil
            metricsView.time.hold(at: nil, now: now, reach: reach)
        case .crossHairToggled:
            metricsView.crossHair = metricsView.crossHair == nil ? cursorTime ?? metricsEnd : nil
        case .peakSought:
            guard let peak = panelPeak else {
                notice = Notice("The selected panel has nothing that could be highest.")
                break
            }
            return put(crossHair: peak)
        case .runsOpened: return openRunsThen()
        case .momentSought: return seekMoment()
        case .alertsToggled: metricsView.showsAlerts.toggle()
        case .alertsMoved(let move):
            metricsView.alertsList.move(move, count: metrics.alerts.count, page: metricsBody.panels.rows - 2)
        case .closed:
            if metricsView.showsAlerts {
                metricsView.showsAlerts = false
            } else if metricsView.crossHair != nil {
                metricsView.crossHair = nil
            } else {
                metricsView.isWhole = false
            }
        }
        return []
    }

    private mutating func moveInMetrics(_ across: Int, _ down: Int) -> [AppEffect] {
        if let moment = metricsView.crossHair, across != 0 {
            let time = panelTime
            let column = (time.column(moment) ?? time.columns - 1) + across
            guard !(0..<time.columns).contains(column) else { return put(crossHair: time.moment(column)) }
            // Beyond an end there is more to see.
            let next = across < 0 ? time.from : time.until
            metricsView.time.pan(across < 0 ? -0.25 : 0.25, now: now, reach: reach)
            return put(crossHair: next)
        }
        metricsView.selected =
            metricsView.isWhole
            ? min(max(0, metricsView.selected + across + down), max(0, dashboard.panels.count - 1))
            : panelGrid.neighbour(of: metricsView.selected, across: across, down: down)
        return []
    }

    /// Puts the cross-hair somewhere; where a past is open its time cursor goes along, and all views with it.
    mutating func put(crossHair moment: Timestamp) -> [AppEffect] {
        metricsView.crossHair = moment
        guard let replay else { return [] }
        let overview = replay.overview
        guard moment >= overview.firstAt, moment <= overview.lastAt else { return [] }
        self.replay?.isPlaying = false
        return move(.time(moment))
    }

    private mutating func changeDashboard(_ step: Int) {
        let names = metrics.dashboards.map(\.name)
        guard !names.isEmpty else { return }
        let place = names.firstIndex(of: metricsView.dashboard) ?? 0
        show(dashboard: names[(place + step + names.count) % names.count])
    }

    mutating func show(dashboard name: String) {
        metricsView.showsAlerts = false
        guard metricsView.dashboard != name else { return }
        metricsView.dashboard = name
        metricsView.selected = 0
        metricsView.top = 0
        metricsView.asked = nil
    }

    /// When the selected panel's value was highest, of what is in sight.
    private var panelPeak: Timestamp? {
        guard let lines = panelLines(metricsView.selected) else { return nil }
        let kind = dashboard.panels[metricsView.selected].kind
        let time = panelTime
        return lines.peak(isSum: kind == .stacked || kind == .heatmap, within: time.from...time.until)
    }

    /// The runs that were active at the cross-hair, as they were then.
    private mutating func openRunsThen() -> [AppEffect] {
        let effects = seekMoment()
        // Whatever is in the way was said.
        guard replay != nil || past != nil else { return effects }
        show(.fleet)
        fleetView.filter = Self.activeRunsFilter
        return effects
    }

    /// The runs that have not ended.
    static var activeRunsFilter: String { "!state:done !state:failed !state:cancel" }

    /// Takes the time cursor to the cross-hair: all views show that moment.
    private mutating func seekMoment() -> [AppEffect] {
        guard let moment = metricsView.crossHair ?? panelPeak else {
            notice = Notice("Put the cross-hair on a moment first: x.")
            return []
        }
        if let waiting = past, waiting.phase != .open {
            past?.moment = moment
            return []
        }
        guard let cursor = replay else { return openPast(at: moment) }
        let overview = cursor.overview
        if moment < overview.firstAt || moment > overview.lastAt {
            let first = clock.time(overview.firstAt, within: overview.length)
            let last = clock.time(overview.lastAt, within: overview.length)
            notice = Notice("That is outside of what there is: \(first) to \(last).")
        }
        metricsView.crossHair = nil
        replay?.isPlaying = false
        return move(.time(moment))
    }

    /// The command `metrics`.
    mutating func openMetrics(_ name: String) -> [AppEffect] {
        guard !name.isEmpty else {
            show(.metrics)
            return []
        }
        let names = metrics.dashboards.map(\.name)
        guard names.contains(name) else {
            let near = NearestName.find(name, in: names)
            notice = Notice(
                "There is no dashboard \"\(name.firstLine)\"."
                    + (near.map { " Did you mean \($0)?" } ?? " There are \(names.joined(separator: ", "))."),
                .bad
            )
            return []
        }
        show(.metrics)
        show(dashboard: name)
        return []
    }

    /// The command `alerts`.
    mutating func openAlerts() -> [AppEffect] {
        show(.metrics)
        metricsView.showsAlerts = true
        return []
    }
}
