import SomaCore
import SomaTerminal

/// The messages of a topic as they come.
enum TopicView: Feature {
    static var filter: WritableKeyPath<AppState, String>? { \.topicView.filter }
    static func filterTrouble(_ state: AppState) -> FilterError? { state.topicView.trouble }
    static let hints = [
        "app.help", "topic.detail", "app.filter", "topic.follow", "topic.pause", "topic.from", "topic.open",
        "topic.moment", "topic.trace",
    ]

    static func arrange(_ state: inout AppState) { state.arrangeTopic() }
    static func selectedRun(_ state: AppState) -> RunID? { state.selectedRecord?.transition?.run }
    static func counts(_ state: AppState) -> (shown: Int, total: Int)? {
        let log = state.topicLog
        return (log.matched, log.read)
    }
    static func noun(_ count: Int) -> String { count == 1 ? "message" : "messages" }

    static func wantedWords(_ state: AppState) -> [ContentID?] {
        let log = state.topicLog
        let top = log.range.lowerBound + state.topicView.list.top
        return (top..<top + state.topicLayout.visible).map {
            log[$0]?.transition.flatMap { EventLine.words($0) }
        }
    }
    static func marked(_ state: AppState) -> Int { state.topicView.bookmarks.count }

    static func update(_ state: inout AppState, mouse: MouseEvent, in rect: Rect) -> [AppEffect] {
        let layout = EventsLayout(rect, hasDetail: state.topicView.hasDetail)
        if layout.detail.contains(mouse.point), mouse.wheelRows != 0 {
            return state.update(topic: .detailScrolled(mouse.wheelRows))
        }
        if mouse.wheelRows != 0 { return state.update(topic: .moved(.rows(mouse.wheelRows))) }
        if mouse.action == .press, layout.detail.contains(mouse.point) {
            return isTrace(at: mouse.point, in: detailBody(layout.detail), state)
                ? state.update(topic: .traceOpened) : []
        }
        guard mouse.action == .press,
            let place = Table(columns: columns).row(
                at: mouse.point,
                in: layout.table.part(column: 1),
                state: state.topicView.list,
                count: state.topicLog.range.count
            )
        else { return [] }
        if state.topicView.list.selected == place { return state.update(topic: .detailToggled) }
        return state.update(topic: .selected(place))
    }

    /// Where the lines of the full message stand, below the rule.
    private static func detailBody(_ rect: Rect) -> Rect { rect.part(row: 1).inset(columns: 1) }

    /// Whether the line that leads to the message's trace stands there.
    private static func isTrace(at point: Point, in body: Rect, _ state: AppState) -> Bool {
        let (detail, top) = (state.topicView.detail, state.topicView.detailTop)
        guard body.contains(point), let trace = detail.traceLine, state.selectedRecord != nil else {
            return false
        }
        return detail.line(at: point.row - body.row, top: top, columns: body.columns - 1) == trace
    }

    // MARK: Drawing

    static func draw(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        let view = state.topicView
        let log = state.topicLog
        let layout = EventsLayout(rect, hasDetail: view.hasDetail)
        drawHead(state, log, on: &canvas, in: layout.head.inset(columns: 1), look)
        let table = layout.table.part(column: 1)
        if log.range.isEmpty {
            KafkaHead.drawEmpty(emptyWords(state, log), on: &canvas, in: table, look)
        } else {
            drawTable(state, log, on: &canvas, in: table, look)
        }
        drawDetail(state, on: &canvas, in: layout.detail, look)
    }

    private static let columns = [
        TableColumn(" ", width: 1, priority: 3),
        TableColumn("P", width: 3, priority: 6, alignment: .right),
        TableColumn("OFFSET", width: 9, priority: 7, alignment: .right),
        TableColumn("TIME", width: 12, priority: 8),
        TableColumn("KEY", min: 6, max: 16, weight: 0, priority: 9),
        TableColumn("VALUE", min: 16, weight: 8, priority: 10),
    ]

    private static func drawTable(
        _ state: AppState,
        _ log: TopicLog,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        let cursor = state.cursorTime
        var table = Table(columns: columns, gap: rect.columns < 60 ? 1 : 2)
        table.isFocused = state.isActive
        table.draw(
            on: &canvas,
            in: rect,
            state: state.topicView.list,
            count: log.range.count,
            theme: look.theme,
            glyphs: look.glyphs
        ) { place in
            guard let record = log[log.range.lowerBound + place] else { return Table.Row([]) }
            let isMarked = state.topicView.bookmarks.contains(record.place)
            let sign = isMarked ? String(look.glyphs.pick("▌", "*")) : ""
            let time = record.at.map { EventsView.time($0, state.clock) } ?? look.none
            var cells = [
                StyledLine(sign, look[.match]), StyledLine("\(record.place.partition)", look[.dim]),
                StyledLine("\(record.place.offset)", look[.dim]), StyledLine(time, look[.dim]),
                key(of: record, look), value(of: record, state, look),
            ]
            if let cursor, let at = record.at, at > cursor {
                // It wasn't there yet at the moment that is looked at.
                cells = [cells[0]] + cells.dropFirst().map { StyledLine($0.text, look[.border]) }
            }
            return Table.Row(cells)
        }
    }

    private static func key(of record: TopicRecord, _ look: Look) -> StyledLine {
        guard let key = record.key else { return StyledLine(look.none, look[.dim]) }
        let line = Payload(key).line
        // A run is called as everywhere else.
        if let run = record.transition?.run, run.rawValue == line {
            return StyledLine(run.short, look[.code])
        }
        return StyledLine(line, look[.code])
    }

