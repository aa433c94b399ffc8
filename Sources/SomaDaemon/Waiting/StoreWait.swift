import Logging
import ServiceLifecycle
import SomaEngine
import SomaGateway
import Synchronization

/// Tries to open a store whose server is away, ever more slowly, until it is there, can't ever be opened as it is set, or
/// the process is told to end.
final class StoreWait: Service {
    private static let waitMin: Duration = .milliseconds(200)
    private static let waitMax: Duration = .seconds(5)
    /// The same reason isn't told again for so long.
    private static let repeatInterval: Duration = .seconds(60)

    private let open: @Sendable () async throws(StoreError) -> any DaemonStore
    private let absent: AbsentStore
    private let readiness: Readiness
    private let logger: Logger
    private let found = Mutex<(any DaemonStore)?>(nil)

    /// - Parameters:
    ///   - reason: Why the first try failed.
    ///   - readiness: Is told why it takes so long.
    init(
        _ reason: StoreError,
        readiness: Readiness,
        logger: Logger,
        open: @escaping @Sendable () async throws(StoreError) -> any DaemonStore
    ) {
        absent = AbsentStore(reason)
        self.readiness = readiness
        self.logger = logger
        self.open = open
        tell(reason)
    }

    /// What is served meanwhile.
    var standIn: any EventStore & ConversationStore { absent }

    /// The store; `nil` where the process was told to end before it was there.
    var store: (any DaemonStore)? { found.withLock { $0 } }

    func run() async throws {
        let began = ContinuousClock.now
        let failure = await cancelWhenGracefulShutdown { await self.tryAgain() }
        if let failure { throw DaemonError(failure.description) }
        guard store != nil else { return }
        logger.notice("The store is there, after \((ContinuousClock.now - began).components.seconds) s.")
    }

    /// - Returns: Why no further try is worth making, if so.
    private func tryAgain() async -> StoreError? {
        var wait = Self.waitMin
        var said = (words: "", at: ContinuousClock.now)
        while true {
            let error = absent.why
            if said.words != error.description || ContinuousClock.now - said.at > Self.repeatInterval {
                said = (error.description, ContinuousClock.now)
                logger.warning("Waiting for the store, and trying again by itself: \(error)")
            }
            // Never all processes of a cluster at once.
            do { try await Task.sleep(for: wait * Double.random(in: 0.5...1)) } catch { return nil }
            wait = min(wait * 2, Self.waitMax)
            do throws(StoreError) {
                let store = try await open()
                if Task.isCancelled {
                    try? await store.close()
                } else {
                    found.withLock { $0 = store }
                }
                return nil
            } catch {
                if Task.isCancelled { return nil }
                guard error.isPassing else { return error }
                absent.why = error
                tell(error)
            }
        }
    }

    private func tell(_ error: StoreError) {
        let words = "waiting for the store: \(error)"
        readiness.state = .starting(words)
        readiness.trouble = words
    }
}
