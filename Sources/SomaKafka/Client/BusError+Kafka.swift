internal import CRdKafka
import SomaEngine

extension BusError {
    /// What librdkafka's codes mean for whoever set it up.
    ///
    /// - Parameters:
    ///   - action: What failed, on what: `send to the topic orders`.
    ///   - detail: librdkafka's own words, where it has more than the code's.
    static func of(
        _ code: rd_kafka_resp_err_t,
        while action: String,
        at address: String,
        detail: String? = nil
    ) -> BusError {
        let words = detail.flatMap { $0.isEmpty ? nil : plain($0) } ?? self.words(code)
        let message = "Could not \(action) at Kafka (\(address)): \(words)."
        if let refusal = handshake(detail ?? "", message) { return refusal }
        if let stranger = stranger(detail ?? "", action, address) { return stranger }
        if let flood = flood(words, action, address) { return flood }
        return switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
            BusError(
                .unavailable,
                message,
                hint: "See that the broker runs, and that kafka.brokers names it and kafka.tls fits it."
            )
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
            BusError(
                .unavailable,
                message,
                hint: "Fewer brokers are up than the topic's min.insync.replicas."
            )
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            BusError(.missingTopic, message, hint: "Create the topic, or set kafka.create_topics to true.")
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            BusError(
                .tooLarge,
                message,
                hint:
                    "Raise kafka.message_bytes, the topic's max.message.bytes or the broker's message.max.bytes."
            )
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            BusError(.refused, message, hint: loginHint)
        case RD_KAFKA_RESP_ERR__SSL: BusError(.refused, message, hint: tlsHint(""))
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            BusError(.refused, message, hint: "Give the broker's user kafka.user the right, or do it for it.")
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__DESTROY:
            BusError(.closed, "Could not \(action) at Kafka (\(address)): the client was closed.")
        case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__INCONSISTENT,
            RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
            RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
            RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
            BusError(
                .configuration,
                message,
                hint: code == RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL
                    ? "All members of a group need the same kafka.assignment."
                    : "Look at the settings under kafka."
            )
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED:
            BusError(.fatal, message, hint: "The client is opened anew.")
        default: BusError(.broker, message)
        }
    }

    /// A code in words. librdkafka's own name no cause where a port takes connections and nothing ever comes from it.
    private static func words(_ code: rd_kafka_resp_err_t) -> String {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT:
            "no broker answers"
        default: String(cString: rd_kafka_err2str(code))
        }
    }

    private static let loginHint = "Check kafka.login, kafka.user and kafka.password."

    /// librdkafka's words without how long and how often: the same trouble is told in the same words.
    private static func plain(_ words: String) -> String {
        guard let start = words.firstRange(of: " (after ")?.lowerBound, words.hasSuffix(")") else {
            return words
        }
        return String(words[..<start])
    }

    /// What went wrong before a broker said anything: librdkafka has one code for it all, and tells it apart in words.
    private static func handshake(_ words: String, _ message: String) -> BusError? {
        let words = words.lowercased()
        // The broker's address may have "sasl" in it, too.
        if words.contains("sasl authentication") || words.contains("sasl handshake") {
            return BusError(.refused, message, hint: loginHint)
        }
        guard words.contains(/ssl.handshake|ssl routines|certificate/) else { return nil }
        return BusError(.refused, message, hint: tlsHint(words))
    }

    /// What answers there isn't Kafka: librdkafka takes the first four bytes of its answer for a size.
    private static func stranger(_ words: String, _ action: String, _ address: String) -> BusError? {
        func told(_ what: String, _ hint: String) -> BusError {
            BusError(.unavailable, "Could not \(action) at Kafka (\(address)): \(what).", hint: hint)
        }
        guard let size = words.firstMatch(of: /Invalid response size (-?[0-9]+)\s/).flatMap({ Int($0.1) })
        else { return nil }
        // Of several brokers it is the one that the words begin with: `plaintext://host:port/bootstrap: …`.
        let place = words.firstMatch(of: /:\/\/([^\/\s]+)\//).map { String($0.1) } ?? address
        switch size >> 16 {
        // "HTTP", with which an HTTP server's answer begins.
        case _ where size == 0x4854_5450:
            return told(
                "an HTTP server answers at \(place), and no Kafka broker",
                "Name in kafka.brokers the port at which the broker speaks Kafka, often 9092."
            )
        // A record of TLS: an alert or a handshake, and a version that begins with 3.
        case 0x1503, 0x1603:
            return told(
                "\(place) speaks TLS, and was asked without it",
                "Set kafka.tls to on, or name in kafka.brokers a port without TLS."
            )
        // No size at all, or too much for the first answer on a connection, which is small.
        case _ where size < 0 || words.contains("APIVERSION"):
            return told(
                "what answers at \(place) is no Kafka broker",
                "See that kafka.brokers names the port where the broker speaks Kafka, and that kafka.tls fits it."
            )
        default: return nil
        }
    }

    /// An answer that is larger than a client takes. librdkafka drops the connection, and asks the same again on the next.
    private static func flood(_ words: String, _ action: String, _ address: String) -> BusError? {
        guard let sizes = words.firstMatch(of: /Invalid response size (-?[0-9]+) \(0\.\.([0-9]+)\)/) else {
            return nil
        }
        return BusError(
            .tooLarge,
            "Could not \(action) at Kafka (\(address)): it answered with \(sizes.1) bytes at once, and at most \(sizes.2) are "
                + "taken.",
            hint:
                "This broker sends more than it is asked for. Begin nearer to the topic's end (soma tail --from -20, or "
                + ":from -20 in the console), or keep less in each partition."
        )
    }

    private static func tlsHint(_ words: String) -> String {
        // A wrong name and a wrong authority are one to librdkafka.
        guard words.contains("certificate") else {
            return "See that the broker's port speaks TLS, or set kafka.tls to off."
        }
        return
            "Name in kafka.tls_ca the certificate of whoever signed the broker's, see that it hasn't expired, and "
            + "write the host in kafka.brokers, and in the broker's advertised.listeners, as it stands there."
    }

    static func closed(_ action: String) -> BusError {
        BusError(.closed, "Could not \(action) at Kafka: the client was closed, or the task cancelled.")
    }
}
