import SomaCore
import SomaTerminal

/// The Kafka views' part of what happens.
extension AppState {
    /// Takes in what the Kafka source told.
    mutating func update(kafka news: KafkaNews) {
        switch news {
        case .cluster(let cluster): kafka.take(cluster)
        case .lost(let reason): kafka.lost = (reason, kafka.lost?.since ?? now)
        case .batch(let number, let batch): kafka.logs[number]?.take(batch)
        case .ended(let number, let reason): if kafka.logs[number] != nil { kafka.ended[number] = reason }
        case .exported(let notice): self.notice = notice
        }
    }

    /// Watches the cluster while it is in sight, and ends readings that no view is left for.
    mutating func settleKafka() -> [AppEffect] {
        guard kafka.isNamed else { return [] }
        let isInSight = panesInSight.contains { place in
            switch panes[place].route.last {
            case .kafka, .topic: true
            default: false
            }
        }
        if isInSight != kafka.isWatched {
            kafka.isWatched = isInSight
            kafka.wishes.append(.watch(isInSight))
        }
        // Who comes back to a topic reads it again: what is told of a reading that has ended is dropped.
        for place in panes.indices where !panes[place].route.contains(.topic(panes[place].topicView.topic)) {
            panes[place].topicView.reading = nil
        }
        let wanted = Set(panes.compactMap { $0.topicView.reading?.number })
        for number in kafka.logs.keys.sorted() where !wanted.contains(number) {
            kafka.wishes.append(.stop(number))
            kafka.logs[number] = nil
            kafka.ended[number] = nil
        }
        defer { kafka.wishes = [] }
        return kafka.wishes.map { .kafka($0) }
    }

    // MARK: Topics

    mutating func update(kafka message: KafkaMessage) -> [AppEffect] {
        switch message {
        case .moved(let move):
            kafkaView.list.move(move, count: kafkaView.names.count, page: kafkaVisible - 1)
            selectKafkaName()
        case .selected(let place):
            kafkaView.list.select(place, count: kafkaView.names.count)
            selectKafkaName()
        case .opened:
            guard kafkaView.part == .topics, let topic = kafkaView.selected else { break }
            show(.topic(topic))
        case .partToggled:
            kafkaView.part = kafkaView.part == .topics ? .groups : .topics
            kafkaView.selected = nil
            kafkaView.list = ListState(selected: 0)
        case .internalToggled: kafkaView.showsInternal.toggle()
        }
        return []
    }

    private mutating func selectKafkaName() {
        kafkaView.selected = kafkaView.list.selected.flatMap {
            kafkaView.names.indices.contains($0) ? kafkaView.names[$0] : nil
        }
    }

    private var kafkaVisible: Int { max(0, FrameLayout(self).body.rows - 2) }

    mutating func arrangeKafka() {
        let words = kafkaView.filter.lowercased().split(separator: " ").map(String.init)
        func isWanted(_ name: String) -> Bool {
            let name = name.lowercased()
            return words.allSatisfy { name.contains($0) }
        }
        switch kafkaView.part {
        case .topics:
            kafkaView.names = (kafka.cluster?.topics ?? [])
                .filter { (kafkaView.showsInternal || !$0.isInternal) && isWanted($0.name) }.map(\.name)
        case .groups: kafkaView.names = (kafka.cluster?.groups ?? []).map(\.name).filter(isWanted)
        }
        let place = kafkaView.selected.flatMap { kafkaView.names.firstIndex(of: $0) }
        if let place {
            kafkaView.list.selected = place
        } else if !kafkaView.names.isEmpty {
            kafkaView.list.select(
                min(kafkaView.list.selected ?? 0, kafkaView.names.count - 1),
                count: kafkaView.names.count
            )
            selectKafkaName()
        }
        kafkaView.list = kafkaView.list.fitted(count: kafkaView.names.count, visible: kafkaVisible)
    }

    // MARK: A topic

    /// What the topic in sight brought.
    var topicLog: TopicLog { topicView.reading.flatMap { kafka.logs[$0.number] } ?? TopicLog() }

    var topicLayout: EventsLayout { EventsLayout(FrameLayout(self).body, hasDetail: topicView.hasDetail) }

    mutating func arrangeTopic() {
        guard case .topic(let topic) = view else { return }
        if topicView.topic != topic {
            let old = topicView
            topicView = TopicState()
            topicView.topic = topic
            topicView.hasDetail = old.hasDetail
            // The first topic may be opened with a filter, which was set before it was ever arranged.
            if old.topic.isEmpty { topicView.filter = old.filter }
        }
        readTopic()
        followCursor(topicLog)
        let log = topicLog
        selectAgain(log)
        if topicView.isFollowing {
            topicView.selected = log.range.last
        } else if let place = topicView.selected, place < log.range.lowerBound {
            topicView.selected = log.range.first
        }
        let count = log.range.count
        topicView.list.selected = topicView.selected.map { $0 - log.range.lowerBound }
        topicView.list = topicView.list.fitted(count: count, visible: topicLayout.visible)
        guard topicView.hasDetail, let place = topicView.selected, let record = log[place] else { return }
        topicView.detail.read(record, of: topic, clock: clock)
        topicView.detailTop = min(
            topicView.detailTop,
            max(0, topicView.detail.count - max(1, topicLayout.detail.rows - 1))
        )
    }

