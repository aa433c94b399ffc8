import Logging
import ServiceLifecycle

/// Says when the clocks of the store's server and of this machine have gone apart, and when they are together again: a
/// clock may be set while the process runs.
struct ClockWatch: Service {
    private let logger: Logger
    private let interval: Duration
    private let warning: @Sendable () async throws -> String?

    /// - Parameters:
    ///   - interval: How often is looked.
    ///   - warning: What to say now; nothing where they are together. Throws where the server can't be asked.
    init(
        _ logger: Logger,
        every interval: Duration = .seconds(60),
        warning: @escaping @Sendable () async throws -> String?
    ) {
        self.logger = logger
        self.interval = interval
        self.warning = warning
    }

    func run() async throws { await cancelWhenGracefulShutdown { await watch() } }

    private func watch() async {
        var isApart = false
        while !Task.isCancelled {
            do {
                let words = try await warning()
                if let words, !isApart { logger.warning("\(words)") }
                if words == nil, isApart {
                    logger.notice("The clocks of the store's server and of this machine are together again.")
                }
                isApart = words != nil
            } catch {
                // That the store is away is said elsewhere; of the clocks nothing is known.
            }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }
}
