public import SomaCore

/// A run that this process holds.
public struct RunLease: Sendable, Hashable {
    /// The run.
    public let run: RunID
    /// How often it was taken so far; an append under a smaller one is refused.
    public let epoch: Int64
    /// Where its log ends.
    public let seq: Int
    /// Whether the one who held it before let it go in order.
    public let isHandedOver: Bool

    /// Creates a lease.
    public init(run: RunID, epoch: Int64, seq: Int, isHandedOver: Bool = false) {
        self.run = run
        self.epoch = epoch
        self.seq = seq
        self.isHandedOver = isHandedOver
    }
}

/// How a replica stands among the others.
public struct LeaseStanding: Sendable, Hashable {
    /// How many unfinished runs it holds.
    public let held: Int
    /// How many would be fair.
    public let fair: Int
    /// How many replicas are alive.
    public let replicas: Int
    /// When the next of the others is over, if it doesn't renew; `nil` where there is no other.
    public let due: Duration?

    /// Creates a standing.
    public init(held: Int, fair: Int, replicas: Int, due: Duration? = nil) {
        self.held = held
        self.fair = fair
        self.replicas = replicas
        self.due = due
    }

    /// How many it should let go, so that others get their share.
    public var surplus: Int { max(held - fair, 0) }
    /// How many more it may take.
    public var room: Int { max(fair - held, 0) }
}

/// One replica's part in sharing the unfinished runs of a store.
///
/// What is held is a whole family: a run with all that it delegated, so that parents and children are decided in the
/// same process. Who holds a run has its epoch, which rises with each taking; a store refuses an append under an older
/// one. So whoever is late writes nothing, whatever it believes: time only decides when others may take over.
public protocol RunLeases: Sendable {
    /// The name that others see.
    var name: String { get }
    /// How long a lease is good without being renewed.
    var time: Duration { get }
    /// Whether what is held is good by this process's own clock, which is never longer than others believe.
    var isValid: Bool { get }

    /// Whether others may hold runs of the same store.
    var isShared: Bool { get }

    /// Takes families that nobody holds, up to a fair share and about `limit` runs.
    ///
    /// - Returns: All runs of what was taken; nothing for a replica whose time is over.
    func claim(limit: Int) async throws(StoreError) -> [RunLease]

    /// Renews all leases.
    ///
    /// - Throws: `.locked` where its time was over; nothing is held any more then.
    func renew() async throws(StoreError) -> LeaseStanding

    /// Lets the families of runs go; others may take them at once. Nothing is to be under way for them.
    func release(_ runs: [RunID]) async throws(StoreError)

    /// Holds runs no longer, because others do.
    func forget(_ runs: [RunID])

    /// Joins anew after the leases were lost.
    func rejoin() async throws(StoreError)

    /// Lets everything go at once and is no longer counted.
    func leave() async
}

extension RunLeases {
    /// Others may.
    public var isShared: Bool { true }

    /// Where the store alone knows what is held.
    public func forget(_ runs: [RunID]) {}
}
