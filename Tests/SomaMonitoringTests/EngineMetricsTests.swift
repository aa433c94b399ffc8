import SomaCore
import SomaEngine
import SomaMonitoring
import SomaTelemetry
import Testing

@Suite("The engine's metrics")
struct EngineMetricsTests {
    private let registry = MetricsRegistry()

    private func metrics(_ sampling: TraceSampling? = nil, openMax: Int = 100) -> EngineMetrics {
        EngineMetrics(registry: registry, sampling: sampling, openMax: openMax, notes: { _ in })
    }

    private func transition(
        _ run: String,
        _ seq: Int,
        _ kind: TransitionKind,
        _ body: JSONObject = [:]
    ) -> StoredTransition {
        let transition = Transition(
            run: RunID(run),
            seq: seq,
            at: Timestamp(microseconds: Int64(seq) * 1_000_000),
            kind: kind,
            node: kind == .nodeEntered || kind == .nodeLeft ? "Plan" : nil,
            body: body
        )
        return StoredTransition(position: .start, transition: transition, bytes: [])
    }

    private func commit(_ metrics: EngineMetrics, _ transitions: StoredTransition...) {
        metrics.committed(transitions, groups: 1, took: .milliseconds(1))
    }

    private func lines(_ name: String) -> [String] {
        registry.render(.openMetrics).split(separator: "\n").map(String.init).filter { $0.hasPrefix(name) }
    }

    @Test(
        "A point leads to its trace where that is exported: the caller's choice counts more than the share",
        arguments: [
            (1, nil, true), (1, true, true), (1, false, false), (0, nil, false), (0, true, true),
            (0, false, false),
        ] as [(Double, Bool?, Bool)],
        [true, false]
    )
    func exemplars(choice: (ratio: Double, caller: Bool?, isExported: Bool), isApart: Bool) {
        let metrics = metrics(TraceSampling(ratio: choice.ratio))
        let all = [
            transition("r", 1, .runStarted, choice.caller.map { ["sampled": .bool($0)] } ?? [:]),
            transition("r", 2, .nodeEntered), transition("r", 3, .nodeLeft, ["activation": 2]),
            transition("r", 4, .runCompleted),
        ]
        if isApart {
            for one in all { commit(metrics, one) }
        } else {
            commit(metrics, all[0], all[1])
            commit(metrics, all[2], all[3])
        }
        for name in ["soma_run_duration", "soma_node_duration", "soma_commit_duration"] {
            let hasExemplar = lines("\(name)_seconds_bucket").contains { $0.contains("trace_id") }
            #expect(hasExemplar == choice.isExported, "\(name)")
        }
    }

    @Test("Runs that never end here don't add up, and those that come later are measured")
    func bounded() {
        let metrics = metrics(openMax: 2)
        for run in ["a", "b", "c"] {
            commit(metrics, transition(run, 1, .runStarted), transition(run, 2, .nodeEntered))
        }
        for run in ["a", "b", "c"] {
            commit(
                metrics,
                transition(run, 3, .nodeLeft, ["activation": 2]),
                transition(run, 4, .runCompleted)
            )
        }
        #expect(lines("soma_run_duration_seconds_count") == ["soma_run_duration_seconds_count 1"])
        #expect(
            lines("soma_node_duration_seconds_count") == [#"soma_node_duration_seconds_count{node="Plan"} 1"#]
        )
    }
}
