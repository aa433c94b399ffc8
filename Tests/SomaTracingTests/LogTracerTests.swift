import CollectorFixture
import SomaCore
import SomaEngine
import SomaHTTP
import SomaSimulation
import SomaTraces
import SomaTracing
import Testing

@Suite("Following what is made durable")
struct LogTracerTests {
    /// Commits logs into a store, tells an inbox, and gives the ids of the spans that a collector gets.
    private func exported(
        _ logs: [[Transition]],
        _ policy: TracingPolicy,
        _ inbox: TransitionInbox,
        untold: Int = 0,
        counts: Counts = Counts()
    ) async throws -> [SpanID] {
        let store = MemoryStore()
        let collector = try Collector()
        defer { collector.stop() }
        var options = SpanExporterOptions(collector: collector.base)
        options.batch = 50
        let exporter = SpanExporter(options, try HTTPClient(), observer: counts)
        let tracer = LogTracer(policy, inbox: inbox, store: store, exporter: exporter, observer: counts)
        let facts = CommitFacts(at: Timestamp(microseconds: 1), took: .milliseconds(1), groups: 1)
        for log in logs {
            for (index, transition) in log.enumerated() {
                let group = CommitGroup(
                    run: transition.run,
                    transitions: [transition],
                    content: [],
                    snapshots: []
                )
                _ = try await store.append([group])
                guard index >= untold else { continue }
                inbox.add(TransitionInbox.Commit(transitions: [transition], facts: facts))
            }
        }
        await tracer.catchUp()
        await exporter.flush(within: .seconds(10))
        return try collector.requests.flatMap { try SpanSet(protobuf: $0.body).spans.map(\.id) }
    }

    private func expected(_ logs: [[Transition]]) -> Set<SpanID> {
        Set(logs.flatMap { RunTrace.trace(of: $0[0].run, [$0]).spans.map(\.id) })
    }

    private let logs = (0..<6).map { RunLogs.log("r\($0)", seed: UInt64($0 + 40)) }
    private let policy = TracingPolicy(hasCommits: false)

    @Test(
        "What an inbox has no room for is read from the log, and nothing is missing",
        arguments: [0, 1, 20, 100_000]
    )
    func overflow(most: Int) async throws {
        let ids = try await exported(logs, policy, TransitionInbox(most: most))
        #expect(Set(ids) == expected(logs))
        #expect(ids.count == Set(ids).count)
    }

    @Test("However large commits are, an inbox that gets full leads to each span once", arguments: 1...40)
    func uneven(seed: UInt64) async throws {
        var random = Seeded(seed)
        let store = MemoryStore()
        let collector = try Collector()
        defer { collector.stop() }
        let exporter = SpanExporter(SpanExporterOptions(collector: collector.base), try HTTPClient())
        let inbox = TransitionInbox(most: Int.random(in: 1...20, using: &random))
        let tracer = LogTracer(policy, inbox: inbox, store: store, exporter: exporter)
        let facts = CommitFacts(at: Timestamp(microseconds: 1), took: .milliseconds(1), groups: 1)
        var rest = logs.map { $0[...] }
        while let index = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &random) {
            let part = Array(rest[index].prefix(Int.random(in: 1...8, using: &random)))
            rest[index].removeFirst(part.count)
            let group = CommitGroup(run: part[0].run, transitions: part, content: [], snapshots: [])
            _ = try await store.append([group])
            inbox.add(TransitionInbox.Commit(transitions: part, facts: facts))
            if Int.random(in: 0..<8, using: &random) == 0 { await tracer.catchUp() }
        }
        await tracer.catchUp()
        await exporter.flush(within: .seconds(10))
        let ids = try collector.requests.flatMap { try SpanSet(protobuf: $0.body).spans.map(\.id) }
        #expect(Set(ids) == expected(logs))
        #expect(ids.count == Set(ids).count)
    }

    @Test("When even the names of runs are too many, the rest is counted")
    func lost() async throws {
        let counts = Counts()
        let ids = try await exported(logs, policy, TransitionInbox(most: 0, missedMax: 2), counts: counts)
        #expect(Set(ids) == expected(Array(logs[..<2])))
        #expect(counts.value.dropped == [.log: logs[2...].reduce(0) { $0 + $1.count }])
    }

    @Test("A run whose beginning another process has seen is read, and told from there on")
    func late() async throws {
        let ids = try await exported(logs, policy, TransitionInbox(), untold: 3)
        #expect(Set(ids).isSubset(of: expected(logs)))
        // The runs themselves end here.
        #expect(Set(ids).isSuperset(of: logs.map { TraceIdentity.span(of: $0[0].run) }))
    }

    @Test("Of runs that went to others and back everything is read again")
    func parted() async throws {
        let inbox = TransitionInbox()
        inbox.parted()
        #expect(Set(try await exported(logs, policy, inbox)) == expected(logs))
    }

    @Test("A run that isn't chosen and failed is told whole")
    func tail() async throws {
        let failed = RunLogs.log("f", seed: 77, end: .runFailed)
        let policy = TracingPolicy(sampling: TraceSampling(ratio: 0))
        #expect(Set(try await exported(logs + [failed], policy, TransitionInbox())) == expected([failed]))
    }
}
