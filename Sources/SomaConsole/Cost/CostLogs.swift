package import SomaCore

/// One charge, or one call that was asked for, out of a run's log.
package struct CostRecord: Sendable, Hashable {
    /// Its place in the run's log.
    package var seq: Int
    /// When it was.
    package var at: Timestamp
    /// What was called.
    package var source: Charge.Source
    /// The model or tool; empty where the record names none.
    package var name: String
    /// What was charged.
    package var usage = Usage.zero
    /// Tokens that went in.
    package var input = 0
    /// Tokens that came out.
    package var output = 0
    /// 1 for a call that was asked for.
    package var calls = 0
}

/// What the runs' logs say of costs, as far as they were read: those of runs that began while the console looked on,
/// and others as the cost view asks for them, the latest first, so many at a time.
///
/// A log only ever grows, so what was read holds for every moment: a view of the past leaves out what comes after.
package struct CostLogs: Sendable {
    /// How many runs' logs are read before somebody asks for more.
    package static let runsMax = 200
    /// How many logs are on their way at once.
    static let openMax = 4
    /// How many transitions of a log are read, from its end.
    package static let tailMax = 4_000
    /// How many records are kept in all; runs beyond them stay unread.
    package let recordsMax: Int

    /// What was read of one run's log.
    package struct Log: Sendable {
        /// The records, in their order.
        package fileprivate(set) var records: [CostRecord] = []
        /// The seq of the last transition that was read.
        package fileprivate(set) var last: Int
        /// Whether it was read from the run's beginning.
        package fileprivate(set) var isWhole = false

        /// How many records there are up to a transition.
        func count(upTo seq: Int) -> Int {
            if let last = records.last, last.seq <= seq { return records.count }
            var (low, high) = (0, records.count)
            while low < high {
                let middle = (low + high) / 2
                if records[middle].seq <= seq { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private var logs: [RunID: Log] = [:]
    private var ledger = CostLedger()
    private var open: [RunID: Int] = [:]
    private var unreadable: Set<RunID> = []
    private var records = 0
    private var asked = 0
    private var limit = Self.runsMax
    /// The runs whose logs were read on, in the order in which that happened: what a list has to look at again.
    private(set) var told: [RunID] = []

    package init(recordsMax: Int = 500_000) { self.recordsMax = recordsMax }

    /// What was read of a run's log; `nil` where nothing was.
    package subscript(run: RunID) -> Log? { logs[run] }
    /// Whether logs are on their way.
    package var isReading: Bool { !open.isEmpty }
    /// Whether as much is kept as there is room for: what isn't at hand stays unread.
    package var isFull: Bool { records >= recordsMax }
    /// Whether it goes on only if somebody asks.
    package var isPaused: Bool { !isReading && !isFull && (asked >= limit || !unreadable.isEmpty) }
    /// How many logs couldn't be read.
    package var failed: Int { unreadable.count }

    /// Takes in what happened next, of a run that is known from its beginning or up to there.
    mutating func note(_ transition: Transition) {
        let run = transition.run
        if logs[run] == nil {
            guard transition.kind == .runStarted || transition.kind == .runForked, open[run] == nil,
                records < recordsMax
            else { return }
            logs[run] = Log(last: transition.seq - 1, isWhole: true)
        }
        guard logs[run]?.last == transition.seq - 1, records < recordsMax else { return }
        fold(transition)
    }

    /// Which logs to ask for now, and after which transition of each.
    /// - Parameters:
    ///   - behind: The runs whose logs were read up to a place that they have passed: those are read to their end,
    ///     whatever the limit.
    ///   - unread: The runs of whose logs nothing was read.
    ///   - fleet: All runs.
    ///   - isRecorded: Whether logs are at hand as a whole.
    mutating func next(behind: Set<Int32>, unread: Set<Int32>, _ fleet: Fleet, isRecorded: Bool)
        -> [(run: RunID, after: Int)]
    {
        guard open.count < Self.openMax, records < recordsMax else { return [] }
        var next: [(RunID, Int)] = []
        var runs = latest(Self.openMax - open.count, behind, fleet)
        runs += latest(min(Self.openMax - open.count - runs.count, limit - asked), unread, fleet)
        for run in runs where open.count < Self.openMax {
            let first = isRecorded ? 0 : max(0, run.seq - Self.tailMax)
            let after = logs[run.id]?.last ?? first
            if logs[run.id] == nil { asked += 1 }
            open[run.id] = after
            next.append((run.id, after))
        }
        return next
    }

    /// The runs that did something last and have more than was read, without ordering all of them.
    private func latest(_ count: Int, _ places: Set<Int32>, _ fleet: Fleet) -> [RunState] {
        var found: [RunState] = []
        guard count > 0 else { return found }
        for place in places {
            let run = fleet.runs[Int(place)]
            if found.count == count, let last = found.last, !Self.isLater(run, last) { continue }
            guard open[run.id] == nil, !unreadable.contains(run.id), (logs[run.id]?.last ?? 0) < run.seq
            else {
                continue
            }
            found.append(run)
            found.sort(by: Self.isLater)
            if found.count > count { found.removeLast() }
        }
        return found
    }

    private static func isLater(_ one: RunState, _ other: RunState) -> Bool {
        (other.lastAt, other.id) < (one.lastAt, one.id)
    }

    /// Takes what a log has after the transition that was named; `nil` where it can't be read.
    mutating func take(_ run: RunID, _ tail: [Transition]?) {
        guard let after = open.removeValue(forKey: run) else { return }
        told.append(run)
        guard let tail else {
            unreadable.insert(run)
            return
        }
        let before = logs[run]?.last ?? after
        if logs[run] == nil { logs[run] = Log(last: after) }
        for transition in tail where transition.seq > logs[run]?.last ?? 0 {
            let isStart = transition.kind == .runStarted || transition.kind == .runForked
            if isStart, logs[run]?.records.isEmpty == true { logs[run]?.isWhole = true }
            // Between two parts something may be missing: then it isn't all.
            if !isStart, transition.seq != (logs[run]?.last ?? 0) + 1 { logs[run]?.isWhole = false }
            fold(transition)
        }
        // A daemon that gives nothing more isn't asked for ever.
        if (logs[run]?.last ?? 0) <= before { unreadable.insert(run) }
    }

    /// Goes on by as many logs again, and with those that couldn't be read.
    mutating func more() {
        guard isPaused else { return }
        limit = asked + Self.runsMax
        unreadable = []
    }

    private mutating func fold(_ transition: Transition) {
        let run = transition.run
        logs[run]?.last = transition.seq
        switch transition.kind {
        case .effectRequested:
            let isModel = transition.body["effect"]?.string == "model"
            keep(
                CostRecord(
                    seq: transition.seq,
                    at: transition.at,
                    source: isModel ? .model : .tool,
                    name: transition.body["name"]?.string ?? "",
                    calls: 1
                ),
                of: run
            )
            ledger.apply(transition)
        case .runStarted, .runForked, .runCompleted, .runFailed, .runCancelled, .effectStarted,
            .effectFinished, .budgetCharged:
            guard let charge = ledger.apply(transition) else { return }
            keep(
                CostRecord(
                    seq: charge.seq,
                    at: charge.at,
                    source: charge.source,
                    name: charge.name,
                    usage: Usage(
                        tokens: CostAmounts.held(charge.usage.tokens),
                        microdollars: CostAmounts.held(charge.usage.microdollars)
                    ),
                    input: CostAmounts.held(charge.input ?? 0),
                    output: CostAmounts.held(charge.output ?? 0)
                ),
                of: run
            )
        default: return
        }
    }

    private mutating func keep(_ record: CostRecord, of run: RunID) {
        records += 1
        logs[run]?.records.append(record)
    }
}
