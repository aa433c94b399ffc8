import Logging
import ServiceLifecycle

/// Says once when something about the store's server is not as it should be, and when it is again: what was right at
/// the start may change while the process runs.
struct WarningWatch: Service {
    private let logger: Logger
    private let interval: Duration
    private let over: String
    private let warning: @Sendable () async throws -> String?

    /// - Parameters:
    ///   - interval: How often is looked.
    ///   - over: What is said when there is nothing to warn of any more.
    ///   - warning: What to say now; nothing where all is well. Throws where nothing can be known.
    init(
        _ logger: Logger,
        every interval: Duration,
        over: String,
        warning: @escaping @Sendable () async throws -> String?
    ) {
        self.logger = logger
        self.interval = interval
        self.over = over
        self.warning = warning
    }

    func run() async throws { await cancelWhenGracefulShutdown { await watch() } }

    private func watch() async {
        var isSaid = false
        while !Task.isCancelled {
            do {
                let words = try await warning()
                if let words, !isSaid { logger.warning("\(words)") }
                if words == nil, isSaid { logger.notice("\(over)") }
                isSaid = words != nil
            } catch {
                // That the store is away is said elsewhere.
            }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }
}
