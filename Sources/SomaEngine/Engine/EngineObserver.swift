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
