/// The table of all settings: what validates them, names their variables and options, and documents them.
public enum SettingsSchema {
    /// Every setting, in the order that help and documentation show.
    public static let definitions: [SettingDefinition] = [
        SettingDefinition(
            "data_dir",
            .path,
            "Folder of the daemon's database, content and lock; $XDG_STATE_HOME/soma when not set."
        ),
        SettingDefinition(
            "listen",
            .endpoints,
            "Where the daemon listens; its own unix socket when not set.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "store",
            .store,
            "Where transitions are kept; SQLite in the data folder when not set.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "postgres.pool_size",
            .integer(3...500),
            default: "8",
            "Most connections to a store in Postgres."
        ),
        SettingDefinition(
            "postgres.acquire_timeout",
            .duration(.milliseconds(100) ... .seconds(600)),
            default: "10s",
            "How long something waits for a connection that is free."
        ),
        SettingDefinition(
            "postgres.connect_timeout",
            .duration(.seconds(1) ... .seconds(600)),
            default: "5s",
            "How long a Postgres server may take to accept a connection."
        ),
        SettingDefinition(
            "postgres.statement_timeout",
            .duration(.seconds(1) ... .seconds(3600)),
            default: "30s",
            "How long the Postgres server works on one statement before it gives up; at most four fifths of cluster.lease."
        ),
        SettingDefinition(
            "postgres.idle_in_transaction_timeout",
            .duration(.seconds(1) ... .seconds(3600)),
            default: "10s",
            "How long the Postgres server keeps a transaction open in which nothing happens; at most four fifths of cluster.lease."
        ),
        SettingDefinition(
            "postgres.value_bytes_max",
            .byteSize(ByteSize(bytes: 64 << 10)...ByteSize(bytes: 256 << 20)),
            default: "64MiB",
            "Largest transition, state or text that is kept in Postgres; a run that needs more fails."
        ),
        SettingDefinition(
            "cluster.name",
            .text,
            default: "soma",
            "Which processes belong together on a store in Postgres; others are refused there.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "cluster.lease",
            .duration(.seconds(1) ... .seconds(300)),
            default: "5s",
            "After how long without a sign of life others take over a process's runs, in a cluster."
        ),
        SettingDefinition(
            "cluster.answer_within",
            .duration(.seconds(1) ... .seconds(300)),
            default: "10s",
            "How long a gateway waits for the orchestrator that a request is for."
        ),
        SettingDefinition(
            "kafka.brokers",
            .brokers,
            "Kafka brokers to ask first, HOST:PORT each; the daemon sends transitions there.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "kafka.topic_prefix",
            .text,
            "What the names of topics and groups in Kafka begin with; clusters that share a Kafka need one each.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "kafka.create_topics",
            .boolean,
            default: "true",
            "Whether topics that are missing in Kafka are made."
        ),
        SettingDefinition(
            "kafka.partitions",
            .integer(1...10_000),
            default: "12",
            "Partitions of topics that are made."
        ),
        SettingDefinition(
            "kafka.replicas",
            .integer(1...100),
            "Copies of topics that are made; the cluster's own default when not set."
        ),
        SettingDefinition(
            "kafka.tls",
            .choice(["auto", "on", "off"]),
            default: "auto",
            "Whether Kafka is spoken to with TLS; auto: unless all brokers are on this machine.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "kafka.tls_ca",
            .path,
            "Certificates that a broker's is checked against; the system's when not set.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition("kafka.tls_certificate", .path, "The client's own certificate for Kafka, as PEM."),
        SettingDefinition("kafka.tls_key", .path, "Its key, as PEM."),
        SettingDefinition(
            "kafka.login",
            .choice(["none", "plain", "scram-sha-256", "scram-sha-512"]),
            default: "none",
            "How kafka.user and kafka.password are shown to a broker."
        ),
        SettingDefinition("kafka.user", .text, "User at the Kafka brokers."),
        SettingDefinition(
            "kafka.password",
            .secret,
            "Password at the Kafka brokers.",
            workspaceRefusal: "a workspace may not choose which secrets are read"
        ),
        SettingDefinition(
            "kafka.compression",
            .choice(["none", "lz4", "zstd", "gzip", "snappy"]),
            default: "lz4",
            "How messages to Kafka are compressed."
        ),
        SettingDefinition(
            "kafka.message_bytes",
            .byteSize(ByteSize(bytes: 1 << 10)...ByteSize(bytes: 1_000_000_000)),
            default: "10MiB",
            "Largest message that is sent to Kafka; brokers have limits of their own."
        ),
        SettingDefinition(
            "kafka.assignment",
            .choice(["cooperative", "range", "roundrobin"]),
            default: "cooperative",
            "How members of a group share a topic's partitions out; all of a group need the same."
        ),
        SettingDefinition(
            "kafka.session_timeout",
            .duration(.seconds(6) ... .seconds(1800)),
            default: "10s",
            "How long a member of a group may be silent before its partitions go to others."
        ),
        SettingDefinition(
            "redis.url",
            .redis,
            "Redis that processes of a cluster share limits, sessions of conversations and their presence in; none when not set.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "redis.password",
            .secret,
            "Password for Redis, by reference.",
            workspaceRefusal: Refusal.secrets
        ),
        SettingDefinition(
            "redis.tls_ca",
            .path,
            "File with the certificate that the Redis server's must be signed by, for rediss://.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "redis.timeout",
            .duration(.milliseconds(10) ... .seconds(10)),
            default: "100ms",
            "How long a call to Redis waits before its answer is done without."
        ),
        SettingDefinition(
            "log.level",
            .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            default: "info",
            "Least severe log record that is written."
        ),
        SettingDefinition(
            "log.format",
            .choice(["human", "json"]),
            default: "human",
            "How log records are written: for people, or JSON lines."
        ),
        SettingDefinition(
            "prometheus.url",
            .address,
            "Base address of the Prometheus server that the console asks.",
            environmentAliases: ["SOMA_PROMETHEUS"],
            workspaceRefusal: Refusal.shows
        ),
        SettingDefinition(
            "prometheus.token",
            .secret,
            "Bearer token for Prometheus, by reference.",
            workspaceRefusal: Refusal.secrets
        ),
        SettingDefinition("prometheus.user", .text, "Name to log in to Prometheus with."),
        SettingDefinition(
            "prometheus.password",
            .secret,
            "Password for Prometheus, by reference.",
            workspaceRefusal: Refusal.secrets
        ),
        SettingDefinition(
            "prometheus.tls_ca",
            .path,
            "File with the certificate that the Prometheus server's must be signed by, for https://.",
            workspaceRefusal: Refusal.shows
        ),
        SettingDefinition(
            "metrics",
            .endpoint,
            "Loopback port for /metrics alone, besides the daemon's own listeners.",
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition("jaeger.url", .address, "Base address of the Jaeger that the console looks at."),
        SettingDefinition(
            "tracing.endpoint",
            .address,
            "Collector that traces of runs are sent to (OTLP/HTTP); none when not set.",
            standardVariables: ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "tracing.protocol",
            .choice(["http/protobuf", "http/json"]),
            default: "http/protobuf",
            "How spans are written.",
            standardVariables: ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]
        ),
        SettingDefinition(
            "tracing.headers",
            .secret,
            "Headers for the collector, NAME=VALUE,NAME=VALUE, by reference.",
            standardVariables: ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"],
            workspaceRefusal: Refusal.secrets
        ),
        SettingDefinition(
            "tracing.tls_ca",
            .path,
            "Certificates that the collector's is checked against; the system's when not set.",
            standardVariables: ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"],
            workspaceRefusal: Refusal.opens
        ),
        SettingDefinition(
            "tracing.service",
            .text,
            default: "somad",
            "Name of the service that spans are of.",
            standardVariables: ["OTEL_SERVICE_NAME"]
        ),
        SettingDefinition(
            "tracing.sample",
            .share,
            default: "1",
            "Share of the traces that is exported whatever becomes of them, chosen by their ids."
        ),
        SettingDefinition(
            "tracing.tail",
            .boolean,
            default: "true",
            "Whether a run outside that share is exported at its end where something was wrong."
        ),
        SettingDefinition(
            "tracing.slow",
            .duration(.seconds(1) ... .seconds(86_400)),
            "From how long on a run counts as one where something was wrong; never when not set."
        ),
        SettingDefinition(
            "tracing.requests",
            .boolean,
            default: "true",
            "Whether requests to the gateway are spans, with the runs that they begin below them."
        ),
        SettingDefinition(
            "tracing.commits",
            .boolean,
            default: "true",
            "Whether commits of the store are spans, too."
        ),
        SettingDefinition("model.url", .address, "Base address of an OpenAI-compatible model provider."),
        SettingDefinition(
            "model.name",
            .text,
            "Model that roles use unless they name their own.",
            environmentAliases: ["SOMA_MODEL"]
        ),
        SettingDefinition(
            "model.api_key",
            .secret,
            "Key for the model provider, by reference.",
            workspaceRefusal: Refusal.secrets
        ),
        SettingDefinition(
            "model.usd_per_million_input",
            .money,
            "What a million tokens sent to the model cost, in US dollars.",
            workspaceRefusal: Refusal.cheapens
        ),
        SettingDefinition(
            "model.usd_per_million_output",
            .money,
            "What a million tokens received from the model cost, in US dollars.",
            workspaceRefusal: Refusal.cheapens
        ),
        SettingDefinition(
            "agents_dir",
            .path,
            "Folder of the roles; ./agents, else the installed ones, when not set.",
            environmentAliases: ["SOMA_AGENTS"]
        ),
        SettingDefinition(
            "sandbox",
            .choice(["required", "preferred", "off"]),
            default: "required",
            "Whether tools that run programs need a sandbox.",
            workspaceRefusal: Refusal.widens
        ),
        SettingDefinition(
            "limits.runs_active_max",
            .integer(1...100_000),
            default: "1000",
            "Most runs that work at the same time."
        ),
        SettingDefinition(
            "limits.tool_calls_max",
            .integer(1...1000),
            default: "32",
            "Most calls that a tool executor performs at the same time."
        ),
        SettingDefinition(
            "limits.requests_per_second",
            .integer(1...100_000),
            "Requests under /v1 that a client may make a second, at all gateways together; as many as it likes when not set."
        ),
        SettingDefinition(
            "limits.requests_burst",
            .integer(1...1_000_000),
            "Requests that a client may make at once after a rest; twice limits.requests_per_second when not set."
        ),
        SettingDefinition(
            "limits.tool_output_bytes_max",
            .byteSize(ByteSize(bytes: 1 << 10)...ByteSize(bytes: 1 << 30)),
            default: "1MiB",
            "Most output that is kept of one tool call."
        ),
        SettingDefinition(
            "http.allow_private",
            .boolean,
            default: "false",
            "Whether tools may reach loopback and private addresses.",
            workspaceRefusal: Refusal.widens
        ),
        SettingDefinition(
            "daemon.linger",
            .duration(.zero ... .seconds(86_400)),
            default: "60s",
            "How long a daemon that soma started stays without runs and clients."
        ),
        SettingDefinition(
            "theme",
            .text,
            default: "default",
            "Colours of the console, by the name of a file in a themes folder."
        ),
        SettingDefinition(
            "color",
            .choice(["auto", "always", "never"]),
            default: "auto",
            "When output has colours."
        ),
    ]

    private static let byKey = Dictionary(uniqueKeysWithValues: definitions.map { ($0.key, $0) })

    /// The row of a key.
    public static func definition(_ key: String) -> SettingDefinition? {
        byKey[key]
    }

    /// The row of an environment variable.
    static func definition(environmentName name: String) -> SettingDefinition? {
        definitions.first { $0.environmentName == name || $0.environmentAliases.contains(name) }
    }

    private enum Refusal {
        static let secrets = "a workspace may not choose which secrets are read"
        static let opens = "a workspace may not open doors of the daemon"
        static let shows = "a workspace may not choose to whom your credentials are shown"
        static let cheapens = "a workspace may not make its own agents' budgets last longer"
        static let widens = "a workspace may not widen what its own agents can do"
    }
}
