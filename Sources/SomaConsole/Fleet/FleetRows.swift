package import SomaCore
import SomaTerminal

/// The rows of a table of runs: filtered, grouped and ordered.
///
/// Kept up by what the index says has changed, so that its cost follows that and not the number of runs. It is made
/// anew where something else is wished, or after a long time out of sight.
package struct FleetRows: Sendable {
    /// What the rows are to be.
    package struct Wish: Sendable, Hashable {
        package var sort = FleetSort.needs
        package var isReversed = false
        package var grouping = FleetGrouping.tree
        package var filter = Filter()
        /// The moment that a filter of ages is of, in seconds; 0 for filters that time alone doesn't change.
        var second: Int64 = 0
        /// The run that alone is shown with what is below it; `nil` for all runs.
        package var root: RunID?

        package init() {}

        /// A filter finds runs, not trees.
        var hasTrees: Bool { grouping == .tree && filter.isEmpty }

        /// The wish at a moment.
        func told(at moment: Timestamp) -> Wish {
            guard filter.terms.contains(where: { $0.field?.kind == .duration }) else { return self }
            var wish = self
            wish.second = moment.microseconds / 1_000_000
            return wish
        }
    }

    /// What rows are made from.
    struct Source {
        let fleet: Fleet
        let index: FleetIndex
        let words: WordsCache
        let moment: Timestamp
        /// What lets runs through while rows are brought up to date.
        fileprivate var matcher: FilterMatcher?

        init(fleet: Fleet, index: FleetIndex, words: WordsCache, moment: Timestamp) {
            (self.fleet, self.index, self.words, self.moment) = (fleet, index, words, moment)
        }

        func goal(_ run: RunState) -> String? { run.goal.flatMap { words[$0]?.text } }
    }

    /// A run, or the run on top of a tree, in its list.
    private struct Placed: Sendable {
        var group: RunKey
        var entry: RunOrder.Entry
        var facts: FleetIndex.Facts
    }

    private struct Group: Sendable {
        var key: RunKey
        var list: RunOrder
        var sum = FleetSum()
    }

    private var wish: Wish?
    /// The place of the run that alone is shown, where one is.
    private var rootPlace: Int?
    private var epoch = -1
    private var position = FleetIndex.Position()
    private var placed: [Placed?] = []
    private var groups: [Group] = []
    /// The rows of trees of more than one run, by the place of the topmost.
    private var trees: [Int32: [FleetRow]] = [:]
    /// How often each tree has changed.
    private var revisions: [Int32: Int] = [:]
    private var foldedRuns: Set<RunID> = []
    private var foldedGroups: Set<RunKey> = []
    /// Goals that an order or a filter needs and whose words are not at hand, with the runs that have them.
    private var missing: [ContentID: [Int32]] = [:]
    private var wordsSeen = 0
    /// Goals that nobody may have asked for yet.
    private(set) var unasked: [ContentID] = []

    /// How many rows there are.
    package private(set) var count = 0
    /// How many runs there are, those that are folded away included.
    package private(set) var runs = 0
    /// How often a run's place was worked out; what tests count.
    package private(set) var worked = 0

    package init() {}

    // MARK: Reading

    package var isEmpty: Bool { count == 0 }

    /// A row; the number must be below `count`.
    package func row(_ number: Int, _ fleet: Fleet) -> FleetRow? {
        var rest = number
        for group in groups {
            let isFolded = foldedGroups.contains(group.key)
            let rows = rowCount(group)
            guard rest < rows else {
                rest -= rows
                continue
            }
            if hasHeadings {
                if rest == 0 { return FleetRow(group: group.key, fold: isFolded ? .closed : .open) }
                rest -= 1
            }
            guard let (entry, offset) = group.list.entry(atRow: rest) else { return nil }
            if let tree = trees[entry.place] { return tree.indices.contains(offset) ? tree[offset] : nil }
            return FleetRow(id: RunID(entry.name), place: Int(entry.place))
        }
        return nil
    }

    /// The row of a run; `nil` where it is filtered out or folded away.
    package func number(ofRun place: Int, _ index: FleetIndex) -> Int? {
        guard let top = wish?.hasTrees == true ? top(of: place, index) : place else { return nil }
        guard placed.indices.contains(top), let found = placed[top] else { return nil }
        guard !foldedGroups.contains(found.group) || !hasHeadings else { return nil }
        var before = 0
        for group in groups {
            guard group.key == found.group else {
                before += rowCount(group)
                continue
            }
            guard let row = group.list.row(of: found.entry) else { return nil }
            before += row + (hasHeadings ? 1 : 0)
            guard let tree = trees[Int32(top)] else { return before }
            return tree.firstIndex { $0.place == place }.map { before + $0 }
        }
        return nil
    }

    /// Counts the changes of the tree that a run is on top of.
    func revision(of place: Int) -> Int { revisions[Int32(place)] ?? 0 }

    /// The run on top of the rows that a run is among; `nil` where it is not shown.
    func top(of place: Int, _ index: FleetIndex) -> Int? {
        guard wish?.root != nil else { return index.root(of: place) }
        var next: Int? = place
        while let here = next {
            if here == rootPlace { return here }
            next = index.parent(of: here)
        }
        return nil
    }

    /// The row of a group's heading.
    package func number(ofGroup key: RunKey) -> Int? {
        var before = 0
        for group in groups {
            if group.key == key { return hasHeadings ? before : nil }
            before += rowCount(group)
        }
        return nil
    }

    /// What a group comes to.
    package func sum(of key: RunKey) -> FleetSum {
        groupNumber(key).map { groups[$0].sum } ?? FleetSum()
    }

    /// The places of the runs that the rows stand for, folded ones included, in order.
    package func places(in key: RunKey? = nil) -> [Int] {
        var result: [Int] = []
        for group in groups where key == nil || group.key == key {
            group.list.forEach { result.append(Int($0.place)) }
        }
        return result
    }

    private var hasHeadings: Bool { wish?.grouping.hasHeadings ?? false }

    private func rowCount(_ group: Group) -> Int {
        guard hasHeadings else { return group.list.rows }
        return 1 + (foldedGroups.contains(group.key) ? 0 : group.list.rows)
    }

    // MARK: Folding

    /// Folds what is below a row away, or shows it again.
    mutating func toggleFold(_ row: FleetRow, _ source: Source) {
        if let key = row.group {
            if foldedGroups.remove(key) == nil { foldedGroups.insert(key) }
        } else if let id = row.id, let place = row.place, !source.index.children(of: place).isEmpty {
            if foldedRuns.remove(id) == nil { foldedRuns.insert(id) }
            if let top = top(of: place, source.index) { settle(top, source, isChanged: true) }
        }
        recount()
    }

    /// Folds all trees and groups away, or shows all again where one is folded.
    mutating func toggleAll(_ source: Source) {
        if foldedRuns.isEmpty, foldedGroups.isEmpty {
            if hasHeadings {
                foldedGroups = Set(groups.map(\.key))
            } else {
                foldedRuns = Set(trees.keys.map { source.fleet.runs[Int($0)].id })
            }
        } else {
            foldedRuns = []
            foldedGroups = []
        }
        for place in Array(trees.keys) { settle(Int(place), source, isChanged: true) }
        recount()
    }

    /// Shows a run that is folded away.
    mutating func reveal(_ place: Int, _ source: Source) {
        var above = source.index.parent(of: place)
        while let next = above {
            foldedRuns.remove(source.fleet.runs[next].id)
            above = source.index.parent(of: next)
        }
        if placed.indices.contains(place), let key = placed[place]?.group { foldedGroups.remove(key) }
        if wish?.hasTrees == true, let top = top(of: place, source.index) {
            settle(top, source, isChanged: true)
        }
        recount()
    }

    // MARK: Keeping up

    /// Brings the rows up to date.
    mutating func update(_ wish: Wish, _ source: Source) {
        var source = source
        source.matcher = wish.filter.isEmpty ? nil : FilterMatcher(wish.filter)
        guard wish == self.wish, epoch == source.index.epoch,
            let changes = source.index.changes(since: position),
            let links = source.index.links(since: position)
        else { return rebuild(wish, source) }
        // The run that alone is shown may be new.
        if wish.root != nil, rootPlace == nil { return rebuild(wish, source) }
        position = source.index.position
        var dirty: Set<Int32> = []
        for place in changes { dirty.insert(place) }
        if wordsSeen != source.words.version, !missing.isEmpty { takeWords(source, &dirty) }
        wordsSeen = source.words.version
        if placed.count < source.fleet.runs.count {
            placed += Array(repeating: nil, count: source.fleet.runs.count - placed.count)
        }
        guard !dirty.isEmpty || !links.isEmpty else { return }
        if wish.hasTrees {
            var relinked: Set<Int32> = []
            for place in links {
                // It may have been a tree of its own, or have come out of one.
                if source.index.parent(of: Int(place)) != nil, rootPlace != Int(place) {
                    takeOut(Int(place))
                    trees[place] = nil
                }
                if let top = top(of: Int(place), source.index) { relinked.insert(Int32(top)) }
            }
            var tops = relinked
            for place in dirty {
                if let top = top(of: Int(place), source.index) { tops.insert(Int32(top)) }
            }
            for top in tops {
                revisions[top, default: 0] += 1
                settle(Int(top), source, isChanged: relinked.contains(top))
            }
        } else {
            // Sums of trees are shown beside runs that a filter found, too.
            for place in dirty {
                if let top = top(of: Int(place), source.index) { revisions[Int32(top), default: 0] += 1 }
            }
            for place in dirty { settle(Int(place), source, isChanged: false) }
        }
        recount()
    }

    private mutating func rebuild(_ wish: Wish, _ source: Source) {
        if self.wish?.grouping != wish.grouping { foldedGroups = [] }
        self.wish = wish
        epoch = source.index.epoch
        position = source.index.position
        wordsSeen = source.words.version
        groups = []
        trees = [:]
        rootPlace = wish.root.flatMap { source.fleet.place(known: $0) }
        missing = [:]
        unasked = []
        placed = Array(repeating: nil, count: source.fleet.runs.count)
        var lists: [RunKey: (entries: [RunOrder.Entry], sum: FleetSum)] = [:]
        for place in source.fleet.runs.indices {
            if wish.root != nil {
                if wish.hasTrees ? place != rootPlace : top(of: place, source.index) == nil { continue }
            } else if wish.hasTrees, source.index.parent(of: place) != nil {
                continue
            }
            guard let found = work(out: place, source, isChanged: true) else { continue }
            placed[place] = found
            lists[found.group, default: ([], FleetSum())].entries.append(found.entry)
            lists[found.group]?.sum.add(found.facts)
        }
        groups = lists.map { key, value in
            Group(key: key, list: RunOrder(value.entries, isReversed: isReversed), sum: value.sum)
        }.sorted { Self.isLess($0.key, $1.key) }
        recount()
    }

    private var isReversed: Bool {
        guard let wish else { return false }
        return wish.isReversed != wish.sort.isDescending
    }

    /// Takes runs whose goals' words have come.
    private mutating func takeWords(_ source: Source, _ dirty: inout Set<Int32>) {
        for (id, places) in missing where source.words[id]?.text != nil {
            dirty.formUnion(places)
            missing[id] = nil
        }
        unasked.removeAll { source.words[$0] != nil }
    }

    /// Works out where a run, or the tree that it is on top of, belongs, and puts it there.
    private mutating func settle(_ place: Int, _ source: Source, isChanged: Bool) {
        guard placed.indices.contains(place) else { return }
        if wish?.root != nil, top(of: place, source.index) == nil { return }
        let new = work(out: place, source, isChanged: isChanged)
        if let old = placed[place], let new, old.group == new.group {
            if old.entry == new.entry, old.facts == new.facts { return }
            guard let number = groupNumber(old.group) else { return }
            groups[number].sum.remove(old.facts)
            groups[number].sum.add(new.facts)
            if old.entry != new.entry {
                groups[number].list.remove(old.entry)
                groups[number].list.insert(new.entry)
            }
            placed[place] = new
            return
        }
        takeOut(place)
        guard let new else { return }
        placed[place] = new
        let number = groupNumber(new.group) ?? addGroup(new.group)
        groups[number].list.insert(new.entry)
        groups[number].sum.add(new.facts)
    }

    private mutating func takeOut(_ place: Int) {
        guard placed.indices.contains(place), let old = placed[place] else { return }
        placed[place] = nil
        guard let number = groupNumber(old.group) else { return }
        groups[number].list.remove(old.entry)
        groups[number].sum.remove(old.facts)
        if groups[number].list.count == 0 { groups.remove(at: number) }
    }

    private func groupNumber(_ key: RunKey) -> Int? {
        let number = firstGroup(notBefore: key)
        return number < groups.count && groups[number].key == key ? number : nil
    }

    private mutating func addGroup(_ key: RunKey) -> Int {
        let number = firstGroup(notBefore: key)
        groups.insert(Group(key: key, list: RunOrder(isReversed: isReversed)), at: number)
        return number
    }

    private func firstGroup(notBefore key: RunKey) -> Int {
        var (low, high) = (0, groups.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.isLess(groups[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func isLess(_ left: RunKey, _ right: RunKey) -> Bool {
        (left.number, left.text) < (right.number, right.text)
    }

    /// Where a run belongs; `nil` where the filter leaves it out.
    private mutating func work(out place: Int, _ source: Source, isChanged: Bool) -> Placed? {
        guard let wish, source.fleet.runs.indices.contains(place) else { return nil }
        worked += 1
        let run = source.fleet.runs[place]
        let facts = source.index.facts[place]
        let needsGoal = source.matcher != nil || wish.sort == .goal
        let goal = needsGoal ? source.goal(run) : nil
        if needsGoal, goal == nil, let id = run.goal { want(id, for: place, source) }
        var key = wish.sort.key(run, facts, goal: goal)
        if let matcher = source.matcher {
            let subject = RunSubject(run, goal: goal, standing: facts.standing, moment: source.moment)
            guard matcher.matches(subject) else { return nil }
            // Of fuzzy matches the best come first.
            if wish.filter.ranks, wish.sort == .needs { key = RunKey(number: -Int64(matcher.score(subject))) }
        }
        var rows = 1
        if wish.hasTrees, !source.index.children(of: place).isEmpty {
            // A tree stands where its most urgent run stands, so that children stay with their parents.
            if wish.sort == .needs {
                source.index.forEachInTree(of: place) { below in
                    let facts = source.index.facts[below]
                    let own = RunKey(zone: facts.zone, number: facts.moment)
                    if (own.zone, own.number) < (key.zone, key.number) { key = own }
                }
            }
            if isChanged || wish.sort != .needs || trees[Int32(place)] == nil {
                trees[Int32(place)] = flatten(place, source)
            }
            rows = trees[Int32(place)]?.count ?? 1
        } else if wish.hasTrees {
            trees[Int32(place)] = nil
        }
        let entry = RunOrder.Entry(
            key: key,
            name: run.id.rawValue,
            place: Int32(place),
            rows: Int32(clamping: rows)
        )
        return Placed(group: wish.grouping.group(run, facts), entry: entry, facts: facts)
    }

    private mutating func want(_ id: ContentID, for place: Int, _ source: Source) {
        if missing[id]?.contains(Int32(place)) != true { missing[id, default: []].append(Int32(place)) }
        if source.words[id] == nil, unasked.count < WordsCache.textsMax / 2 { unasked.append(id) }
    }

    /// The rows of a tree.
    private func flatten(_ top: Int, _ source: Source) -> [FleetRow] {
        let sort = wish?.sort ?? .needs
        var result: [FleetRow] = []
        var open: [(place: Int, branches: [Bool])] = [(top, [])]
        while let (place, branches) = open.popLast() {
            let id = source.fleet.runs[place].id
            var below = source.index.children(of: place).map { Int($0) }
            let isFolded = foldedRuns.contains(id)
            result.append(
                FleetRow(
                    id: id,
                    place: place,
                    branches: branches,
                    fold: below.isEmpty ? .leaf : isFolded ? .closed : .open
                )
            )
            if isFolded { continue }
            if sort != .needs {
                let entries = below.map { child in
                    let run = source.fleet.runs[child]
                    let key = sort.key(run, source.index.facts[child], goal: source.goal(run))
                    return RunOrder.Entry(key: key, name: run.id.rawValue, place: Int32(child), rows: 1)
                }
                below = entries.sorted { RunOrder.isLess($0, $1, isReversed) }.map { Int($0.place) }
            }
            for (number, child) in below.enumerated().reversed() {
                open.append((child, branches + [number == below.count - 1]))
            }
        }
        return result
    }

    private mutating func recount() {
        count = groups.reduce(0) { $0 + rowCount($1) }
        runs = groups.reduce(0) { $0 + $1.list.count }
    }
}
