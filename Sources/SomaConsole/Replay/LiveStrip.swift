import SomaCore

/// The time cursor over a live run: the strip of recordings, over the run's own log.
extension AppState {
    /// The cursor that the keys move: that of the recording, or the one over the run in sight.
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
        guard var strip, let log, let last = log.last else { return }
        let grown = log.count - strip.overview.transitions
        // A long log's density is counted anew only when that would show.
        if grown < 0 || grown > strip.overview.transitions / 64 { strip.overview = ReplayOverview(log: log) }
        strip.overview.transitions = log.count
        strip.overview.lastAt = max(strip.overview.lastAt, last.at)
        let place = walked.map { walk in log.partitioned { $0.seq <= walk.seq } } ?? log.count
        if place != strip.place.transition || place == log.count {
            strip.place = ReplayPlace(transition: place, at: log[place - 1].at)
        }
        self.strip = strip
    }

    /// Moves the cursor of a live run; its log is at hand, so nobody has to be asked.
    mutating func moveInLog(_ move: ReplayMove) {
        guard let log, let place = strip?.place else { return }
        var count = place.transition
        var at: Timestamp?
        switch move {
        case .transition(let number): count = number
        case .play(let until, let pauseMax):
            while count < log.count, log[count].at <= until { count += 1 }
            if count == place.transition, count < log.count, log[count].at - place.at > pauseMax {
                count += 1
            }
            if count == place.transition { at = until }
        case .mark(let isError, let forwards):
            let marks = log.indices.filter {
                RecordingIndex.Mark.Kind(log[$0]).map { ($0 == .error) == isError } ?? false
            }
            let found = forwards ? marks.first { $0 + 1 > count } : marks.last { $0 + 1 < count }
            count = found.map { $0 + 1 } ?? count
        }
        count = min(max(1, count), log.count)
        walked = count < log.count ? view.run.map { Walk(run: $0, seq: log[count - 1].seq) } : nil
        strip?.place = ReplayPlace(transition: count, at: at ?? log[count - 1].at)
        planView.top = nil
    }
}

extension ReplayOverview {
    /// In how many stretches a log's time is cut.
    private static let stretches: Int64 = 512

    /// What one run's log holds.
    init(log: ArraySlice<Transition>) {
        self.init()
        guard let first = log.first else { return }
        transitions = log.count
        firstAt = first.at
        lastAt = log.reduce(first.at) { max($0, $1.at) }
        bucketsAt = firstAt
        bucketMicroseconds = max(1, (lastAt - firstAt).microseconds / Self.stretches + 1)
        buckets = Array(
            repeating: .init(),
            count: Int((lastAt - firstAt).microseconds / bucketMicroseconds) + 1
        )
        for transition in log {
            let place = Int(max(0, (transition.at - firstAt).microseconds) / bucketMicroseconds)
            buckets[place].transitions += 1
            switch RecordingIndex.Mark.Kind(transition) {
            case .error: buckets[place].errors += 1
            case .decision: buckets[place].decisions += 1
            case nil: break
            }
        }
    }
}

extension RandomAccessCollection where Index == Int {
    /// How many elements at the start hold; those that do come first.
    fileprivate func partitioned(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - startIndex
    }
}
