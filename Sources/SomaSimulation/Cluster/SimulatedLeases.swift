import SomaCore
import SomaEngine

/// Who holds which run, as the server has it: by the server's clock, which is the simulation's.
struct SimulatedLeases {
    struct Holding: Hashable {
        var epoch: Int64
        var replica: Int?
    }

    /// How long a lease is good, in microseconds.
    static let time: Int64 = 5_000_000

    private var replicas: [Int: Int64] = [:]
    private(set) var holdings: [RunID: Holding] = [:]
    /// Of the runs that were taken, those that had been let go in order.
    private(set) var handedOver: Set<RunID> = []
    private var joined = 0

    mutating func join(at now: Int64) -> Int {
        joined += 1
        replicas[joined] = now + Self.time
        return joined
    }

    /// Whether it may go on: as long as nobody has buried it.
    mutating func renew(_ replica: Int, at now: Int64) -> Bool {
        guard replicas[replica] != nil else { return false }
        replicas[replica] = now + Self.time
        return true
    }

    mutating func leave(_ replica: Int) { replicas[replica] = nil }

    func isAlive(_ replica: Int?) -> Bool { replica.map { replicas[$0] != nil } ?? false }

    func holder(of run: RunID) -> Int? {
        guard let replica = holdings[run]?.replica, replicas[replica] != nil else { return nil }
        return replica
    }

    /// How many runs each of those alive would have.
    func fair(_ unfinished: Int) -> Int { (unfinished + replicas.count - 1) / max(1, replicas.count) }

    /// Takes whole families for a replica that is alive, up to a fair share.
    mutating func claim(_ families: [[RunID]], as replica: Int, at now: Int64) -> [RunID: Int64] {
        replicas = replicas.filter { $0.value > now }
        guard replicas[replica] != nil else { return [:] }
        let all = families.flatMap(\.self)
        var room = fair(all.count) - all.count { holdings[$0]?.replica == replica }
        var taken: [RunID: Int64] = [:]
        for family in families where room > 0 && family.allSatisfy({ holder(of: $0) == nil }) {
            let epoch = (family.compactMap { holdings[$0]?.epoch }.max() ?? 1) + 1
            for run in family {
                if let old = holdings[run], old.replica == nil {
                    handedOver.insert(run)
                } else {
                    handedOver.remove(run)
                }
                holdings[run] = Holding(epoch: epoch, replica: replica)
                taken[run] = epoch
            }
            room -= family.count
        }
        return taken
    }

    mutating func release(_ runs: [RunID], by replica: Int) {
        for run in runs where holdings[run]?.replica == replica { holdings[run]?.replica = nil }
    }

    /// A run begins under its family's epoch.
    mutating func begin(_ run: RunID, epoch: Int64, replica: Int) {
        holdings[run] = Holding(epoch: epoch, replica: replica)
    }
}