    /// Puts the selection to where the time cursor is, which moves through all views.
    private mutating func followCursor(_ log: TopicLog) {
        guard let at = cursorTime else {
            if let cursor = topicView.cursor { topicView.isFollowing = cursor.wasFollowing }
            topicView.cursor = nil
            return
        }
        let old = topicView.cursor
        let hasMoved = old?.at != at
        guard hasMoved || (old?.read != log.read && old?.isLeft == false) else { return }
        topicView.cursor = TopicCursor(
            at: at,
            read: log.read,
            wasFollowing: old?.wasFollowing ?? topicView.isFollowing
        )
        if let place = log.place(at: at) {
            topicView.selected = place
        } else if let first = log.range.first {
            topicView.selected = first
            readFrom(before: at, log[first]?.at)
        }
        topicView.isFollowing = false
        topicView.unseenFrom = topicLog.range.upperBound
    }

    /// Reads from further back where the cursor is before everything at hand: each time twice as far, so that a way
    /// back takes few readings.
    private mutating func readFrom(before at: Timestamp, _ first: Timestamp?) {
        guard let first, at < first, topicView.start != .beginning else { return }
        if case .moment(let start) = topicView.start, start <= at { return }
        let back = max(.seconds(60), (first - at) * 2)
        topicView.start = .moment(Timestamp(microseconds: at.microseconds - back.microseconds))
        readTopic()
    }

    /// Begins another reading where the filter or the start has changed.
    private mutating func readTopic() {
        guard kafka.isNamed else { return }
        do throws(FilterError) {
            topicView.typed = try TopicFilter(topicView.filter)
            topicView.trouble = nil
        } catch { topicView.trouble = error }
        // While a filter is being typed nothing is read again for each letter.
        if case .filter? = prompt?.purpose, topicView.reading != nil { return }
        let old = topicView.reading
        guard old == nil || old?.filter.parts != topicView.typed.parts || old?.start != topicView.start else {
            return
        }
        let reading = TopicReading(
            number: kafka.readingsBegun + 1,
            topic: topicView.topic,
            start: topicView.start,
            filter: topicView.typed
        )
        // Another filter looks at the same messages: from where this reading began, not from where that would be now.
        if let old, old.start == topicView.start {
            let sought = topicView.isFollowing ? topicView.sought : selectedRecord?.place
            defer { topicView.sought = sought }
            let offsets = topicLog.begin
            var sent = reading
            if !offsets.isEmpty { sent.start = .offsets(offsets) }
            begin(reading, as: sent)
            return
        }
        begin(reading, as: reading)
    }

    private mutating func begin(_ reading: TopicReading, as sent: TopicReading) {
        kafka.readingsBegun = reading.number
        kafka.logs[reading.number] = TopicLog()
        kafka.wishes.append(.read(sent))
        topicView.reading = reading
        topicView.sought = nil
        topicView.soughtUpTo = 0
        topicView.selected = nil
        topicView.isFollowing = true
        topicView.isPaused = false
    }

    /// Selects the message again that was selected before the filter changed, once it has come.
    private mutating func selectAgain(_ log: TopicLog) {
        guard let sought = topicView.sought, topicView.cursor?.isLeft ?? true else { return }
        if let place = log.place(of: sought, from: topicView.soughtUpTo) {
            topicView.sought = nil
            topicView.selected = place
            topicView.isFollowing = false
            topicView.unseenFrom = log.range.upperBound
        }
        topicView.soughtUpTo = log.range.upperBound
    }

