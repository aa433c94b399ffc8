package import SomaEngine
package import SomaSettings

extension KafkaOptions {
    /// What the settings under `kafka.` say; `nil` where they name no broker.
    package init?(_ settings: Settings) throws(BusError) {
        guard !settings.kafkaBrokers.isEmpty else { return nil }
        var brokers: [String] = []
        for endpoint in settings.kafkaBrokers {
            guard case .tcp(_, let port) = endpoint, port > 0 else {
                throw Self.refused("kafka.brokers: a broker is HOST:PORT, not \(endpoint).")
            }
            brokers.append(endpoint.description)
        }
        self.init(brokers: brokers)
        usesTLS = settings.kafkaTLS
        authorityFile = settings.kafkaText("tls_ca")
        certificateFile = settings.kafkaText("tls_certificate")
        keyFile = settings.kafkaText("tls_key")
        compression = settings.kafkaText("compression").flatMap(Compression.init(rawValue:)) ?? compression
        assignment = settings.kafkaText("assignment").flatMap(Assignment.init(rawValue:)) ?? assignment
        messageBytesMax = settings.kafkaMessageBytes
        sessionTimeout = settings.kafkaSessionTimeout
        login = try Self.login(settings)
        // Kafka's own rule; the longest name that follows has 40 characters, and 249 are the most.
        let prefix = settings.kafkaTopicPrefix
        guard prefix.utf8.count <= 200, !prefix.contains(/[^A-Za-z0-9._-]/) else {
            throw Self.refused(
                "kafka.topic_prefix: a topic's name has letters, digits, dots, dashes and underscores, and the prefix at "
                    + "most 200 of them."
            )
        }
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw Self.refused("kafka.tls_certificate and kafka.tls_key go together: set both or none.")
        }
    }

    private static func login(_ settings: Settings) throws(BusError) -> Login? {
        guard let mechanism = settings.kafkaText("login").flatMap(Login.Mechanism.init(rawValue:)) else {
            return nil
        }
        let secret: Secret?
        do throws(SettingsError) {
            secret = try settings.secret("kafka.password")
        } catch {
            throw refused(error.description)
        }
        guard let user = settings.kafkaText("user"), let secret else {
            throw refused("kafka.login \(mechanism.rawValue) needs kafka.user and kafka.password.")
        }
        return secret.withExposedValue { Login(mechanism, user: user, password: $0) }
    }

    private static func refused(_ text: String) -> BusError { BusError(.configuration, text) }
}

extension KafkaAdmin.NewTopics {
    /// What the settings say about topics that are missing.
    package init(_ settings: Settings) {
        self.init(
            partitions: settings.kafkaPartitions,
            replicas: settings.kafkaReplicas ?? -1,
            mayCreate: settings.kafkaCreatesTopics
        )
    }
}
