internal import CRdKafka
import Logging
import SomaEngine
import Synchronization

/// What a client says besides what it is for: logs, errors, statistics.
final class KafkaNotices: Sendable {
    /// The events that ``take(_:_:)`` understands.
    static let events = RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS
    /// The same words aren't logged again for this long: a broker that is away is one line, not ten a second.
    private static let repeatInterval = Duration.seconds(60)
    private static let rememberedMax = 200

    private let logger: Logger?
    private let onStatistics: (@Sendable (KafkaStatistics) -> Void)?
    private let state = Mutex(State())
    /// Of all clients: one that is opened again and again says the same each time.
    private static let said = Mutex<[String: ContinuousClock.Instant]>([:])

    private struct State {
        var problem: String?
        var isDown = false
        var hasAnswered = false
    }

    init(logger: Logger?, onStatistics: (@Sendable (KafkaStatistics) -> Void)? = nil) {
        self.logger = logger
        self.onStatistics = onStatistics
    }

    /// The last thing that went wrong with a connection.
    var problem: String? { state.withLock(\.problem) }
    /// Whether no broker was reachable when somebody last looked.
    var isDown: Bool { state.withLock(\.isDown) }

    /// Whether a broker has ever answered a question.
    var hasAnswered: Bool { state.withLock(\.hasAnswered) }

    /// The broker has answered something.
    func reached() { state.withLock { $0 = State(hasAnswered: true) } }

    /// Takes an event, and says what error it was, if one.
    func take(_ event: OpaquePointer, _ type: Int32) -> (
        code: rd_kafka_resp_err_t, text: String, isFatal: Bool
    )? {
        switch type {
        case RD_KAFKA_EVENT_LOG: log(event)
        case RD_KAFKA_EVENT_STATS:
            guard let onStatistics, let text = rd_kafka_event_stats(event),
                let statistics = KafkaStatistics(json: String(cString: text))
            else { return nil }
            onStatistics(statistics)
        case RD_KAFKA_EVENT_ERROR:
            let code = rd_kafka_event_error(event)
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            let problem = state.withLock { state in
                if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
                    state.isDown = true
                } else {
                    state.problem = text
                }
                return state.problem
            }
            // The library's own lines name neither setting nor remedy.
            if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, Self.isNew("no broker") {
                logger?.warning(
                    """
                    No Kafka broker can be reached\(problem.map { ": \($0)" } ?? ""). See that the broker runs, and that \
                    kafka.brokers names it and kafka.tls fits it. Everything goes on by itself once it answers.
                    """
                )
            }
            return (code, text, rd_kafka_event_error_is_fatal(event) != 0)
        default: break
        }
        return nil
    }

    private func log(_ event: OpaquePointer) {
        var (facility, text): (UnsafePointer<CChar>?, UnsafePointer<CChar>?)
        var severity: Int32 = 6
        guard rd_kafka_event_log(event, &facility, &text, &severity) == 0, let text else { return }
        let words = String(cString: text)
        // Times and tries in the words differ each time; what comes before them doesn't.
        guard Self.isNew(String(words.prefix { $0 != "(" })) else { return }
        // syslog's severities.
        let level: Logger.Level =
            switch severity {
            case ...2: .error
            case 3, 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        logger?.log(
            level: level,
            "\(words)",
            metadata: ["facility": "\(facility.map { String(cString: $0) } ?? "")"]
        )
    }

    private static func isNew(_ words: String) -> Bool {
        let now = ContinuousClock.now
        return said.withLock { said in
            if let last = said[words], now - last < repeatInterval { return false }
            if said.count >= rememberedMax { said = [:] }
            said[words] = now
            return true
        }
    }
}
