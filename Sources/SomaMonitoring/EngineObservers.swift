package import SomaCore
package import SomaEngine

/// Tells several who want to know.
package struct EngineObservers: EngineObserver {
    private let all: [any EngineObserver]

    /// Creates an observer that tells each of them, in order.
    package init(all: [any EngineObserver]) { self.all = all }

    package func committed(_ transitions: [StoredTransition], groups: Int, took: Duration) {
        for one in all { one.committed(transitions, groups: groups, took: took) }
    }

    package func storeFailed(_ error: StoreError) { for one in all { one.storeFailed(error) } }

    package func effectEnded(_ call: EffectCall, _ result: EffectResult, took: Duration) {
        for one in all { one.effectEnded(call, result, took: took) }
    }

    package func notAdopted(_ run: RunState, _ reason: String) {
        for one in all { one.notAdopted(run, reason) }
    }

    package func shared(_ news: LeaseNews) { for one in all { one.shared(news) } }
}
