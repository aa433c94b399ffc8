import SomaCore

/// The groups that are shown, in order, and the sums of all of them.
///
/// Kept up by what has changed: a run's part is taken out and put in again, once a minute that of each run that has used
/// something lately. At midnight, and where the list is to be another, everything is added up anew.
package struct CostTable: Sendable {
    /// What the list is to be.
    struct Wish: Sendable, Hashable {
        var axis = CostAxis.role
        /// The groups that it is confined to, all of them at once.
        var parts: [CostPart] = []
        /// Whether a run counts where the run at the top of its tree does.
        var isTree = false
        var sort = CostSort.usual
        var isReversed = false
        var filter = Filter()
        var moment = CostMoment(Timestamp(microseconds: 0), ClockFace())

        /// Whether runs are in the list as a whole, so that their budgets are to do with it.
        var isOfWholeRuns: Bool { parts.allSatisfy(\.axis.isOfRuns) }

        /// Whether the sums of an earlier list are those of this one, but for what the last hour used.
        func hasSums(of other: Wish) -> Bool {
            axis == other.axis && parts == other.parts && isTree == other.isTree
                && moment.clock == other.moment.clock && moment.day == other.moment.day
                && moment.minute >= other.moment.minute
        }

        /// Whether rows of an earlier list are in the order of this one.
        func hasOrder(of other: Wish) -> Bool {
            sort == other.sort && isReversed == other.isReversed && filter == other.filter
        }
    }

    /// A run's part in the sums.
    private struct Share: Sendable {
        var amounts: [(name: CostName, amounts: CostAmounts)] = []
        var hours: [Int: CostAmounts] = [:]
        /// What the run adds to a line besides amounts.
        var run = CostLine(.unnamed)
        /// What of its limit on money is used, and the limit, where none above it has one.
        var budget = (used: 0, limit: 0)
        /// Whether its limit on money holds for those below it.
        var bounds = false
    }

    /// The sum of all groups; its runs are counted once each.
    package private(set) var total = CostLine(.unnamed)
    /// The sums by hour on the person's clock.
    private(set) var hours: [Int: CostAmounts] = [:]
    /// Runs of whose logs nothing was read although there is something in them.
    private(set) var unread: Set<Int32> = []
    /// Runs whose logs were read up to a place that they have passed.
    private(set) var behind: Set<Int32> = []
    /// Runs that used something in the last hour.
    private var paced: Set<Int32> = []
    /// What the open runs with a budget in money have used of it, and may use in all.
    private(set) var budget = (used: 0, limit: 0)
    /// How often a run's part was worked out; what tests count.
    package private(set) var worked = 0

    private var wish = Wish()
    private var lines: [CostName: CostLine] = [:]
    private var entries: [CostName: RunOrder.Entry] = [:]
    private var order = RunOrder()
    private var shares: [Int32: Share] = [:]
    private var cells: [Int32: CostCells] = [:]
    private var epoch = -1
    private var position = FleetIndex.Position()
    private var told = 0

    package init() {}

    /// How many groups there are, whatever the filter leaves out.
    package var groups: Int { lines.count }
    /// How many groups are shown.
    package var count: Int { order.count }
    /// All groups, in no order.
    var all: some Collection<CostLine> { lines.values }

    /// The group in a row.
    package func line(_ row: Int) -> CostLine? {
        order.entry(atRow: row).flatMap { CostName(key: $0.entry.name) }.flatMap { lines[$0] }
    }

    /// A group by its name.
    package func line(named name: CostName) -> CostLine? { lines[name] }

    /// The row of a group; `nil` where it isn't shown.
    package func row(of name: CostName) -> Int? { entries[name].flatMap { order.row(of: $0) } }

    /// What shares and rates are of.
    var measure: CostMeasure { total.amounts.microdollars > 0 ? .money : .tokens }

    // MARK: Keeping up

    /// Brings sums and order up to date.
    mutating func update(_ wish: Wish, _ fleet: Fleet, _ index: FleetIndex, _ logs: CostLogs) {
        let isSame = epoch == index.epoch && wish.hasSums(of: self.wish)
        let source = Source(fleet: fleet, index: index, logs: logs)
        let changed = isSame ? changes(source, isLater: wish.moment.minute > self.wish.moment.minute) : nil
        if let changed {
            let hasOrder = wish.hasOrder(of: self.wish)
            self.wish = wish
            if !hasOrder { reorder() }
            let before = measure
            var names: Set<CostName> = []
            for place in changed { replace(place, source, &names) }
            if measure == before { for name in names { put(name) } } else { reorder() }
        } else {
            // What runs' logs said stays true in another list, but not of other places, nor on another clock.
            let keepsCells = epoch == index.epoch && wish.moment.clock == self.wish.moment.clock
            let cells = keepsCells ? self.cells : [:]
            let worked = worked
            self = CostTable()
            (self.wish, self.cells, self.worked) = (wish, cells, worked)
            epoch = index.epoch
            var names: Set<CostName> = []
            for place in fleet.runs.indices { replace(Int32(place), source, &names) }
            reorder()
        }
        position = index.position
        told = logs.told.count
    }

    /// What sums are made from.
    private struct Source {
        let fleet: Fleet
        let index: FleetIndex
        let logs: CostLogs
    }

    /// The runs to look at again; `nil` where that are too many, or who is below whom has changed.
    private func changes(_ source: Source, isLater: Bool) -> Set<Int32>? {
        guard let changes = source.index.changes(since: position),
            let links = source.index.links(since: position), links.isEmpty || !wish.isTree,
            told <= source.logs.told.count
        else { return nil }
        var changed = Set(changes)
        for place in links { source.index.forEachInTree(of: Int(place)) { changed.insert(Int32($0)) } }
        for run in source.logs.told[told...] {
            if let place = source.fleet.place(known: run) { changed.insert(Int32(place)) }
        }
        if isLater { changed.formUnion(paced) }
        // What a run may still use follows from what those below it have used.
        for place in changed {
            let run = source.fleet.runs[Int(place)]
            if let known = shares[place], known.bounds != Self.bounds(run) {
                source.index.forEachInTree(of: Int(place)) { changed.insert(Int32($0)) }
            }
            var above = Int(place)
            while let next = source.index.parent(of: above) {
                above = next
                if source.fleet.runs[above].budget.limits.microdollars != nil { changed.insert(Int32(above)) }
            }
        }
        return changed
    }

    private mutating func replace(_ place: Int32, _ source: Source, _ names: inout Set<CostName>) {
        worked += 1
        if let old = shares[place] {
            count(old, -1, &names)
        }
        let new = share(of: place, source)
        shares[place] = new
        if new.amounts.contains(where: { $0.amounts.recent != CostAmounts.Pace() }) {
            paced.insert(place)
        } else {
            paced.remove(place)
        }
        count(new, 1, &names)
    }

    private mutating func count(_ share: Share, _ sign: Int, _ names: inout Set<CostName>) {
        func merged(_ sum: CostAmounts, _ amounts: CostAmounts) -> CostAmounts {
            sign > 0 ? sum + amounts : sum - amounts
        }
        func add(_ run: CostLine, to line: inout CostLine) {
            line.runs += sign * run.runs
            line.read += sign * run.read
            line.open += sign * run.open
            line.left &+= sign * run.left
            line.boundless += sign * run.boundless
            line.within += sign * run.within
        }
        for (name, amounts) in share.amounts {
            var line = lines[name] ?? CostLine(name)
            line.amounts = merged(line.amounts, amounts)
            add(share.run, to: &line)
            lines[name] = line.runs > 0 ? line : nil
            names.insert(name)
            total.amounts = merged(total.amounts, amounts)
        }
        if !share.amounts.isEmpty {
            add(share.run, to: &total)
            if wish.isOfWholeRuns {
                budget.used &+= sign * share.budget.used
                budget.limit &+= sign * share.budget.limit
            }
        }
        for (hour, amounts) in share.hours {
            let sum = merged(hours[hour] ?? CostAmounts(), amounts)
            hours[hour] = sum == CostAmounts() ? nil : sum
        }
    }

    // MARK: One run

    private mutating func share(of place: Int32, _ source: Source) -> Share {
        let run = source.fleet.runs[Int(place)]
        let own = source.index.facts[Int(place)].own
        let log = source.logs[run.id]
        let end = log?.count(upTo: run.seq) ?? 0
        if let log { cells[place, default: CostCells()].read(log, upTo: end, clock: wish.moment.clock) }
        let read = log == nil ? [:] : cells[place]?.cells ?? [:]
        let known = read.values.reduce(CostAmounts(), +)
        let isCalled = run.counts.effectsSucceeded > 0 || run.counts.effectsFailed > 0
        let hasMore = own.tokens > 0 || own.microdollars > 0 || isCalled
        let isWhole = log.map { $0.isWhole && $0.last >= run.seq } ?? !hasMore
        note(place, isUnread: log == nil && hasMore, isBehind: log.map { $0.last < run.seq } ?? false)

        var share = Share()
        share.bounds = Self.bounds(run)
        share.run.runs = 1
        share.run.read = isWhole ? 1 : 0
        noteWork(of: run, at: place, source, &share)
        // A list by role counts a run where its tree's top counts.
        let top = wish.isTree ? source.fleet.runs[source.index.root(of: Int(place))] : run
        let recent = recent(log, end)
        func add(_ amounts: CostAmounts, _ key: CostCells.Key?, _ time: CostTime) {
            guard wish.parts.allSatisfy({ self.name(of: top, key, time, on: $0.axis) == $0.name }) else {
                return
            }
            let name = name(of: top, key, time, on: wish.axis)
            if let known = share.amounts.firstIndex(where: { $0.name == name }) {
                share.amounts[known].amounts = share.amounts[known].amounts + amounts
            } else {
                share.amounts.append((name, amounts))
            }
            guard let hour = time.hour, amounts != CostAmounts() else { return }
            share.hours[hour] = (share.hours[hour] ?? CostAmounts()) + amounts
        }
        for (key, cell) in read {
            var amounts = cell
            if CostCells.day(key.hour) == wish.moment.day {
                amounts.today.tokens = cell.tokens
                amounts.today.microdollars = cell.microdollars
            }
            amounts.recent = recent[key] ?? CostAmounts.Pace()
            add(amounts, key, CostTime(key.hour))
        }
        if !isWhole { add(unread(run, own, known), nil, CostTime(of: run, wish.moment.clock)) }
        // A run that has used nothing is a run of its role all the same.
        if read.isEmpty, isWhole, wish.axis.isOfRuns, wish.isOfWholeRuns {
            add(CostAmounts(), nil, CostTime(of: run, wish.moment.clock))
        }
        return share
    }

    private mutating func note(_ place: Int32, isUnread: Bool, isBehind: Bool) {
        if isUnread { unread.insert(place) } else { unread.remove(place) }
        if isBehind { behind.insert(place) } else { behind.remove(place) }
    }

    /// What of a run isn't in what was read of its log, and of which time it may be.
    private func unread(_ run: RunState, _ own: Usage, _ known: CostAmounts) -> CostAmounts {
        var rest = CostAmounts()
        rest.tokens = max(0, CostAmounts.held(own.tokens) - known.tokens)
        rest.microdollars = max(0, CostAmounts.held(own.microdollars) - known.microdollars)
        rest.unreadTokens = rest.tokens
        rest.unreadMicrodollars = rest.microdollars
        func pace(since start: Timestamp) -> CostAmounts.Pace {
            var pace = CostAmounts.Pace()
            if run.startedAt >= start {
                (pace.tokens, pace.microdollars) = (rest.tokens, rest.microdollars)
            } else if run.lastAt >= start {
                (pace.unsureTokens, pace.unsureMicrodollars) = (rest.tokens, rest.microdollars)
            }
            return pace
        }
        rest.today = pace(since: wish.moment.dayStart)
        rest.recent = pace(since: wish.moment.hourStart)
        return rest
    }

    /// What was used in the last hour, by what was called.
    private func recent(_ log: CostLogs.Log?, _ end: Int) -> [CostCells.Key: CostAmounts.Pace] {
        guard let log else { return [:] }
        var recent: [CostCells.Key: CostAmounts.Pace] = [:]
        for record in log.records[..<end].reversed() {
            guard record.at >= wish.moment.hourStart else { break }
            let key = CostCells.key(record, wish.moment.clock)
            var pace = recent[key] ?? CostAmounts.Pace()
            pace.tokens &+= record.usage.tokens
            pace.microdollars &+= record.usage.microdollars
            recent[key] = pace
        }
        return recent
    }

    /// The group that something is in; without a key it is what no log was read of.
    private func name(of run: RunState, _ key: CostCells.Key?, _ time: CostTime, on axis: CostAxis)
        -> CostName
    {
        func named(_ text: String) -> CostName { text.isEmpty ? .unnamed : .named(text) }
        switch axis {
        case .role: return named(run.role)
        case .run: return named(run.id.rawValue)
        case .tenant: return named(run.tenant)
        case .conversation: return named(run.conversation?.rawValue ?? "")
        case .day: return time.day.map { .named(Timestamp.dayText($0)) } ?? .unread
        case .hour:
            guard let time = time.hour else { return .unread }
            let (day, hour) = (CostCells.day(time), time - CostCells.day(time) * 24)
            return .named("\(Timestamp.dayText(day)) \(hour < 10 ? "0" : "")\(hour):00")
        case .model, .tool: break
        }
        guard let key else { return .unread }
        let isTool = key.source == .tool
        return isTool == (axis == .tool) ? named(key.name) : .other
    }

    /// Whether a run has a limit on money that still holds.
    private static func bounds(_ run: RunState) -> Bool {
        !run.status.isTerminal && run.budget.limits.microdollars != nil
    }

    /// A child's grant lies within what its parent may use, so only the topmost limit counts.
    private func noteWork(of run: RunState, at place: Int32, _ source: Source, _ share: inout Share) {
        guard !run.status.isTerminal, run.status != .unknown else { return }
        share.run.open = 1
        var above = Int(place)
        while let next = source.index.parent(of: above) {
            above = next
            if Self.bounds(source.fleet.runs[above]) {
                // With subtrees it counts where that limit does.
                share.run.within = wish.isTree ? 0 : 1
                return
            }
        }
        guard let limit = run.budget.limits.microdollars.map(CostAmounts.held) else {
            share.run.boundless = 1
            return
        }
        let used = min(limit, CostAmounts.held(source.index.treeUsage(of: Int(place)).microdollars))
        share.run.left = limit - used
        share.budget = (used, limit)
    }

    // MARK: Order

    private mutating func reorder() {
        let matcher = FilterMatcher(wish.filter)
        entries = [:]
        var shown: [RunOrder.Entry] = []
        for line in lines.values where wish.filter.isEmpty || matcher.matches(CostSubject(line, wish.axis)) {
            let entry = entry(line)
            entries[line.name] = entry
            shown.append(entry)
        }
        order = RunOrder(shown, isReversed: wish.isReversed)
    }

    private mutating func put(_ name: CostName) {
        if let old = entries.removeValue(forKey: name) { order.remove(old) }
        guard let line = lines[name],
            wish.filter.isEmpty || FilterMatcher(wish.filter).matches(CostSubject(line, wish.axis))
        else { return }
        let entry = entry(line)
        entries[name] = entry
        order.insert(entry)
    }

    private func entry(_ line: CostLine) -> RunOrder.Entry {
        RunOrder.Entry(
            key: wish.sort.key(line, wish.axis, measure),
            name: line.name.key,
            place: 0,
            rows: 1
        )
    }
}
