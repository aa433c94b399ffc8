/// The metrics of the contract.
public enum SomaMetrics {
    /// Bounds for what takes microseconds to seconds: a commit, a node, a request. In seconds.
    public static let quickBounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Bounds for what takes up to a day: a run, a tool, a model call. In seconds.
    public static let longBounds = [0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400]

    /// Every metric of the daemon, by name.
    public static let all: [RegisteredMetric] = [
        runs, transitions, runDuration, nodeDuration, commitDuration, commitBatch, effects, effectDuration,
        modelTokens, modelCost, relayLag, relayAge, relaySent, relayDeadLetters, relayTurn, kafkaQueued,
        kafkaBrokersUp, kafkaRoundTrip, leases, leaseChanges, streamClients, requestDuration, redisUp,
        spansExported, spansDropped, logLinesDropped,
    ]

    /// Runs, by status and role.
    public static let runs = RegisteredMetric(
        name: "soma_runs",
        help: "Runs by status and role.",
        kind: .gauge,
        labels: ["status", "role"]
    )
    /// Runs that this process holds in a cluster.
    public static let leases = RegisteredMetric(
        name: "soma_leases",
        help: "Unfinished runs that this process holds, in a cluster.",
        kind: .gauge
    )
    /// How this process's part of a cluster's runs changed.
    public static let leaseChanges = RegisteredMetric(
        name: "soma_lease_changes_total",
        help: "Runs that were taken up from others or let go; and how often all leases were lost.",
        kind: .counter,
        labels: ["change"]
    )
    /// Durable transitions, by node and kind.
    public static let transitions = RegisteredMetric(
        name: "soma_transitions_total",
        help: "Transitions made durable.",
        kind: .counter,
        labels: ["node", "kind"],
        seriesMax: 2000
    )
    /// Time from a run's start to its end.
    public static let runDuration = RegisteredMetric(
        name: "soma_run_duration_seconds",
        help: "Time from the start of a run to its end.",
        kind: .histogram(bounds: longBounds)
    )
    /// Time that a node took.
    public static let nodeDuration = RegisteredMetric(
        name: "soma_node_duration_seconds",
        help: "Time from entering a node to leaving it.",
        kind: .histogram(bounds: longBounds),
        labels: ["node"]
    )
    /// Time that a commit took.
    public static let commitDuration = RegisteredMetric(
        name: "soma_commit_duration_seconds",
        help: "Time that a commit of the store took.",
        kind: .histogram(bounds: quickBounds)
    )
    /// Transitions in a commit.
    public static let commitBatch = RegisteredMetric(
        name: "soma_commit_batch_transitions",
        help: "Transitions made durable by one commit.",
        kind: .histogram(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
    )
    /// Effects, by kind and outcome.
    public static let effects = RegisteredMetric(
        name: "soma_effects_total",
        help: "Effects performed.",
        kind: .counter,
        labels: ["effect", "outcome"]
    )
    /// Time that an effect took.
    public static let effectDuration = RegisteredMetric(
        name: "soma_effect_duration_seconds",
        help: "Time from the start of an effect to its result.",
        kind: .histogram(bounds: longBounds),
        labels: ["effect"]
    )
    /// Tokens, by provider, model and direction.
    public static let modelTokens = RegisteredMetric(
        name: "soma_model_tokens_total",
        help: "Tokens sent to and received from models.",
        kind: .counter,
        labels: ["provider", "model", "direction"]
    )
    /// Money, by provider and model.
    public static let modelCost = RegisteredMetric(
        name: "soma_model_cost_usd_total",
        help: "Money spent on models, in US dollars.",
        kind: .counter,
        labels: ["provider", "model"]
    )
    /// Transitions that the relay hasn't sent on.
    public static let relayLag = RegisteredMetric(
        name: "soma_relay_lag_transitions",
        help: "Durable transitions that were not sent on yet.",
        kind: .gauge
    )
    /// Age of the oldest transition that the relay hasn't sent on.
    public static let relayAge = RegisteredMetric(
        name: "soma_relay_lag_seconds",
        help: "Age of the oldest durable transition that was not sent on yet.",
        kind: .gauge
    )
    /// Transitions that Kafka has confirmed to the relay.
    public static let relaySent = RegisteredMetric(
        name: "soma_relay_sent_total",
        help: "Transitions that Kafka has confirmed, repeats among them.",
        kind: .counter
    )
    /// Transitions that the relay put aside.
    public static let relayDeadLetters = RegisteredMetric(
        name: "soma_relay_dead_letters_total",
        help: "Transitions that no broker took and that were put aside.",
        kind: .counter
    )
    /// Whether this process relays.
    public static let relayTurn = RegisteredMetric(
        name: "soma_relay_active",
        help: "1 where this process sends transitions on, 0 where it stands by.",
        kind: .gauge
    )
    /// What the relay's producer has on its way.
    public static let kafkaQueued = RegisteredMetric(
        name: "soma_kafka_queued_messages",
        help: "Messages on their way to Kafka.",
        kind: .gauge
    )
    /// Brokers that the relay's producer has a connection to.
    public static let kafkaBrokersUp = RegisteredMetric(
        name: "soma_kafka_brokers_up",
        help: "Kafka brokers that are connected.",
        kind: .gauge
    )
    /// The slowest broker's round trip.
    public static let kafkaRoundTrip = RegisteredMetric(
        name: "soma_kafka_round_trip_seconds",
        help: "Time of a request to the slowest Kafka broker, 95th percentile.",
        kind: .gauge
    )
    /// Attached readers.
    public static let streamClients = RegisteredMetric(
        name: "soma_stream_clients",
        help: "Clients attached to the stream of transitions.",
        kind: .gauge
    )
    /// Time that an HTTP request took.
    public static let requestDuration = RegisteredMetric(
        name: "soma_http_request_duration_seconds",
        help: "Time that an HTTP request took.",
        kind: .histogram(bounds: quickBounds),
        labels: ["route", "status"]
    )
    /// Spans that a collector has taken.
    public static let spansExported = RegisteredMetric(
        name: "soma_trace_spans_exported_total",
        help: "Spans that the collector has taken.",
        kind: .counter
    )
    /// Spans that were left out, by reason.
    public static let spansDropped = RegisteredMetric(
        name: "soma_trace_spans_dropped_total",
        help: "Spans that were not exported.",
        kind: .counter,
        labels: ["reason"]
    )
    /// Lines of the log that nobody has seen.
    public static let logLinesDropped = RegisteredMetric(
        name: "soma_log_lines_dropped_total",
        help: "Lines of the log that were dropped because they could not be written in time.",
        kind: .counter
    )
    /// Whether Redis is there.
    public static let redisUp = RegisteredMetric(
        name: "soma_redis_up",
        help: "1 while Redis answers, 0 while limits are counted by each process for itself.",
        kind: .gauge
    )
}
