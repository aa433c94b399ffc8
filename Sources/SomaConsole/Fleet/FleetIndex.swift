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
        self = FleetIndex()
        for run in fleet.runs { note(run) }
        isStale = true
    }

    /// Brings the rows up to date; true where they changed.
    package mutating func refresh(_ fleet: Fleet) -> Bool {
        guard isStale else { return false }
        isStale = false
        var children: [RunID: [RunID]] = [:]
        var roots: [RunID] = []
        for run in fleet.runs {
            if let parent = run.parent, places[parent] != nil, parent != run.id {
                children[parent, default: []].append(run.id)
            } else {
                roots.append(run.id)
            }
        }
        // A tree stands where its most urgent run stands, so that children stay with their parents.
        var ranks: [RunID: Rank] = [:]
        for root in roots { ranks[root] = rank(of: root, children) }
        roots.sort { (ranks[$0] ?? .last, $0) < (ranks[$1] ?? .last, $1) }
        // Runs that claim to be each other's ancestors hang below no root; they are listed all the same.
        roots += fleet.runs.map(\.id).filter { ranks[$0] == nil }
        rows = TreeOrder.flatten(roots) { children[$0] ?? [] }.map { Row(id: $0.id, branches: $0.branches) }
        return true
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

    private func rank(of root: RunID, _ children: [RunID: [RunID]]) -> Rank {
        guard children[root] != nil else { return rank(of: root) }
        return TreeOrder.flatten([root]) { children[$0] ?? [] }
            .map { rank(of: $0.id) }
            .min() ?? rank(of: root)
    }

    private func rank(of id: RunID) -> Rank {
        guard let place = places[id] else { return .last }
        if let since = place.needsSince { return Rank(group: 0, moment: since.microseconds) }
        return Rank(group: place.isEnded ? 2 : 1, moment: -place.movedAt.microseconds)
    }

    /// Who comes first: the longest waiting for a person, then the newest under way, then the newest ended.
    private struct Rank: Comparable {
        var group: Int
        var moment: Int64

        static let last = Rank(group: 3, moment: 0)

        static func < (left: Rank, right: Rank) -> Bool {
            (left.group, left.moment) < (right.group, right.moment)
        }
    }
}

/// The order of a tree's nodes as it is drawn. Cycles in the data end, and nothing is listed twice.
package enum TreeOrder {
    package static func flatten(
        _ roots: [RunID],
        children: (RunID) -> [RunID]
    ) -> [(id: RunID, branches: [Bool])] {
        var result: [(id: RunID, branches: [Bool])] = []
        var seen: Set<RunID> = []
        var open: [(id: RunID, branches: [Bool])] = roots.reversed().map { ($0, []) }
        while let (id, branches) = open.popLast() {
            guard seen.insert(id).inserted else { continue }
            result.append((id, branches))
            let below = children(id)
            for (index, child) in below.enumerated().reversed() {
                open.append((child, branches + [index == below.count - 1]))
            }
        }
        return result
    }
}
