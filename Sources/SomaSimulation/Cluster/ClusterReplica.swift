import SomaCore
import SomaEngine

/// A process of a cluster: an engine's core with what its shell keeps.
struct ClusterReplica {
    var core: EngineCore
    /// Which process it is: what was meant for one before is not for it.
    var incarnation: Int
    /// As whom it holds runs, and the epochs that it knows.
    var lease: Int
    var epochs: [RunID: Int64] = [:]
    /// Until when its leases are good by its own clock.
    var validUntil: Int64
    var isUp = true
    /// Until when it is stopped, and until when nothing passes between it and the store.
    var stoppedUntil: Int64 = 0
    var cutUntil: Int64 = 0
    /// By how much its clock on the wall is wrong, in microseconds.
    var skew: Int64 = 0

    var pending: [CommitGroup] = []
    /// Parts of the commit that are still to be sent; the first is on its way.
    var parts: [[CommitGroup]] = []
    var flying: Set<RunID> = []
    var underWay: [EffectKey: Call] = [:]
    var withheld: [EffectCall] = []
    /// Runs that are to be let go once the store can be reached.
    var owed: [RunID] = []
    var retired: Set<RunID> = []
    var isDraining = false
    /// When a draining process ends, whatever is under way.
    var drainsUntil: Int64 = 0

    struct Call {
        let attempt: Int
        let effectClass: EffectClass
    }

    /// Whether nothing is under way for a family.
    func isIdle(_ family: [RunID]) -> Bool {
        let runs = Set(family)
        return flying.isDisjoint(with: runs) && !pending.contains { runs.contains($0.run) }
            && !underWay.keys.contains { runs.contains($0.run) }
            && !withheld.contains { runs.contains($0.run.id) }
    }
}

/// Groups as they are sent to the store, with the leases that were held then.
struct ClusterAppend {
    let replica: Int
    let incarnation: Int
    let lease: Int
    let epochs: [RunID: Int64]
    let groups: [CommitGroup]
}
