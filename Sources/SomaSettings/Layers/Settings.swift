/// The settings in force, each with where it came from.
public struct Settings: Sendable {
    /// A value and its origin.
    public struct Entry: Sendable, Hashable {
        /// The row of the table.
        public let definition: SettingDefinition
        /// The value in force.
        public let value: SettingValue
        /// Where it came from.
        public let origin: SettingOrigin
    }

    /// Every setting, in the order of the table.
    public let entries: [Entry]
    /// What is odd but no error, such as a `SOMA_` variable that means nothing; one line each.
    public private(set) var warnings: [String]
    private let environment: [String: String]

    init(entries: [Entry], warnings: [String], environment: [String: String]) {
        self.entries = entries
        self.warnings = warnings
        self.environment = environment
        self.warnings += beyondLease
    }

    /// The value and origin of a key.
    /// - Parameter key: A key of the table; anything else is a mistake in the program.
    public func entry(_ key: String) -> Entry {
        guard let entry = entries.first(where: { $0.definition.key == key }) else {
            preconditionFailure("the table of settings has no row \(key)")
        }
        return entry
    }

    /// Fetches the secret that a key refers to; nil where none is set. Blocks on the disk.
    /// - Throws: `SettingsError`, naming the key and where it was set.
    public func secret(_ key: String) throws(SettingsError) -> Secret? {
        let entry = entry(key)
        guard case .secret(let reference) = entry.value else { return nil }
        do {
            return try reference.resolve(environment: environment)
        } catch {
            throw SettingsError(
                kind: error.kind,
                summary: "\(key) (\(entry.origin)): \(error.summary)",
                hint: error.hint
            )
        }
    }

    /// The settings as `soma config show` prints them.
    /// - Parameters:
    ///   - showsOrigin: Adds where each value came from.
    ///   - found: What is worked out, by key, where nothing is set.
    public func table(showsOrigin: Bool, found: [String: String] = [:]) -> String {
        let rows = entries.map { entry in
            let key = entry.definition.key
            let text = entry.value == .absent ? found[key].map(Quoted.visible) : nil
            return (key: key, value: text ?? entry.value.description, origin: entry.origin.description)
        }
        let keyWidth = rows.map(\.key.count).max() ?? 0
        let valueWidth = rows.map(\.value.count).max() ?? 0
        return rows.map { row in
            let key = row.key + String(repeating: " ", count: keyWidth - row.key.count)
            guard showsOrigin else { return "\(key)  \(row.value)\n" }
            let value = row.value + String(repeating: " ", count: valueWidth - row.value.count)
            return "\(key)  \(value)  \(row.origin)\n"
        }.joined()
    }
}

