import SomaMetrics

extension Dashboard {
    /// The dashboards that need no file: Soma's own metrics, as docs/reference/metrics.md lists them.
    package static let builtIn: [Dashboard] = [overview, latency, effects, models, resources]

    private static let overview = Dashboard(
        "overview",
        [
            PanelSpec(
                "Transitions",
                .area,
                .perSecond,
                [SeriesSpec("soma_transitions_total", .rate, legend: "transitions")]
            ),
            PanelSpec(
                "Commit",
                .line,
                .seconds,
                thresholds: [.init(0.25)],
                quantiles("soma_commit_duration_seconds", [0.5, 0.95, 0.99])
            ),
            PanelSpec(
                "Tokens",
                .stacked,
                .perMinute,
                [
                    SeriesSpec(
                        "soma_model_tokens_total",
                        .rate,
                        by: ["direction"],
                        factor: 60,
                        legend: "{direction}"
                    )
                ]
            ),
            PanelSpec(
                "Runs",
                .stacked,
                .number,
                [SeriesSpec("soma_runs", by: ["status"], legend: "{status}")]
            ),
            PanelSpec(
                "Effects that end",
                .line,
                .perSecond,
                [SeriesSpec("soma_effects_total", .rate, by: ["outcome"], legend: "{outcome}")]
            ),
            PanelSpec(
                "Cost",
                .area,
                .dollarsPerHour,
                [SeriesSpec("soma_model_cost_usd_total", .rate, factor: 3_600, legend: "all models")]
            ),
            PanelSpec(
                "Relay lag",
                .line,
                .seconds,
                thresholds: [.init(60)],
                [SeriesSpec("soma_relay_lag_seconds", aggregation: .maximum, legend: "oldest")]
            ),
            PanelSpec(
                "Memory",
                .line,
                .bytes,
                thresholds: [.init(2e9)],
                [SeriesSpec("process_resident_memory_bytes", by: ["instance"], legend: "resident {instance}")]
            ),
            PanelSpec(
                "Processor",
                .area,
                .percent,
                [SeriesSpec("process_cpu_seconds_total", .rate, legend: "of a core")]
            ),
        ]
    )

    private static let latency = Dashboard(
        "latency",
        [
            PanelSpec(
                "Commits by duration",
                .heatmap,
                .seconds,
                [SeriesSpec("soma_commit_duration_seconds_bucket", .increase, by: ["le"], legend: "{le}")]
            ),
            PanelSpec(
                "Commit",
                .line,
                .seconds,
                thresholds: [.init(0.25)],
                quantiles("soma_commit_duration_seconds", [0.5, 0.95, 0.99])
            ),
            PanelSpec(
                "Transitions in a commit",
                .line,
                .number,
                quantiles("soma_commit_batch_transitions", [0.5, 0.95])
            ),
            PanelSpec("Runs", .line, .seconds, quantiles("soma_run_duration_seconds", [0.5, 0.95])),
            PanelSpec(
                "Nodes, p95",
                .line,
                .seconds,
                [SeriesSpec("soma_node_duration_seconds", .quantile(0.95), by: ["node"], legend: "{node}")]
            ),
            PanelSpec(
                "Requests, p95",
                .line,
                .seconds,
                [
                    SeriesSpec(
                        "soma_http_request_duration_seconds",
                        .quantile(0.95),
                        by: ["route"],
                        legend: "{route}"
                    )
                ]
            ),
        ]
    )

    private static let effects = Dashboard(
        "effects",
        [
            PanelSpec(
                "Calls",
                .stacked,
                .perSecond,
                [SeriesSpec("soma_effects_total", .rate, by: ["effect"], legend: "{effect}")]
            ),
            PanelSpec(
                "How calls end",
                .line,
                .perSecond,
                [SeriesSpec("soma_effects_total", .rate, by: ["outcome"], legend: "{outcome}")]
            ),
            PanelSpec(
                "Duration of calls, p95",
                .line,
                .seconds,
                [
                    SeriesSpec(
                        "soma_effect_duration_seconds",
                        .quantile(0.95),
                        by: ["effect"],
                        legend: "{effect}"
                    )
                ]
            ),
            PanelSpec(
                "Calls by duration",
                .heatmap,
                .seconds,
                [SeriesSpec("soma_effect_duration_seconds_bucket", .increase, by: ["le"], legend: "{le}")]
            ),
            PanelSpec(
                "Transitions by node",
                .stacked,
                .perSecond,
                [SeriesSpec("soma_transitions_total", .rate, by: ["node"], legend: "{node}")]
            ),
            PanelSpec(
                "Readers of the stream",
                .line,
                .number,
                [SeriesSpec("soma_stream_clients", legend: "clients")]
            ),
        ]
    )

    private static let models = Dashboard(
        "models",
        [
            PanelSpec(
                "Tokens by model",
                .stacked,
                .perMinute,
                [SeriesSpec("soma_model_tokens_total", .rate, by: ["model"], factor: 60, legend: "{model}")]
            ),
            PanelSpec(
                "Tokens by direction",
                .line,
                .perMinute,
                [
                    SeriesSpec(
                        "soma_model_tokens_total",
                        .rate,
                        by: ["direction"],
                        factor: 60,
                        legend: "{direction}"
                    )
                ]
            ),
            PanelSpec(
                "Cost by model",
                .stacked,
                .dollarsPerHour,
                [
                    SeriesSpec(
                        "soma_model_cost_usd_total",
                        .rate,
                        by: ["provider", "model"],
                        factor: 3_600,
                        legend: "{model}"
                    )
                ]
            ),
            PanelSpec(
                "Cost since the start",
                .stat,
                .dollars,
                [SeriesSpec("soma_model_cost_usd_total", legend: "all models")]
            ),
        ]
    )

    private static let resources = Dashboard(
        "resources",
        [
            PanelSpec(
                "Processor",
                .area,
                .percent,
                [
                    SeriesSpec(
                        "process_cpu_seconds_total",
                        .rate,
                        by: ["instance"],
                        legend: "of a core {instance}"
                    )
                ]
            ),
            PanelSpec(
                "Memory",
                .line,
                .bytes,
                thresholds: [.init(2e9)],
                [
                    SeriesSpec(
                        "process_resident_memory_bytes",
                        by: ["instance"],
                        legend: "resident {instance}"
                    )
                ]
            ),
            PanelSpec(
                "Files open",
                .line,
                .number,
                [SeriesSpec("process_open_fds", by: ["instance"], legend: "open {instance}")]
            ),
            PanelSpec(
                "Threads",
                .line,
                .number,
                [SeriesSpec("process_threads", by: ["instance"], legend: "threads {instance}")]
            ),
            PanelSpec(
                "Relay lag",
                .area,
                .number,
                [SeriesSpec("soma_relay_lag_transitions", aggregation: .maximum, legend: "transitions")]
            ),
            PanelSpec(
                "Messages to Kafka",
                .line,
                .number,
                [SeriesSpec("soma_kafka_queued_messages", legend: "queued")]
            ),
            PanelSpec(
                "Redis",
                .stat,
                .number,
                thresholds: [.init(1, .bad, isBelow: true)],
                [SeriesSpec("soma_redis_up", aggregation: .minimum, legend: "up")]
            ),
        ]
    )

    private static func quantiles(_ metric: String, _ shares: [Double]) -> [SeriesSpec] {
        shares.map { SeriesSpec(metric, .quantile($0), legend: "p\(Int($0 * 100))") }
    }
}
