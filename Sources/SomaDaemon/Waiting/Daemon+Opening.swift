import Glibc
import ServiceLifecycle
import SomaCore
import SomaEngine
import SomaGateway
import SomaSettings

/// How the daemon comes to its store.
extension Daemon {
    /// Opens the store. Where its server is away, that is said and tried again until it is there; meanwhile the daemon
    /// answers at its addresses that it isn't ready, and why.
    ///
    /// A check fails at once, and so does a daemon that was started for one command: whoever gave it is waiting.
    ///
    /// - Returns: `nil` where the daemon was told to end meanwhile.
    func openStore(_ metrics: DaemonMetrics) async throws(DaemonError) -> (any DaemonStore)? {
        let open: @Sendable () async throws(StoreError) -> any DaemonStore = {
            [settings, folder, options] () async throws(StoreError) -> any DaemonStore in
            try await DaemonStores.open(settings, folder, checksOnly: options.checksOnly)
        }
        let reason: StoreError
        do throws(StoreError) {
            return try await open()
        } catch {
            guard error.isPassing, !options.checksOnly, !options.lingers else {
                throw DaemonError(error.description)
            }
            reason = error
        }
        let readiness = Readiness()
        let wait = StoreWait(reason, readiness: readiness, logger: logger, open: open)
        let gateway = door(wait, readiness, metrics)
        try await listen(gateway)
        let failure = await serve([
            GatewayService(gateway: gateway, readiness: readiness), wait, EndingService(ending: ending),
        ])
        if let failure, !Task.isCancelled { throw failure }
        return wait.store
    }

    /// What is served while the store is away: how the daemon is, and to everything else why not.
    private func door(_ wait: StoreWait, _ readiness: Readiness, _ metrics: DaemonMetrics) -> Gateway {
        let hasher = KeyedContentHasher(secret: [])
        let services = GatewayServices(
            engine: IdleEngine(holder: name),
            store: wait.standIn,
            roles: roles,
            readiness: readiness,
            about: about(store: DaemonStores.place(settings, folder)),
            metrics: { metrics.answer(to: $0, of: Fleet()) },
            observer: metrics,
            conversations: ConversationServices(
                store: wait.standIn,
                hasher: hasher,
                feed: ConversationFeed(),
                posted: { _, _ in }
            )
        )
        var bounds = GatewayOptions()
        // It may take long; whoever asks is told at once.
        bounds.readyWithin = .zero
        return Gateway(services, options: bounds, logger: logger)
    }
}
