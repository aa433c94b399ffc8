import SomaCore
import SomaEngine

/// A process of a cluster: an engine's core with what its shell keeps.
struct ClusterReplica {
    /// Which of all processes it is, and which in its place: what was meant for one before is not for it.
    let process: Int
    var core: EngineCore
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

    var pending: [Decided] = []
    /// Parts of the commit that are still to be sent; the first is on its way.
    var parts: [[Decided]] = []
    var flying: Set<RunID> = []
    var underWay: [EffectKey: Call] = [:]
    var withheld: [EffectCall] = []
    /// Runs that are to be let go once the store can be reached.
    var owed: [RunID] = []
    var retired: Set<RunID> = []
    var isDraining = false
    /// When a draining process ends, whatever is under way.
    var drainsUntil: Int64 = 0

    /// A group, and when and how the process had decided it.
    struct Decided {
        let group: CommitGroup
        let at: Int64
        let skew: Int64
        let stoppedUntil: Int64
    }

    struct Call {
        let attempt: Int
        let effectClass: EffectClass
    }

    /// Whether nothing is under way for a family.
    func isIdle(_ family: [RunID]) -> Bool {
        let runs = Set(family)
        return flying.isDisjoint(with: runs) && !pending.contains { runs.contains($0.group.run) }
            && !underWay.keys.contains { runs.contains($0.run) }
            && !withheld.contains { runs.contains($0.run.id) }
    }
}

/// Groups as they are sent to the store, with the leases that were held then.
struct ClusterAppend {
    let replica: Int
    let process: Int
    let incarnation: Int
    let lease: Int
    let epochs: [RunID: Int64]
    let decided: [ClusterReplica.Decided]

    var groups: [CommitGroup] { decided.map(\.group) }
}
