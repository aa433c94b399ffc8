import Logging
import SomaTelemetry
import SomaTracing
import Synchronization

/// What becomes of spans, as metrics and in the log.
final class TracingMetrics: SpanExportObserver {
    /// What is wrong isn't told again for so long.
    private static let repeatInterval = Duration.seconds(60)

    private let registry: MetricsRegistry
    private let logger: Logger
    private let said = Mutex<(words: String, at: ContinuousClock.Instant)?>(nil)

    init(_ registry: MetricsRegistry, _ logger: Logger) {
        self.registry = registry
        self.logger = logger
        registry.counter(SomaMetrics.spansExported).increment(by: Int64(0))
        // There from the start, so that the first time that one happens is an increase.
        for reason in SpanDropReason.allCases { dropped(0, reason) }
    }

    func exported(_ count: Int) { registry.counter(SomaMetrics.spansExported).increment(by: Int64(count)) }

    func dropped(_ count: Int, _ reason: SpanDropReason) {
        registry.counters(SomaMetrics.spansDropped)[reason.rawValue].increment(by: Int64(count))
    }

    func hasTrouble(_ words: String) {
        let now = ContinuousClock.now
        let isNew = said.withLock { said in
            if let last = said, last.words == words, now - last.at < Self.repeatInterval { return false }
            said = (words, now)
            return true
        }
        if isNew { logger.warning("Traces: \(words)") }
    }
}
