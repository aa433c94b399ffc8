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
            commit,
            tokens("Tokens", .stacked, by: "direction"),
            each("status", of: "soma_runs", "Runs", .stacked, .number),
            outcomes("Effects that end"),
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
            memory,
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
            durations("Commits by duration", of: "soma_commit_duration_seconds"),
            commit,
            PanelSpec(
                "Transitions in a commit",
                .line,
                .number,
                quantiles("soma_commit_batch_transitions", [0.5, 0.95])
            ),
            PanelSpec("Runs", .line, .seconds, quantiles("soma_run_duration_seconds", [0.5, 0.95])),
            slowest("node", of: "soma_node_duration_seconds", "Nodes, p95"),
            slowest("route", of: "soma_http_request_duration_seconds", "Requests, p95"),
        ]
    )

    private static let effects = Dashboard(
        "effects",
        [
            each("effect", of: "soma_effects_total", "Calls", .stacked, .perSecond, .rate),
            outcomes("How calls end"),
            slowest("effect", of: "soma_effect_duration_seconds", "Duration of calls, p95"),
            durations("Calls by duration", of: "soma_effect_duration_seconds"),
            each("node", of: "soma_transitions_total", "Transitions by node", .stacked, .perSecond, .rate),
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
            tokens("Tokens by model", .stacked, by: "model"),
            tokens("Tokens by direction", .line, by: "direction"),
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
            processes("Processor", .area, .percent, "process_cpu_seconds_total", .rate, "of a core"),
            memory,
            processes("Files open", .line, .number, "process_open_fds", .value, "open"),
            processes("Threads", .line, .number, "process_threads", .value, "threads"),
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

    // MARK: Panels of several dashboards

    private static let commit = PanelSpec(
        "Commit",
        .line,
        .seconds,
        thresholds: [.init(0.25)],
        quantiles("soma_commit_duration_seconds", [0.5, 0.95, 0.99])
    )

    private static let memory = processes(
        "Memory",
        .line,
        .bytes,
        "process_resident_memory_bytes",
        .value,
        "resident",
        thresholds: [.init(2e9)]
    )

    private static func tokens(_ title: String, _ kind: PanelSpec.Kind, by label: String) -> PanelSpec {
        each(label, of: "soma_model_tokens_total", title, kind, .perMinute, .rate, factor: 60)
    }

    private static func outcomes(_ title: String) -> PanelSpec {
        each("outcome", of: "soma_effects_total", title, .line, .perSecond, .rate)
    }

    /// What 95 of a hundred don't take longer than, for each value of a label.
    private static func slowest(_ label: String, of metric: String, _ title: String) -> PanelSpec {
        each(label, of: metric, title, .line, .seconds, .quantile(0.95))
    }

    /// The buckets of a histogram of durations.
    private static func durations(_ title: String, of metric: String) -> PanelSpec {
        each("le", of: "\(metric)_bucket", title, .heatmap, .seconds, .increase)
    }

    /// A line for each value of a label.
    private static func each(
        _ label: String,
        of metric: String,
        _ title: String,
        _ kind: PanelSpec.Kind,
        _ unit: MetricUnit,
        _ function: SeriesSpec.Function = .value,
        factor: Double = 1
    ) -> PanelSpec {
        let series = SeriesSpec(metric, function, by: [label], factor: factor, legend: "{\(label)}")
        return PanelSpec(title, kind, unit, [series])
    }

    /// A line for each process, called by what it shows.
    private static func processes(
        _ title: String,
        _ kind: PanelSpec.Kind,
        _ unit: MetricUnit,
        _ metric: String,
        _ function: SeriesSpec.Function,
        _ word: String,
        thresholds: [PanelSpec.Threshold] = []
    ) -> PanelSpec {
        let series = SeriesSpec(metric, function, by: ["instance"], legend: "\(word) {instance}")
        return PanelSpec(title, kind, unit, thresholds: thresholds, [series])
    }

    private static func quantiles(_ metric: String, _ shares: [Double]) -> [SeriesSpec] {
        shares.map { SeriesSpec(metric, .quantile($0), legend: "p\(Int($0 * 100))") }
    }
}
