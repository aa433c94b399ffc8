import CoreMetrics
import Testing

@testable import SomaTelemetry

@Suite("Metrics factory")
struct MetricsFactoryTests {
    @Test("instruments of swift-metrics record into the table's metrics")
    func instruments() {
        let metrics = MetricsRegistry()
        Counter(
            label: "soma_effects_total",
            dimensions: [("effect", "shell"), ("outcome", "done")],
            factory: metrics
        )
        .increment(by: 3)
        FloatingPointCounter(
            label: "soma_model_cost_usd_total",
            dimensions: [("provider", "p"), ("model", "m")],
            factory: metrics
        ).increment(by: 0.25)
        Gauge(label: "soma_stream_clients", factory: metrics).record(4)
        let meter = Meter(label: "soma_relay_lag_transitions", factory: metrics)
        meter.set(5)
        meter.increment(by: 2)
        meter.decrement(by: 1)
        Timer(label: "soma_commit_duration_seconds", factory: metrics).recordMilliseconds(3)
        Recorder(label: "soma_commit_batch_transitions", factory: metrics).record(7)
        let text = metrics.render()
        #expect(text.contains("soma_effects_total{effect=\"shell\",outcome=\"done\"} 3\n"))
        #expect(text.contains("soma_model_cost_usd_total{provider=\"p\",model=\"m\"} 0.25\n"))
        #expect(text.contains("soma_stream_clients 4\n"))
        #expect(text.contains("soma_relay_lag_transitions 6\n"))
        #expect(text.contains("soma_commit_duration_seconds_bucket{le=\"0.0025\"} 0\n"))
        #expect(text.contains("soma_commit_duration_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("soma_commit_batch_transitions_sum 7\n"))
    }

    @Test("instruments of other libraries, and of the wrong kind, do nothing")
    func strangers() {
        let metrics = MetricsRegistry()
        let before = metrics.render()
        Counter(label: "http_requests", factory: metrics).increment()
        Counter(label: "soma_stream_clients", factory: metrics).increment()
        FloatingPointCounter(label: "soma_stream_clients", factory: metrics).increment(by: 1)
        Timer(label: "soma_stream_clients", factory: metrics).recordSeconds(1)
        Meter(label: "soma_commit_duration_seconds", factory: metrics).set(1)
        Recorder(label: "soma_effects_total", factory: metrics).record(1)
        #expect(metrics.render() == before)
    }

    @Test("a destroyed instrument leaves what it counted, a reset one begins again")
    func destroy() {
        let metrics = MetricsRegistry()
        let counter = Counter(label: "soma_effects_total", factory: metrics)
        counter.increment()
        counter.destroy()
        FloatingPointCounter(label: "soma_effects_total", factory: metrics).destroy()
        Timer(label: "soma_commit_duration_seconds", factory: metrics).destroy()
        Recorder(label: "soma_commit_duration_seconds", factory: metrics).destroy()
        Meter(label: "soma_stream_clients", factory: metrics).destroy()
        #expect(metrics.render().contains("soma_effects_total 1\n"))
        metrics.counter(SomaMetrics.effects).reset()
        #expect(metrics.render().contains("soma_effects_total 0\n"))
    }

    @Test("the contract's metrics are all there")
    func contract() {
        let names = [
            "soma_runs", "soma_transitions_total", "soma_run_duration_seconds", "soma_node_duration_seconds",
            "soma_commit_duration_seconds", "soma_commit_batch_transitions", "soma_effects_total",
            "soma_effect_duration_seconds", "soma_model_tokens_total", "soma_model_cost_usd_total",
            "soma_relay_lag_transitions", "soma_relay_lag_seconds", "soma_relay_sent_total",
            "soma_relay_dead_letters_total", "soma_relay_active", "soma_kafka_queued_messages",
            "soma_kafka_brokers_up", "soma_kafka_round_trip_seconds", "soma_leases",
            "soma_lease_changes_total", "soma_stream_clients", "soma_http_request_duration_seconds",
            "soma_redis_up", "soma_trace_spans_exported_total", "soma_trace_spans_dropped_total",
            "soma_log_lines_dropped_total",
        ]
        #expect(SomaMetrics.all.map(\.name) == names)
    }
}