extension Settings {
    /// Folder of the daemon's data as set; nil for the default place.
    public var dataFolder: String? { text("data_dir") }
    /// Where to listen as set; empty for the default socket.
    public var listen: [Endpoint] { endpoints("listen") }
    /// The store as set, `sqlite:` with an absolute path, or `postgres://` with its password; nil for the default.
    public var store: String? { text("store") }
    /// Most connections to Postgres.
    public var postgresPoolSize: Int { integer("postgres.pool_size") }
    /// How long something waits for a free connection to Postgres.
    public var postgresAcquireTimeout: Duration { duration("postgres.acquire_timeout") }
    /// How long a Postgres server may take to accept a connection.
    public var postgresConnectTimeout: Duration { duration("postgres.connect_timeout") }
    /// Largest transition, state or text that is kept in Postgres.
    public var postgresValueBytes: Int { byteSize("postgres.value_bytes_max") }
    /// Which processes belong together on a store that they share.
    public var clusterName: String { text("cluster.name") ?? "soma" }
    /// After how long without a sign of life others take over a process's runs.
    public var clusterLease: Duration { duration("cluster.lease") }
    /// How long a gateway waits for an orchestrator's answer.
    public var clusterAnswerWithin: Duration { duration("cluster.answer_within") }
    /// The Kafka brokers to ask first, as set.
    public var kafkaBrokers: [Endpoint] { endpoints("kafka.brokers") }
    /// What the names of topics and groups in Kafka begin with.
    public var kafkaTopicPrefix: String { text("kafka.topic_prefix") ?? "" }
    /// Whether missing topics are made.
    public var kafkaCreatesTopics: Bool { entry("kafka.create_topics").value == .boolean(true) }
    /// Partitions of topics that are made.
    public var kafkaPartitions: Int { integer("kafka.partitions") }
    /// Copies of topics that are made; nil for the cluster's default.
    public var kafkaReplicas: Int? {
        guard case .integer(let value) = entry("kafka.replicas").value else { return nil }
        return value
    }
    /// Whether Kafka is spoken to with TLS; nil where it depends on the brokers.
    public var kafkaTLS: Bool? { ["on": true, "off": false][text("kafka.tls") ?? ""] }
    /// A word or path of the settings of Kafka, by its key without `kafka.`.
    public func kafkaText(_ key: String) -> String? { text("kafka.\(key)") }
    /// Largest message that is sent to Kafka.
    public var kafkaMessageBytes: Int { byteSize("kafka.message_bytes") }
    /// How long a member of a group may be silent.
    public var kafkaSessionTimeout: Duration { duration("kafka.session_timeout") }
    /// Where Redis is; nil for none.
    public var redisAddress: String? { text("redis.url") }
    /// The file of the certificate that a Redis server's must be signed by.
    public var redisAuthorities: String? { text("redis.tls_ca") }
    /// How long a call to Redis waits.
    public var redisTimeout: Duration { duration("redis.timeout") }
    /// Least severe level that is written.
    public var logLevel: String { text("log.level") ?? "info" }
    /// Whether log records are JSON lines.
    public var logsJSON: Bool { text("log.format") == "json" }
    /// Base address of the Prometheus server that the console asks; nil for none.
    public var prometheusAddress: String? { text("prometheus.url") }
    /// The name to log in to Prometheus with.
    public var prometheusUser: String? { text("prometheus.user") }
    /// The file of the certificate that a Prometheus server's must be signed by.
    public var prometheusAuthorities: String? { text("prometheus.tls_ca") }
    /// Where to serve metrics besides the daemon's listeners.
    public var metrics: Endpoint? { endpoints("metrics").first }
    /// Base address of the Jaeger that the console looks at; nil for none.
    public var jaegerAddress: String? { text("jaeger.url") }
    /// The collector of traces; nil for none.
    public var tracingEndpoint: String? { text("tracing.endpoint") }
    /// A word or path of the settings of traces, by its key without `tracing.`.
    public func tracingText(_ key: String) -> String? { text("tracing.\(key)") }
    /// The share of traces that is exported whatever becomes of them.
    public var tracingSample: Double {
        guard case .share(let value) = entry("tracing.sample").value else { return 1 }
        return value
    }
    /// Whether a run outside that share is exported where something was wrong.
    public var tracesTail: Bool { entry("tracing.tail").value == .boolean(true) }
    /// From how long on a run is slow; nil for never.
    public var tracingSlow: Duration? {
        guard case .duration(let value) = entry("tracing.slow").value else { return nil }
        return value
    }
    /// Whether requests to the gateway are spans.
    public var tracesRequests: Bool { entry("tracing.requests").value == .boolean(true) }
    /// Whether commits are spans.
    public var tracesCommits: Bool { entry("tracing.commits").value == .boolean(true) }
    /// Base address of the model provider.
    public var modelAddress: String? { text("model.url") }
    /// The model's name.
    public var modelName: String? { text("model.name") }
    /// What a million tokens sent to the model cost; nil where nobody said.
    public var modelInputPrice: Money? { money("model.usd_per_million_input") }
    /// What a million tokens received from the model cost; nil where nobody said.
    public var modelOutputPrice: Money? { money("model.usd_per_million_output") }
    /// Folder of the roles as set; nil for the search.
    public var agentsFolder: String? { text("agents_dir") }
    /// How tools that run programs treat a missing sandbox.
    public var sandbox: SandboxRequirement {
        text("sandbox").flatMap(SandboxRequirement.init(rawValue:)) ?? .required
    }
    /// Most runs that work at the same time.
    public var runsActiveMax: Int { integer("limits.runs_active_max") }
    /// Most calls that a tool executor performs at the same time.
    public var toolCallsMax: Int { integer("limits.tool_calls_max") }
    /// Requests a second, and at once, that a client may make; nil for as many as it likes.
    public var requestRate: (perSecond: Int, burst: Int)? {
        guard case .integer(let rate) = entry("limits.requests_per_second").value else { return nil }
        guard case .integer(let burst) = entry("limits.requests_burst").value else { return (rate, 2 * rate) }
        return (rate, burst)
    }
    /// Most output kept of a tool call, in bytes.
    public var toolOutputBytesMax: Int { byteSize("limits.tool_output_bytes_max") }
    /// Whether tools may reach loopback and private addresses.
    public var allowsPrivateAddresses: Bool { entry("http.allow_private").value == .boolean(true) }
    /// How long a daemon that soma started stays without work.
    public var daemonLinger: Duration { duration("daemon.linger") }
    /// The theme's name.
    public var theme: String { text("theme") ?? "default" }
    /// When output has colours.
    public var color: ColorChoice { text("color").flatMap(ColorChoice.init(rawValue:)) ?? .auto }

    private func text(_ key: String) -> String? {
        guard case .text(let value) = entry(key).value else { return nil }
        return value
    }

    private func money(_ key: String) -> Money? {
        guard case .money(let value) = entry(key).value else { return nil }
        return value
    }

    private func integer(_ key: String) -> Int {
        guard case .integer(let value) = entry(key).value else { preconditionFailure("\(key) has a default") }
        return value
    }

    func duration(_ key: String) -> Duration {
        guard case .duration(let value) = entry(key).value else {
            preconditionFailure("\(key) has a default")
        }
        return value
    }

    private func byteSize(_ key: String) -> Int {
        guard case .byteSize(let value) = entry(key).value else {
            preconditionFailure("\(key) has a default")
        }
        return value.bytes
    }

    private func endpoints(_ key: String) -> [Endpoint] {
        guard case .endpoints(let value) = entry(key).value else { return [] }
        return value
    }
}

/// How tools that run programs treat a missing sandbox.
public enum SandboxRequirement: String, Sendable, CaseIterable {
    /// Without a sandbox they are refused.
    case required
    /// Without a sandbox they run, and say so.
    case preferred
    /// They run without one.
    case off
}

/// When output has colours.
public enum ColorChoice: String, Sendable, CaseIterable {
    /// On a terminal, unless NO_COLOR is set.
    case auto
    /// Always.
    case always
    /// Never.
    case never
}
