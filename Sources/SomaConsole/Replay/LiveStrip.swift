import SomaCore

/// The time cursor over one live run: the strip of recordings, over the run's own log, which is at hand.
extension AppState {
    /// The cursor that the keys move: that of the recording or of the past, or the one over the run in sight.
    package var timeCursor: ReplayState? {
        get { replay ?? strip }
        set { if replay == nil { strip = newValue } else { replay = newValue } }
    }

    /// The log of the run in sight, once it is there.
    private var log: ArraySlice<Transition>? {
        guard let id = view.run, let run = fleet[id], let journal = journals[id], journal.isLoaded else {
            return nil
        }
        return journal.transitions.prefix(journal.count(upTo: run.seq))
    }

    /// Where in its log a run is looked at; `nil` is where it is now. Another run than the one that was walked in is
    /// looked at as it was at the same moment.
    func seqInSight(of id: RunID) -> Int? {
        guard let walked else { return nil }
        if walked.run == id { return walked.seq }
        guard let journal = journals[id], journal.isLoaded else { return nil }
        let count = journal.transitions.partitioned { $0.at <= walked.at }
        guard count < journal.transitions.count else { return nil }
        return count == 0 ? 0 : journal.transitions[count - 1].seq
    }

    /// Opens the strip over the run in sight.
    mutating func openStrip() {
        guard log?.isEmpty == false else {
            notice = Notice("The run's log has not arrived yet.")
            return
        }
        strip = ReplayState()
    }

    /// Back to now.
    mutating func closeStrip() {
        strip = nil
        walked = nil
    }

    /// Brings the strip in step with the log and with where the person has walked to.
    mutating func arrangeStrip() {
        guard var strip, let id = view.run, let log, let last = log.last else { return }
        let grown = log.count - strip.overview.transitions
        // A long log's density is counted anew only when that would show.
        if grown < 0 || grown > strip.overview.transitions / 64 { strip.overview = ReplayOverview(log: log) }
        strip.overview.transitions = log.count
        strip.overview.lastAt = max(strip.overview.lastAt, last.at)
        let place = seqInSight(of: id).map { seq in log.partitioned { $0.seq <= seq } } ?? log.count
        if place != strip.place.transition || place == log.count { strip.place = Self.place(place, in: log) }
        self.strip = strip
    }

    private static func place(_ count: Int, in log: ArraySlice<Transition>) -> ReplayPlace {
        guard count > 0, count <= log.count else {
            return ReplayPlace(transition: 0, at: log.first?.at ?? Timestamp(microseconds: 0))
        }
        let last = log[count - 1]
        var place = ReplayPlace(transition: count, at: last.at)
        place.event = .init(run: last.run, kind: last.kind)
        return place
    }

    /// Moves the cursor of a live run; its log is at hand, so nobody has to be asked.
    mutating func moveInLog(_ move: ReplayMove) {
        guard let log, let place = strip?.place else { return }
        var count = place.transition
        var at: Timestamp?
        var idle = Duration.zero
        switch move {
        case .transition(let number): count = number
        case .time(let moment): count = log.partitioned { $0.at <= moment }
        case .event(_, let forwards): count += forwards ? 1 : -1
        case .at(_, let seq): count = log.partitioned { $0.seq <= seq }
        case .play(let until, let pauseMax):
            while count < log.count, log[count].at <= until { count += 1 }
            if count == place.transition, count < log.count, log[count].at - place.at > pauseMax {
                idle = log[count].at - place.at
                count += 1
            }
            if count == place.transition { at = until }
        case .mark(let mark, let forwards):
            let found =
                forwards
                ? log.dropFirst(count).firstIndex { TimeMark($0) == mark }
                : log.prefix(max(0, count - 1)).lastIndex { TimeMark($0) == mark }
            count = found.map { $0 + 1 } ?? count
        }
        count = min(max(1, count), log.count)
        walked =
            count < log.count
            ? view.run.map { Walk(run: $0, seq: log[count - 1].seq, at: log[count - 1].at) } : nil
        var now = Self.place(count, in: log)
        now.at = at ?? now.at
        now.idle = idle == .zero && count == place.transition ? place.idle : idle
        strip?.place = now
        planView.origin = nil
        planView.top = nil
    }
}

extension ReplayOverview {
    /// In how many stretches a log's time is cut.
    static let stretches = 512

    /// What one run's log holds.
    init(log: ArraySlice<Transition>) {
        self.init()
        guard let first = log.first else { return }
        transitions = log.count
        firstAt = log.reduce(first.at) { min($0, $1.at) }
        lastAt = log.reduce(first.at) { max($0, $1.at) }
        bucketsAt = firstAt
        bucketMicroseconds = max(1, (lastAt - firstAt).microseconds / Int64(Self.stretches) + 1)
        buckets = Array(
            repeating: .init(),
            count: Int((lastAt - firstAt).microseconds / bucketMicroseconds) + 1
        )
        var people: [Timestamp] = []
        for transition in log {
            let place = Int(max(0, (transition.at - firstAt).microseconds) / bucketMicroseconds)
            buckets[place].transitions += 1
            switch RecordingIndex.Mark.Kind(transition) {
            case .error: buckets[place].errors += 1
            case .decision: buckets[place].decisions += 1
            case nil: break
            }
            if TimeMark(transition) == .person { people.append(transition.at) }
        }
        note(people: people)
    }
}

extension RandomAccessCollection where Index == Int {
    /// How many elements at the start hold; those that do come first.
    func partitioned(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - startIndex
    }
}