    mutating func update(topic message: TopicMessage) -> [AppEffect] {
        let log = topicLog
        switch message {
        case .moved(let move):
            topicView.list.move(move, count: log.range.count, page: topicLayout.visible - 1)
            selectRecord(topicView.list.selected ?? 0, log)
        case .selected(let place): selectRecord(place, log)
        case .followToggled:
            topicView.sought = nil
            topicView.isFollowing.toggle()
            topicView.unseenFrom = log.range.upperBound
        case .pauseToggled:
            guard let reading = topicView.reading else { break }
            topicView.isPaused.toggle()
            kafka.wishes.append(.pause(reading.number, topicView.isPaused))
        case .detailToggled:
            topicView.hasDetail.toggle()
            topicView.detailTop = 0
        case .detailScrolled(let lines): topicView.detailTop = max(0, topicView.detailTop + lines)
        case .foldsToggled: topicView.detail.toggleFolds()
        case .bookmarkToggled:
            guard let place = selectedRecord?.place else { break }
            if topicView.bookmarks.remove(place) == nil { topicView.bookmarks.insert(place) }
        case .bookmarkSought(let forwards): seekBookmark(forwards: forwards, log)
        case .runOpened: if let run = selectedRecord?.transition?.run { openRun(of: run) }
        case .momentSought:
            guard let transition = selectedRecord?.transition, replay != nil || fleet[transition.run] != nil
            else {
                notice = Notice("The message is of no run that this daemon knows.")
                break
            }
            show(.run(transition.run))
            if replay != nil {
                // The cursor that is open goes there: it may stand where the run hadn't begun.
                replay?.isPlaying = false
                return move(.at(transition.run, seq: transition.seq))
            }
            walked = Walk(run: transition.run, seq: transition.seq, at: transition.at)
        case .traceOpened: openTraceOfRecord()
        case .began(let start):
            topicView.start = start
            // Also from the same place: it may lie elsewhere by now, or the reading may have ended.
            topicView.reading = nil
        case .startAsked: prompt = Prompt(.command, text: "from ", history: commandHistory)
        }
        return []
    }

    private mutating func openRun(of run: RunID) {
        guard fleet[run] != nil else {
            notice = Notice("\(run.short) is no run that this daemon knows.")
            return
        }
        show(.run(run))
    }

    /// From the message to the span that it came from: in Jaeger's trace, or in what is drawn from its run's log.
    private mutating func openTraceOfRecord() {
        guard let record = selectedRecord else { return }
        guard let text = record.traceparent else {
            notice = Notice("The message belongs to no trace: it has no header \(TopicRecord.traceHeader).")
            return
        }
        guard let context = TraceContext(traceparent: text) else {
            notice = Notice(
                "The message's \(TopicRecord.traceHeader) names no trace: \(text.firstLine)",
                .bad
            )
            return
        }
        if traces.address != nil {
            open(.trace(context.trace), at: .span(context.span))
        } else if let run = record.transition?.run, fleet[run] != nil {
            open(.run(run), at: .span(context.span))
        } else {
            notice = Notice(
                "It is in trace \(context.trace), and no Jaeger is named: soma --jaeger http://localhost:16686",
                .bad
            )
        }
    }

    /// The selected message.
    var selectedRecord: TopicRecord? { topicView.selected.flatMap { topicLog[$0] } }

    private mutating func selectRecord(_ place: Int, _ log: TopicLog) {
        guard !log.range.isEmpty else { return }
        let place = min(max(0, place), log.range.count - 1)
        let isLast = place == log.range.count - 1
        if topicView.isFollowing, !isLast { topicView.unseenFrom = log.range.upperBound }
        topicView.isFollowing = isLast && topicView.cursor == nil
        topicView.cursor?.isLeft = true
        topicView.sought = nil
        topicView.selected = log.range.lowerBound + place
        topicView.detailTop = 0
    }

    private mutating func seekBookmark(forwards: Bool, _ log: TopicLog) {
        let here = topicView.selected ?? log.range.upperBound
        let places =
            forwards ? Array(log.range.filter { $0 > here }) : log.range.filter { $0 < here }.reversed()
        let found = places.first { log[$0].map { topicView.bookmarks.contains($0.place) } ?? false }
        guard let found else {
            notice = Notice(
                topicView.bookmarks.isEmpty
                    ? "There are no bookmarks: b puts one at the selected message."
                    : "No bookmark \(forwards ? "below" : "above")."
            )
            return
        }
        selectRecord(found - log.range.lowerBound, log)
    }

    /// The command `kafka`.
    mutating func openKafka(_ topic: String) -> [AppEffect] {
        show(.kafka)
        if !topic.isEmpty { show(.topic(topic)) }
        return []
    }

    /// The command `from`.
    mutating func begin(from text: String) -> [AppEffect] {
        guard case .topic = view else {
            notice = Notice("from is for a topic: open one in kafka first.", .bad)
            return []
        }
        guard let start = TopicStart(text, now: now, clock: clock) else {
            notice = Notice("from wants a place: \(TopicStart.forms).", .bad)
            return []
        }
        return update(topic: .began(start))
    }

    /// What `:write FILE` does in a topic: the messages at hand, a line each.
    mutating func exportTopic(to path: String) -> [AppEffect] {
        let records = topicLog.records
        guard !records.isEmpty else {
            notice = Notice("There is no message to write.")
            return []
        }
        return [.kafka(.export(path, topic: topicView.topic, records))]
    }
}
