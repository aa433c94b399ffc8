public import SomaCore

/// The leases of a process that has its store alone, as with SQLite: it holds every run from the start, for good.
public struct SoleHolder: RunLeases {
    /// Creates it.
    public init() {}

    /// Nobody else sees it.
    public var name: String { "" }
    /// Nothing runs out.
    public var time: Duration { .seconds(3600) }
    /// What is held is held for good.
    public var isValid: Bool { true }
    /// Nobody else is there.
    public var isShared: Bool { false }

    /// Everything is held already.
    public func claim(limit: Int) async throws(StoreError) -> [RunLease] { [] }
    /// Nobody is to get a share.
    public func renew() async throws(StoreError) -> LeaseStanding {
        LeaseStanding(held: 0, fair: 0, replicas: 1)
    }
    /// Nobody would take them.
    public func release(_ runs: [RunID]) async throws(StoreError) {}
    /// Nothing was lost.
    public func rejoin() async throws(StoreError) {}
    /// The store is closed by whoever opened it.
    public func leave() async {}
}
