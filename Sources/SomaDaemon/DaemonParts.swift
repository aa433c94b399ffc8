import ServiceLifecycle
import SomaEngine
import SomaPostgres
import SomaSettings

/// What works together in one process.
struct DaemonParts: Sendable {
    /// Decides about runs; `nil` in a process that doesn't.
    var engine: Engine?
    /// What the gateway asks.
    var client: any EngineClient
    /// Keeps it all at work until the process ends.
    var work: any Service
    /// Works beside it.
    var beside: (any Service)?
    /// Whether others hold runs too.
    var sharesRuns = false
    /// What it needs and doesn't have just now.
    var missing: @Sendable () async -> String? = { nil }
    /// Gives up its part without having worked.
    var leave: @Sendable () async -> Void = {}
}

/// What a process has of a cluster, by its role.
struct ClusterParts: Sendable {
    let store: PostgresStore
    let name: String
    /// Follows the log for the gateway.
    let follower: LogFollower?
    /// Holds runs for the engine.
    let leases: PostgresLeases?
    let inbox: PostgresInbox
    let asker: InboxClient

    /// Joins the cluster.
    init(
        _ store: PostgresStore,
        name: String,
        settings: Settings,
        hasGateway: Bool,
        hasEngine: Bool
    ) async throws(StoreError) {
        self.store = store
        self.name = name
        follower =
            hasGateway
            ? try await LogFollower(store) { position, limit async throws(StoreError) in
                try await store.follow(after: position, limit: limit)
            } : nil
        leases =
            hasEngine
            ? try await PostgresLeases.join(store, name: name, time: settings.clusterLease) : nil
        inbox = PostgresInbox(store, leases: leases)
        asker = InboxClient(inbox, patience: settings.clusterAnswerWithin)
    }

    /// What the gateway asks: the whole cluster, or in a process without one, its own engine.
    func client(_ engine: Engine?, _ settings: Settings) -> any EngineClient {
        guard let follower else {
            guard let engine else { preconditionFailure("a process has a gateway, an engine, or both") }
            return engine
        }
        return ClusterClient(
            holder: name,
            follower: follower,
            asker: asker,
            presence: PostgresPresence(store),
            local: engine.map { ($0, settings.runsActiveMax) }
        )
    }

    /// What is missing just now, as a sentence.
    var missing: @Sendable () async -> String? {
        { [leases, follower, store] in
            if let leases, !leases.isValid {
                return
                    "The leases are over: the store at \(store.address) has not answered for \(leases.time)."
            }
            guard let silence = await follower?.silence else { return nil }
            return StoreWatch.words(silence, at: store.address)
        }
    }
}
