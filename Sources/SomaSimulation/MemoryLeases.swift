import SomaCore
import SomaEngine
import Synchronization

/// Who holds which run of a store in memory.
struct MemoryLeases {
    private struct Holding {
        var epoch: Int64
        var replica: Int?
    }

    private var replicas: [Int: ContinuousClock.Instant] = [:]
    private var holdings: [RunID: Holding] = [:]
    private var joined = 0

    /// A new replica that holds nothing yet.
    mutating func join(until end: ContinuousClock.Instant) -> Int {
        joined += 1
        replicas[joined] = end
        return joined
    }

    /// Whether a replica may go on.
    mutating func renew(_ replica: Int, until end: ContinuousClock.Instant) -> Bool {
        guard replicas[replica] != nil else { return false }
        replicas[replica] = end
        return true
    }

    mutating func leave(_ replica: Int) { replicas[replica] = nil }

    /// How a replica stands among those alive.
    func standing(_ replica: Int, unfinished: [RunID]) -> LeaseStanding {
        let alive = replicas.keys.sorted()
        let place = alive.firstIndex(of: replica) ?? 0
        let extra = place < unfinished.count % max(1, alive.count) ? 1 : 0
        let due = replicas.filter { $0.key != replica }.values.min()
        return LeaseStanding(
            held: unfinished.count { holdings[$0]?.replica == replica },
            fair: unfinished.count / max(1, alive.count) + extra,
            replicas: alive.count,
            due: due.map { $0 - .now }
        )
    }

    /// Takes families, oldest first, for a replica that is alive.
    ///
    /// - Returns: What was taken, and whether each had been let go in order.
    mutating func claim(_ families: [[RunID]], unfinished: [RunID], as replica: Int, limit: Int) -> [(
        run: RunID, isHandedOver: Bool
    )] {
        let now = ContinuousClock.now
        replicas = replicas.filter { $0.value > now }
        guard replicas[replica] != nil else { return [] }
        let standing = standing(replica, unfinished: unfinished)
        var room = min(limit, standing.room)
        var taken: [(run: RunID, isHandedOver: Bool)] = []
        for family in families {
            guard room > 0 else { break }
            guard family.allSatisfy({ (holdings[$0]?.replica).map { replicas[$0] == nil } ?? true }) else {
                continue
            }
            let epoch = (family.compactMap { holdings[$0]?.epoch }.max() ?? 1) + 1
            for run in family {
                taken.append((run, holdings[run].map { $0.replica == nil } ?? false))
                holdings[run] = Holding(epoch: epoch, replica: replica)
            }
            room -= family.count
        }
        return taken
    }

    mutating func release(_ runs: [RunID], by replica: Int) {
        for run in runs where holdings[run]?.replica == replica { holdings[run]?.replica = nil }
    }

    func epoch(of run: RunID) -> Int64 { holdings[run]?.epoch ?? 0 }

    /// Whether a replica may append to a run; one that begins is its own from then on.
    mutating func admits(_ run: RunID, replica: Int, begins: Bool, hasEnded: Bool) -> Bool {
        if begins, holdings[run] == nil {
            holdings[run] = Holding(epoch: 1, replica: replica)
            return true
        }
        return hasEnded || holdings[run]?.replica == replica
    }
}

/// As whom a replica in memory holds runs, and until when.
final class MemoryStanding: Sendable {
    private let state = Mutex<(replica: Int, until: ContinuousClock.Instant?)>((0, nil))

    var replica: Int { state.withLock { $0.replica } }
    var isValid: Bool { state.withLock { ($0.until ?? .now) > .now } }

    func set(_ replica: Int, until: ContinuousClock.Instant) { state.withLock { $0 = (replica, until) } }
    func end() { state.withLock { $0 = (0, nil) } }
}
