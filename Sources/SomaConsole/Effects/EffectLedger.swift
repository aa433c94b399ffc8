import SomaCore

/// The effects that are shown, in order: what is in doubt, what is under way, what is open, then what is over, the
/// latest first.
///
/// Kept up by what has changed: the open effects of all runs and those that ended lately, or all effects of one run.
package struct EffectLedger: Sendable {
    /// How many effects are at a stage.
    package private(set) var stages: [EffectStage: Int] = [:]
    /// How many effects of all runs ended well, and how many badly, since their beginning.
    package private(set) var ended = (well: 0, badly: 0)
    /// How many effects there are, whatever the filter leaves out.
    package var total: Int { items.count }
    /// How many effects are shown.
    package var count: Int { order.count }
    /// How often an effect's place was worked out; what tests count.
    package private(set) var worked = 0

    private var items: [EffectItem.ID: EffectItem] = [:]
    private var entries: [EffectItem.ID: RunOrder.Entry] = [:]
    private var order = RunOrder()
    private var filter = Filter()

    /// The run that it is about; `nil` for all.
    private var run: RunID?
    private var epoch = -1
    private var position = FleetIndex.Position()
    private var open: [Int32: [EffectItem.ID]] = [:]
    private var counts: [(well: Int, badly: Int)] = []
    private var recentEpoch = -1
    private var recentSeen = 0
    private var recent: [EffectItem.ID] = []
    private var recentStart = 0
    private var historySeen = 0
    private var log = EffectLog()

    package init() {}

    /// The effect in a row.
    package func item(_ row: Int) -> EffectItem? {
        order.entry(atRow: row).flatMap { entry, _ in
            items[EffectItem.ID(RunID(entry.name), Int(entry.place))]
        }
    }

    /// The row of an effect; `nil` where it is not shown.
    package func row(of id: EffectItem.ID) -> Int? { entries[id].flatMap { order.row(of: $0) } }

    // MARK: All runs

    /// Brings the open effects of all runs, and those that ended lately, up to date.
    mutating func update(
        _ filter: Filter,
        _ fleet: Fleet,
        _ index: FleetIndex,
        _ recent: RecentEffects,
        _ history: EffectHistory = EffectHistory()
    ) {
        var changed: [Int32] = []
        if run == nil, epoch == index.epoch, let changes = index.changes(since: position) {
            changed = changes.count > 1 ? Array(Set(changes)) : Array(changes)
        } else {
            self = EffectLedger()
            epoch = index.epoch
            changed = fleet.runs.indices.map { Int32($0) }
        }
        position = index.position
        choose(filter)
        if counts.count < fleet.runs.count {
            counts += Array(repeating: (0, 0), count: fleet.runs.count - counts.count)
        }
        for place in changed { take(fleet.runs[Int(place)], at: place) }
        take(recent)
        // What is known already is known better than an end of a log tells it.
        for item in history.items[min(historySeen, history.items.count)...] where items[item.id] == nil {
            put(item)
        }
        historySeen = history.items.count
    }

    private mutating func take(_ run: RunState, at place: Int32) {
        let (before, now) = (counts[Int(place)], (run.counts.effectsSucceeded, run.counts.effectsFailed))
        ended.well += now.0 - before.well
        ended.badly += now.1 - before.badly
        counts[Int(place)] = now
        var ids: [EffectItem.ID] = []
        for activation in run.activations {
            for request in activation.requests where !request.state.isAnswered {
                guard let item = EffectItem(request, in: activation, of: run.id) else { continue }
                ids.append(item.id)
                put(item)
            }
        }
        for id in open[place] ?? [] where !ids.contains(id) && items[id]?.stage.isOver == false { remove(id) }
        open[place] = ids.isEmpty ? nil : ids
    }

    private mutating func take(_ recent: RecentEffects) {
        if recent.epoch != recentEpoch {
            for id in self.recent[recentStart...] { remove(id) }
            (self.recent, recentStart, recentSeen, recentEpoch) = ([], 0, 0, recent.epoch)
        }
        let new = recent.items.suffix(min(recent.noted - recentSeen, RecentEffects.itemsMax))
        recentSeen = recent.noted
        for item in new {
            put(item)
            self.recent.append(item.id)
        }
        while self.recent.count - recentStart > RecentEffects.itemsMax {
            let id = self.recent[recentStart]
            recentStart += 1
            if items[id]?.stage.isOver == true { remove(id) }
        }
        if recentStart > RecentEffects.itemsMax {
            self.recent.removeFirst(recentStart)
            recentStart = 0
        }
    }

    // MARK: One run

    /// Brings the effects of one run up to date.
    /// - Parameters:
    ///   - filter: What is shown.
    ///   - id: The run.
    ///   - transitions: Its log.
    ///   - end: How many transitions of it count.
    mutating func update(_ filter: Filter, _ id: RunID, _ transitions: [Transition], upTo end: Int) {
        if run != id {
            self = EffectLedger()
            run = id
        }
        choose(filter)
        if log.read(transitions, upTo: end) {
            for id in Array(items.keys) { remove(id) }
        }
        for place in log.changed { put(log.items[place]) }
    }

    // MARK: Order

    private mutating func choose(_ filter: Filter) {
        guard filter != self.filter else { return }
        self.filter = filter
        let matcher = FilterMatcher(filter)
        entries = [:]
        var shown: [RunOrder.Entry] = []
        for item in items.values where matcher.matches(EffectSubject(item)) {
            let entry = Self.entry(item)
            entries[item.id] = entry
            shown.append(entry)
        }
        order = RunOrder(shown, isReversed: false)
    }

    private mutating func put(_ item: EffectItem) {
        worked += 1
        if let old = items[item.id] {
            guard old != item else { return }
            remove(item.id)
        }
        items[item.id] = item
        stages[item.stage, default: 0] += 1
        guard filter.isEmpty || FilterMatcher(filter).matches(EffectSubject(item)) else { return }
        let entry = Self.entry(item)
        entries[item.id] = entry
        order.insert(entry)
    }

    private mutating func remove(_ id: EffectItem.ID) {
        guard let old = items.removeValue(forKey: id) else { return }
        stages[old.stage, default: 0] -= 1
        if let entry = entries.removeValue(forKey: id) { order.remove(entry) }
    }

    private static func entry(_ item: EffectItem) -> RunOrder.Entry {
        let moment = item.since.microseconds
        let key = RunKey(zone: item.stage.zone, number: item.stage.isOver ? -moment : moment)
        return RunOrder.Entry(
            key: key,
            name: item.id.run.rawValue,
            place: Int32(clamping: item.id.effect),
            rows: 1
        )
    }
}