    /// A transition of Soma's as its views show it; of other events their type first.
    private static func value(of record: TopicRecord, _ state: AppState, _ look: Look) -> StyledLine {
        if let transition = record.transition {
            var line = StyledLine(transition.kind.name.firstLine)
            if let mark = EventLine.mark(transition) {
                line = StyledLine([look.sign(mark), .init(" " + transition.kind.name.firstLine)])
            }
            let text = EventLine.text(
                transition,
                state,
                look,
                EventCell(marks: nil, isSelected: false, quiet: nil)
            )
            if let node = transition.node { line.append("  " + node.firstLine, look[.dim]) }
            if !text.spans.isEmpty {
                line.append("  ")
                line.spans += text.spans
            }
            return line
        }
        let payload = Payload(record.value)
        switch payload {
        case .none: return StyledLine("tombstone", look[.dim].adding(.italic))
        case .cloudEvent(let type, _, _):
            let rest = payload.line.dropFirst(type.count)
            return StyledLine([.init(type.firstLine), .init(String(rest), look[.dim])])
        case .binary: return StyledLine(payload.line, look[.code])
        case .json, .text: return StyledLine(payload.line)
        }
    }

    private static func emptyWords(_ state: AppState, _ log: TopicLog) -> [String] {
        guard state.kafka.isNamed else { return KafkaHead.unnamed }
        guard let number = state.topicView.reading?.number else { return ["loading"] }
        if let reason = state.kafka.ended[number] { return [reason] }
        if log.begin.isEmpty { return [state.kafka.lost?.reason ?? "loading"] }
        if log.behind > 0 { return ["searching: \(Amounts.grouped(log.behind)) to go"] }
        if !state.topicView.typed.isEmpty, log.read > 0 {
            return ["No message matches so far. esc ends the filter."]
        }
        return ["Nothing has come yet. F reads from somewhere else."]
    }

    /// How much there was, and what is not shown; how it is looked at.
    private static func drawHead(
        _ state: AppState,
        _ log: TopicLog,
        on canvas: inout Canvas,
        in rect: Rect,
        _ look: Look
    ) {
        guard !rect.isEmpty else { return }
        let view = state.topicView
        var right = StyledLine([])
        func add(_ text: String, _ role: ThemeRole = .dim) {
            if !right.spans.isEmpty { right.append(look.dot, look[.dim]) }
            right.append(text, look[role])
        }
        // Where there is nothing else to show it stands in its place.
        if let number = view.reading?.number, let reason = state.kafka.ended[number], !log.range.isEmpty {
            add(reason.firstLine, .bad)
        }
        if let lost = state.kafka.lost {
            add("lost \(Amounts.time(max(.zero, state.now - lost.since)))", .warning)
        }
        if log.behind > 0 { add("\(Amounts.grouped(log.behind)) to go", .info) }
        if log.first > 0 {
            add("the last \(Amounts.grouped(log.range.count)) kept")
        }
        let new = view.isFollowing ? 0 : log.range.upperBound - max(view.unseenFrom, log.range.lowerBound)
        if new > 0 { add("\(Amounts.grouped(new)) new below", .accent) }
        if view.isPaused {
            add("paused", .warning)
        } else if let cursor = state.cursorTime {
            add("at \(state.clock.time(cursor))", .accent)
        } else {
            add(view.isFollowing ? "following" : "f follows")
        }
        look.draw(right, on: &canvas, in: rect.part(column: max(0, rect.columns - right.columns)))
        var words = "from \(words(view.start, state))"
        if let topic = state.kafka.cluster?.topics.first(where: { $0.name == view.topic }) {
            let rate = state.kafka.rates[view.topic].map { "\(look.dot)\(KafkaView.rate($0))/s" } ?? ""
            let leaderless =
                topic.leaderless > 0 ? "\(look.dot)\(topic.leaderless) without a leader" : ""
            words = "\(topic.partitions.count) parts\(leaderless)\(rate)\(look.dot)\(words)"
        }
        let left = StyledLine(words, look[.dim])
        look.draw(left, on: &canvas, in: rect.part(columns: max(0, rect.columns - right.columns - 2)))
    }

    private static func words(_ start: TopicStart, _ state: AppState) -> String {
        switch start {
        case .beginning: "the beginning"
        case .end: "when it was opened"
        case .last(let count): "\(count) before the end"
        case .offset(let offset): "offset \(offset)"
        case .moment(let moment): state.clock.time(moment)
        case .offsets: "where it was"
        }
    }

    private static func drawDetail(_ state: AppState, on canvas: inout Canvas, in rect: Rect, _ look: Look) {
        guard rect.rows > 1, rect.columns > 2, state.topicView.hasDetail else { return }
        canvas.rule(
            row: rect.row,
            columns: (rect.column + 1)..<max(rect.column + 1, rect.endColumn - 1),
            style: look[.border],
            glyphs: look.glyphs
        )
        guard state.selectedRecord != nil else { return }
        let body = detailBody(rect)
        let detail = state.topicView.detail
        var row = 0
        var index = state.topicView.detailTop
        while row < body.rows, index < detail.count {
            for line in detail.rows(of: index, columns: body.columns - 1) where row < body.rows {
                look.draw(
                    line.styled(look.theme),
                    on: &canvas,
                    in: body.line(row).part(columns: body.columns - 1)
                )
                row += 1
            }
            index += 1
        }
        Scrollbar(count: detail.count, visible: body.rows, top: state.topicView.detailTop).draw(
            on: &canvas,
            in: body.part(column: body.columns - 1, columns: 1),
            theme: look.theme,
            glyphs: look.glyphs
        )
    }
}
