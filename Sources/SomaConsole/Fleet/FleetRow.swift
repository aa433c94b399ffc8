package import SomaCore
import SomaTerminal

/// A row of a table of runs: a run, or the heading of a group.
package struct FleetRow: Sendable, Hashable {
    /// The run; `nil` for a heading.
    package var id: RunID?
    /// The run's place in the fleet; `nil` for a heading.
    package var place: Int?
    /// The heading's group; `nil` for a run.
    package var group: RunKey?
    /// Its place in the tree: for each level, whether it is the last of its siblings.
    package var branches: [Bool]
    /// Whether something below it is shown or folded away.
    var fold: Tree.Fold

    init(id: RunID, place: Int, branches: [Bool] = [], fold: Tree.Fold = .leaf) {
        (self.id, self.place, self.branches, self.fold) = (id, place, branches, fold)
    }

    init(group: RunKey, fold: Tree.Fold) {
        (self.group, branches, self.fold) = (group, [], fold)
    }
}

/// What the runs of a group come to.
package struct FleetSum: Sendable, Hashable {
    /// How many runs there are.
    package var runs = 0
    /// How many of them wait for a person.
    package var needing = 0
    /// How many are at work by themselves.
    package var running = 0
    /// How many failed.
    package var failed = 0
    /// What they have used themselves, so that nothing counts twice.
    package var spent = Usage.zero

    mutating func add(_ facts: FleetIndex.Facts) {
        count(facts, 1)
        spent = spent + facts.own
    }

    mutating func remove(_ facts: FleetIndex.Facts) {
        count(facts, -1)
        spent = spent - facts.own
    }

    private mutating func count(_ facts: FleetIndex.Facts, _ change: Int) {
        runs += change
        if facts.zone == 0 { needing += change }
        if facts.isRunning { running += change }
        if facts.standing.mark == .failed { failed += change }
    }
}
