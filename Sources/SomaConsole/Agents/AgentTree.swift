import SomaCore

/// What a run and all below it come to, and which of them decide when it ends.
struct AgentTree: Sendable, Hashable {
    /// What one run of the tree and those below it come to.
    struct Sum: Sendable, Hashable {
        /// How many runs there are, the one itself included.
        var runs = 0
        /// How many have not ended.
        var alive = 0
        /// What they have used together.
        var usage = Usage.zero
        /// How long they have worked together, for those whose clock stands still, in microseconds.
        fileprivate var stillMicroseconds: Int64 = 0
        /// How many clocks go on, and when they would have begun had they never been held, added up.
        fileprivate var going: Int64 = 0
        fileprivate var goingFrom: Int64 = 0

        /// How long the runs have worked together at a moment: two at work for a minute have worked for two.
        func worked(at moment: Timestamp) -> Duration {
            .microseconds(max(0, stillMicroseconds &+ going &* moment.microseconds &- goingFrom))
        }

        fileprivate mutating func add(_ other: Sum) {
            runs += other.runs
            alive += other.alive
            usage = usage + other.usage
            stillMicroseconds &+= other.stillMicroseconds
            going += other.going
            goingFrom &+= other.goingFrom
        }
    }

    /// The sums by place.
    private(set) var sums: [Int32: Sum] = [:]
    /// The places of the runs on the critical path; empty for a run that delegated nothing.
    private(set) var critical: Set<Int32> = []

    /// Adds up a tree.
    init(top: Int, _ fleet: Fleet, _ index: FleetIndex) {
        var order: [Int] = []
        index.forEachInTree(of: top) { order.append($0) }
        for place in order.reversed() {
            var sum = Self.own(fleet.runs[place], index.facts[place])
            for child in index.children(of: place) {
                if let below = sums[child] { sum.add(below) }
            }
            sums[Int32(place)] = sum
        }
        if order.count > 1 { critical = Self.criticalPath(top: top, fleet, index) }
    }

    private static func own(_ run: RunState, _ facts: FleetIndex.Facts) -> Sum {
        var sum = Sum()
        sum.runs = 1
        sum.alive = facts.isEnded || run.status == .unknown ? 0 : 1
        sum.usage = facts.own
        if facts.isEnded || run.isHeld {
            sum.stillMicroseconds = run.worked(at: run.lastAt).microseconds
        } else {
            sum.going = 1
            sum.goingFrom = run.startedAt.microseconds &+ run.heldMicroseconds
        }
        return sum
    }

    /// The runs that decide when the topmost one ends: those that it waited for, and the same again in each of them.
    ///
    /// A run that has not ended counts as ending last.
    static func criticalPath(top: Int, _ fleet: Fleet, _ index: FleetIndex) -> Set<Int32> {
        var path: Set<Int32> = [Int32(top)]
        var open = [top]
        while let place = open.popLast() {
            let below = index.children(of: place).sorted { fleet.runs[Int($0)].id < fleet.runs[Int($1)].id }
            guard !below.isEmpty else { continue }
            let stretches = below.map { stretch(of: fleet.runs[Int($0)]) }
            for child in CriticalPath(stretches, in: stretch(of: fleet.runs[place])).stretchesOnIt {
                path.insert(below[child])
                open.append(Int(below[child]))
            }
        }
        return path
    }

    private static func stretch(of run: RunState) -> CriticalPath.Stretch {
        .init(run.startedAt.microseconds, run.status.isTerminal ? run.statusSince.microseconds : .max)
    }
}
