package import SomaCore

/// How the fleet is ordered and counted, kept up as transitions come in.
///
/// Ordering ten thousand runs is done when a run's place may have changed, not for each transition.
package struct FleetIndex: Sendable {
    /// A run in the order of the table.
    package struct Row: Sendable, Hashable {
        /// The run.
        package var id: RunID
        /// Its place in the tree: for each level, whether it is the last of its siblings.
        package var branches: [Bool]
    }

    /// What decides a run's place.
    private struct Place: Sendable, Hashable {
        var standing: RunStanding
        var needsSince: Timestamp?
        var parent: RunID?
        var isEnded: Bool
        var movedAt: Timestamp
    }

    private var places: [RunID: Place] = [:]
    private var isStale = true
    /// Counts how often the rows were made anew.
    package private(set) var version = 0
    /// The rows of the whole fleet.
    package private(set) var rows: [Row] = []
    /// How many runs wait for a person.
    package private(set) var needing = 0
    /// How many runs are at work by themselves.
    package private(set) var running = 0
    /// How many runs failed.
    package private(set) var failed = 0

    package init() {}

    /// Takes in a run as it is now.
    package mutating func note(_ run: RunState) {
        let waiting = run.waiting
        let place = Place(
            standing: RunStanding(run),
            needsSince: waiting.flatMap { $0.reason.needsPerson ? $0.since : nil },
            parent: run.parent,
            isEnded: run.status.isTerminal,
            movedAt: run.status.isTerminal ? run.statusSince : run.startedAt
        )
        let old = places.updateValue(place, forKey: run.id)
        guard old != place else { return }
        count(old, -1)
        count(place, 1)
        if old?.needsSince != place.needsSince || old?.parent != place.parent
            || old?.isEnded != place.isEnded || old?.movedAt != place.movedAt
        {
            isStale = true
        }
    }

    /// Forgets everything and takes in a fleet.
    package mutating func reset(_ fleet: Fleet) {
        let version = version
        self = FleetIndex()
        self.version = version
        for run in fleet.runs { note(run) }
        isStale = true
    }

    /// Makes the rows anew next time, with a version that neither of two indexes had.
    mutating func supersede(_ other: FleetIndex) {
        version = max(version, other.version)
        isStale = true
    }

    /// Brings the rows up to date; true where they changed.
    package mutating func refresh(_ fleet: Fleet) -> Bool {
        guard isStale else { return false }
        isStale = false
        version += 1
        let runs = fleet.runs
        let (children, isChild) = Self.tree(runs)
        let own = runs.map { rank(of: $0) }
        var roots = runs.indices.filter { !isChild[$0] }
        // A tree stands where its most urgent run stands, so that children stay with their parents.
        var ranks = own
        for root in roots where children[root] != nil {
            ranks[root] =
                TreeOrder.flatten([root]) { children[$0] ?? [] }.map { own[$0.node] }.min() ?? own[root]
        }
        roots.sort { (ranks[$0], runs[$0].id) < (ranks[$1], runs[$1].id) }
        // Runs that claim to be each other's ancestors hang below no root; they are listed all the same.
        if isChild.contains(true) { roots += runs.indices.filter { isChild[$0] } }
        rows = TreeOrder.flatten(roots) { children[$0] ?? [] }
            .map { Row(id: runs[$0.node].id, branches: $0.branches) }
        return true
    }

    /// The children of each run, by place, and which runs are somebody's child.
    private static func tree(_ runs: [RunState]) -> (children: [Int: [Int]], isChild: [Bool]) {
        var isChild = Array(repeating: false, count: runs.count)
        let named = Set(runs.lazy.compactMap(\.parent))
        guard !named.isEmpty else { return ([:], isChild) }
        var parents: [RunID: Int] = [:]
        for (place, run) in runs.enumerated() where named.contains(run.id) { parents[run.id] = place }
        var children: [Int: [Int]] = [:]
        for (place, run) in runs.enumerated() {
            guard let parent = run.parent.flatMap({ parents[$0] }), parent != place else { continue }
            children[parent, default: []].append(place)
            isChild[place] = true
        }
        return (children, isChild)
    }

    private mutating func count(_ place: Place?, _ change: Int) {
        guard let place else { return }
        if place.needsSince != nil {
            needing += change
        } else if !place.isEnded, place.standing.mark != .unknown, place.standing.word != "paused" {
            running += change
        }
        if place.standing.mark == .failed { failed += change }
    }

    private func rank(of run: RunState) -> Rank {
        if run.status.isTerminal { return Rank(group: 2, moment: -run.statusSince.microseconds) }
        if let since = places[run.id]?.needsSince { return Rank(group: 0, moment: since.microseconds) }
        return Rank(group: 1, moment: -run.startedAt.microseconds)
    }

    /// Who comes first: the longest waiting for a person, then the newest under way, then the newest ended.
    private struct Rank: Comparable {
        var group: Int
        var moment: Int64

        static func < (left: Rank, right: Rank) -> Bool {
            (left.group, left.moment) < (right.group, right.moment)
        }
    }
}

/// The order of a tree's nodes as it is drawn. Cycles in the data end, and nothing is listed twice.
enum TreeOrder {
    static func flatten(_ roots: [Int], children: (Int) -> [Int]) -> [(node: Int, branches: [Bool])] {
        var result: [(node: Int, branches: [Bool])] = []
        result.reserveCapacity(roots.count)
        var seen: Set<Int> = []
        for root in roots {
            var open: [(node: Int, branches: [Bool])] = [(root, [])]
            while let (node, branches) = open.popLast() {
                guard seen.insert(node).inserted else { continue }
                result.append((node, branches))
                let below = children(node)
                for (index, child) in below.enumerated().reversed() {
                    open.append((child, branches + [index == below.count - 1]))
                }
            }
        }
        return result
    }
}
