package import SomaCore
import Synchronization

/// What lists need to know of each run, kept up as transitions come in.
///
/// Runs are named by their place in `Fleet.runs`. A transition only notes that its run has changed; what that means
/// is worked out once per frame, for the changed runs alone. Lists read from a log which runs those were.
package struct FleetIndex: Sendable {
    /// What decides where a run stands in a list.
    package struct Facts: Sendable, Hashable {
        /// How it stands, whoever holds it.
        package var standing = RunStanding(mark: .unknown, word: "new")
        /// 0 where a person is needed, 1 under way, 2 ended.
        package var zone = 1
        /// Within the zone, who comes first: the longest waiting, the newest under way, the newest ended.
        package var moment: Int64 = 0
        /// Whether it has ended.
        package var isEnded = false
        /// Whether it is at work by itself.
        package var isRunning = false
        /// What it has used, with the children that ended.
        package var spent = Usage.zero
        /// What it has used itself.
        package var own = Usage.zero

        package init() {}
    }

    /// How many changes are remembered; a list that is further behind makes itself anew.
    package static let changesMax = 32_768

    /// Which making of an index this is, of all there are: what was read of another one is void.
    package private(set) var epoch = FleetIndex.nextEpoch()
    /// The facts, by place.
    package private(set) var facts: [Facts] = []
    /// How many runs wait for a person.
    package private(set) var needing = 0
    /// How many runs are at work by themselves.
    package private(set) var running = 0
    /// How many runs failed.
    package private(set) var failed = 0

    private var parents: [Int32] = []
    private var children: [Int32: [Int32]] = [:]
    private var wantedParents: [RunID?] = []
    private var orphans: [RunID: [Int32]] = [:]
    private var changed = Changes()
    private var linked = Changes()
    private var touched: [Int32] = []
    private var isTouched: [Bool] = []

    package init() {}

    private static let epochs = Atomic(0)

    private static func nextEpoch() -> Int { epochs.add(1, ordering: .relaxed).newValue }

    // MARK: Reading

    /// Up to where the changes are told.
    package var position: Position { Position(change: changed.end, link: linked.end) }

    /// A place in what changed.
    package struct Position: Sendable, Hashable {
        var change = 0
        var link = 0

        package init() {}
        init(change: Int, link: Int) { (self.change, self.link) = (change, link) }
    }

    /// The runs that changed since a position, some of them several times; `nil` where that is too long ago.
    package func changes(since position: Position) -> ArraySlice<Int32>? { changed.since(position.change) }

    /// The runs that were put below another since a position; `nil` where that is too long ago.
    package func links(since position: Position) -> ArraySlice<Int32>? { linked.since(position.link) }

    /// The run that delegated a run, where it is known and the two are no cycle.
    package func parent(of place: Int) -> Int? {
        guard parents.indices.contains(place), parents[place] >= 0 else { return nil }
        return Int(parents[place])
    }

    /// The runs that a run delegated, in the order in which they were first seen.
    package func children(of place: Int) -> [Int32] { children[Int32(place)] ?? [] }

    /// The run at the top of a run's tree.
    package func root(of place: Int) -> Int {
        var place = place
        while let above = parent(of: place) { place = above }
        return place
    }

    /// Calls `body` with a run and all below it, parents before their children.
    package func forEachInTree(of place: Int, _ body: (Int) -> Void) {
        var open = [Int32(place)]
        while let next = open.popLast() {
            body(Int(next))
            if let below = children[next] { open += below }
        }
    }

    /// What a run and all below it have used.
    package func treeUsage(of place: Int) -> Usage {
        var sum = Usage.zero
        forEachInTree(of: place) { sum = sum + facts[$0].own }
        return sum
    }

    // MARK: Keeping up

    /// Notes that a run has changed.
    package mutating func touch(_ place: Int) {
        while facts.count <= place {
            facts.append(Facts())
            parents.append(-1)
            wantedParents.append(nil)
            isTouched.append(false)
        }
        guard !isTouched[place] else { return }
        isTouched[place] = true
        touched.append(Int32(place))
    }

    /// Forgets everything and takes in a fleet.
    package mutating func reset(_ fleet: Fleet) {
        self = FleetIndex()
        facts.reserveCapacity(fleet.runs.count)
        for place in fleet.runs.indices { touch(place) }
        refresh(fleet)
    }

    /// Works out what the noted changes mean.
    package mutating func refresh(_ fleet: Fleet) {
        guard !touched.isEmpty else { return }
        var owners: Set<Int32> = []
        for place in touched {
            let run = fleet.runs[Int(place)]
            link(place, run, fleet)
            if parents[Int(place)] >= 0 { owners.insert(parents[Int(place)]) }
            if children[place] != nil { owners.insert(place) }
        }
        for place in touched {
            take(fleet.runs[Int(place)], at: Int(place))
            changed.append(place)
        }
        for place in owners {
            let own = ownUsage(of: Int(place), fleet)
            guard own != facts[Int(place)].own else { continue }
            facts[Int(place)].own = own
            if !isTouched[Int(place)] { changed.append(place) }
        }
        for place in touched { isTouched[Int(place)] = false }
        touched.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ run: RunState, at place: Int) {
        var new = Facts()
        new.standing = RunStanding(run)
        new.isEnded = run.status.isTerminal
        let needsSince = run.waiting.flatMap { $0.reason.needsPerson ? $0.since : nil }
        if new.isEnded {
            new.zone = 2
            new.moment = -run.statusSince.microseconds
        } else if let needsSince {
            new.zone = 0
            new.moment = needsSince.microseconds
        } else {
            new.moment = -run.startedAt.microseconds
            new.isRunning = new.standing.mark != .unknown && new.standing.word != "paused"
        }
        new.spent = run.budget.spent
        // What children have used is taken off where there are any.
        new.own = new.spent
        if children[Int32(place)] != nil { new.own = facts[place].own }
        count(facts[place], -1)
        count(new, 1)
        facts[place] = new
    }

    private mutating func count(_ facts: Facts, _ change: Int) {
        if facts.zone == 0 { needing += change }
        if facts.isRunning { running += change }
        if facts.standing.mark == .failed { failed += change }
    }

    /// What a run used less what came from children that ended.
    private func ownUsage(of place: Int, _ fleet: Fleet) -> Usage {
        let run = fleet.runs[place]
        let open = run.children.count > 8 ? Set(run.children) : []
        var own = facts[place].spent
        for child in children(of: place) where facts[Int(child)].isEnded {
            let id = fleet.runs[Int(child)].id
            let isOpen = open.isEmpty ? run.children.contains(id) : open.contains(id)
            if !isOpen { own = own - facts[Int(child)].spent }
        }
        return own
    }

    // MARK: Who delegated whom

    private mutating func link(_ place: Int32, _ run: RunState, _ fleet: Fleet) {
        if run.parent != wantedParents[Int(place)] {
            unlink(place)
            wantedParents[Int(place)] = run.parent
            if let parent = run.parent {
                if let above = fleet.place(known: parent) {
                    put(place, below: Int32(above))
                } else {
                    orphans[parent, default: []].append(place)
                }
            }
        }
        guard !orphans.isEmpty, let waiting = orphans.removeValue(forKey: run.id) else { return }
        for child in waiting { put(child, below: place) }
    }

    /// Runs that claim to be each other's ancestors stay where they are, so that every chain of parents ends.
    private mutating func put(_ place: Int32, below above: Int32) {
        guard place != above, parents[Int(place)] < 0 else { return }
        if children[place] != nil, root(of: Int(above)) == Int(place) { return }
        parents[Int(place)] = above
        children[above, default: []].append(place)
        linked.append(place)
    }

    private mutating func unlink(_ place: Int32) {
        guard let old = wantedParents[Int(place)] else { return }
        orphans[old]?.removeAll { $0 == place }
        let above = parents[Int(place)]
        guard above >= 0 else { return }
        parents[Int(place)] = -1
        children[above]?.removeAll { $0 == place }
        if children[above]?.isEmpty == true { children[above] = nil }
        linked.append(place)
        linked.append(above)
    }
}

/// The latest entries of an endless list.
private struct Changes: Sendable {
    private var start = 0
    private var places: [Int32] = []

    var end: Int { start + places.count }

    mutating func append(_ place: Int32) {
        if places.count >= FleetIndex.changesMax {
            places.removeFirst(FleetIndex.changesMax / 2)
            start += FleetIndex.changesMax / 2
        }
        places.append(place)
    }

    func since(_ position: Int) -> ArraySlice<Int32>? {
        guard position >= start, position <= end else { return nil }
        return places[(position - start)...]
    }
}
