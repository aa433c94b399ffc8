public import SomaCore

/// Is told what the engine does, for metrics and logs. Called on the engine's thread: must be quick.
public protocol EngineObserver: Sendable {
    /// Transitions became durable in one transaction.
    func committed(_ transitions: [StoredTransition], groups: Int, took: Duration)
    /// The store refused; it is tried again where that can help.
    func storeFailed(_ error: StoreError)
    /// A try of an effect ended.
    func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration)
    /// A run can't be taken up.
    func notAdopted(_ run: RunState, _ reason: String)
    /// Runs came or went, in a process that shares its store.
    func shared(_ news: LeaseNews)
}

/// How a process's part of the shared runs changed.
public enum LeaseNews: Sendable, Hashable {
    /// So many runs that nobody held were taken up.
    case took(Int)
    /// So many runs are others' now: they were let go, so that each gets its share.
    case parted(Int)
    /// All leases were lost, and why.
    case lost(StoreError)
    /// So many runs that were at work here have turned out to be another process's.
    case overtaken(Int)
    /// For longer than leases last they could be neither renewed nor taken anew, and why. Told once a minute at most.
    case unsure(StoreError)
    /// The leases were renewed; so many runs are held, and so many processes share all runs.
    case renewed(LeaseStanding)
}

extension EngineObserver {
    /// Takes no notice.
    public func shared(_ news: LeaseNews) {}
}

/// Takes no notice.
public struct SilentObserver: EngineObserver {
    /// Creates an observer.
    public init() {}
    /// Takes no notice.
    public func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {}
    /// Takes no notice.
    public func storeFailed(_ error: StoreError) {}
    /// Takes no notice.
    public func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {}
    /// Takes no notice.
    public func notAdopted(_ run: RunState, _ reason: String) {}
}
