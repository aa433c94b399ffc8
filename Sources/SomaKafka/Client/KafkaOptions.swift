/// How to reach a cluster, and as whom.
package struct KafkaOptions: Sendable {
    /// Where to ask first, `host:port` each; they name the rest of the cluster.
    package var brokers: [String]
    /// The name that brokers log.
    package var clientID = "soma"
    /// `nil`: for brokers that aren't this machine.
    package var usesTLS: Bool?
    /// A file with the certificates to trust; the system's where there is none.
    package var authorityFile: String?
    /// The client's own certificate and its key, as PEM.
    package var certificateFile: String?
    package var keyFile: String?
    package var login: Login?
    package var compression = Compression.lz4
    /// The largest message that is sent.
    package var messageBytesMax = 10 << 20
    /// How a group shares partitions out.
    package var assignment = Assignment.cooperative
    /// How long questions to the cluster may take.
    package var requestTimeout: Duration = .seconds(10)
    /// How long the first question to a cluster may take while nothing has answered yet; `nil`: as any other. For those whom a
    /// person waits for: a port that speaks no Kafka may stay silent.
    package var firstAnswerLimit: Duration?
    /// What a person is let wait for a first answer.
    package static let patience = Duration.seconds(4)
    /// How long a member may be silent before its partitions are given to others.
    package var sessionTimeout: Duration = .seconds(10)

    package init(brokers: [String]) { self.brokers = brokers }

    /// A name and a password.
    package struct Login: Sendable {
        package enum Mechanism: String, Sendable, CaseIterable {
            case plain
            case scramSHA256 = "scram-sha-256"
            case scramSHA512 = "scram-sha-512"
        }

        let mechanism: Mechanism
        let user: String
        let password: String

        package init(_ mechanism: Mechanism, user: String, password: String) {
            self.mechanism = mechanism
            self.user = user
            self.password = password
        }
    }

    package enum Compression: String, Sendable, CaseIterable {
        case none, lz4, zstd, gzip, snappy
    }

    package enum Assignment: String, Sendable, CaseIterable {
        /// Members keep what they have, and give up only what others are to have. All members must use it.
        case cooperative
        /// Everybody gives everything up, and the partitions of a topic are shared out in ranges.
        case range
        /// The same, one partition after the other.
        case roundrobin
    }

    /// The brokers as one text.
    package var address: String { brokers.joined(separator: ",") }
}

extension KafkaOptions: CustomStringConvertible, CustomReflectable {
    package var description: String { address }
    /// Dumps show the address and no password.
    package var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

// MARK: As librdkafka reads it

/// A property of librdkafka, and the setting that it comes from.
struct KafkaProperty: Hashable {
    let name: String
    let value: String
    let setting: String

    init(_ name: String, _ value: String, from setting: String = "") {
        self.name = name
        self.value = value
        self.setting = setting
    }
}

extension KafkaOptions {
    /// What every client of the cluster needs.
    var properties: [KafkaProperty] {
        var list = [
            KafkaProperty("bootstrap.servers", address, from: "kafka.brokers"),
            KafkaProperty("client.id", clientID),
            KafkaProperty("log.queue", "true"),
            // Brokers close idle connections all day.
            KafkaProperty("log.connection.close", "false"),
            KafkaProperty("socket.keepalive.enable", "true"),
            // A broker that comes back is noticed within this.
            KafkaProperty("reconnect.backoff.max.ms", "2000"),
            KafkaProperty("message.max.bytes", "\(messageBytesMax)", from: "kafka.message_bytes"),
            KafkaProperty(
                "security.protocol",
                "\(login == nil ? "" : "sasl_")\(needsTLS ? "ssl" : "plaintext")",
                from: "kafka.tls"
            ),
        ]
        if needsTLS {
            list.append(KafkaProperty("ssl.endpoint.identification.algorithm", "https"))
            for (name, value, setting) in [
                ("ssl.ca.location", authorityFile, "kafka.tls_ca"),
                ("ssl.certificate.location", certificateFile, "kafka.tls_certificate"),
                ("ssl.key.location", keyFile, "kafka.tls_key"),
            ] {
                if let value { list.append(KafkaProperty(name, value, from: setting)) }
            }
        }
        if let login {
            list += [
                KafkaProperty(
                    "sasl.mechanisms",
                    login.mechanism.rawValue.uppercased(),
                    from: "kafka.login"
                ),
                KafkaProperty("sasl.username", login.user, from: "kafka.user"),
                KafkaProperty("sasl.password", login.password, from: "kafka.password"),
            ]
        }
        return list
    }

    /// Words and passwords leave this machine only under TLS, unless somebody says otherwise.
    private var needsTLS: Bool { usesTLS ?? !brokers.allSatisfy(Self.isLocal) }

    private static func isLocal(_ broker: String) -> Bool {
        let host = broker.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.") || broker.hasPrefix("[::1]")
    }
}
