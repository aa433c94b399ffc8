import FoundationEssentials
import Glibc
import KafkaFixture
import PostgresFixture
import SomaClient
import SomaCore
import SomaEngine
import SomaKafka
import SomaPostgres
import Testing

@testable import soma

/// A whole cluster of real processes, with a real Postgres and a broker that speaks Kafka's protocol, in which everything
/// goes wrong at random; afterwards what Postgres and Kafka hold is compared with what was promised.
///
/// `SOMA_CHAOS_SECONDS` says for how long (60; `make chaos`: 600), `SOMA_CHAOS_SEED` what goes wrong when. The broker is one
/// that loses what it has confirmed when it is killed: it is ended by SIGTERM, and only once nothing reaches it.
@Suite("Chaos", .serialized, .timeLimit(.minutes(40)))
struct ChaosTests {
    private static let roles = [
        ("gateway", "gateway"), ("orchestrator-1", "orchestrator"), ("orchestrator-2", "orchestrator"),
        ("orchestrator-3", "orchestrator"), ("executor-1", "tool-executor"), ("executor-2", "tool-executor"),
        ("worker-1", "conversation-worker"), ("worker-2", "conversation-worker"),
    ]
    /// Runs and messages at a time.
    private static let load = 200
    private static let steps = 4
    /// How long everything may take to end once all is well again.
    private static let patience = Duration.seconds(120)

    private static var seconds: Int { Environment.all["SOMA_CHAOS_SECONDS"].flatMap { Int($0) } ?? 60 }
    /// Whoever asks for chaos gets another each time; among all other tests the same goes wrong at the same time.
    private static var seed: UInt64 {
        if let wanted = Environment.all["SOMA_CHAOS_SEED"].flatMap({ UInt64($0) }) { return wanted }
        return Environment.all["SOMA_CHAOS_SECONDS"] == nil ? 42 : .random(in: 1...999_999)
    }

    @Test(
        "whatever goes wrong, nothing acknowledged is lost, nothing happens twice, nobody is stuck, and Kafka has it all"
    )
    func chaos() async throws {
        let seed = Self.seed
        say("\(Self.seconds) s of chaos, as SOMA_CHAOS_SEED=\(seed) wants it")
        let server = try await TestServer.start()
        let broker = try await TestBroker.start(host: "127.0.0.2")
        let toPostgres = try TroubledProxy(to: "127.0.0.1", server.port)
        // The broker tells its clients where it is: it shall be behind the proxy.
        let toBroker = try TroubledProxy(
            to: broker.host,
            broker.port,
            port: broker.port,
            rewrite: (Array("127.0.0.2".utf8), Array("127.0.0.1".utf8))
        )
        defer {
            toPostgres.end()
            toBroker.end()
        }
        let perf = try PerfFolder(beneath: nil)
        defer { perf.remove() }
        try perf.prepare(.append, steps: Self.steps, runs: 2 * Self.load)
        let store = server.url().replacing(":\(server.port)/", with: ":\(toPostgres.port)/")
        try await Place.with { place in
            let rig = ClusterRig(place: place, store: store, perf: perf)
            let cluster = ChaosCluster(
                rig,
                server: server,
                broker: broker,
                toPostgres: toPostgres,
                toBroker: toBroker
            )
            try await cluster.start(Self.roles)
            let result: Result<ChaosLoad, any Error>
            do { result = .success(try await live(in: cluster, rig, seed)) } catch {
                result = .failure(error)
            }
            let words = await cluster.lastWords
            await cluster.end()
            let load = try result.get()
            var audit = ChaosAudit(tool: "append_line")
            try await Self.read(server.url(), into: &audit)
            for (run, seq) in load.acknowledged { audit.acknowledged(run, seq) }
            audit.expectEnds()
            try await Self.compareCalls(rig, server.url(), &audit)
            try await Self.listen(broker, &audit)
            let tally = await cluster.tally
            let findings = load.findings + audit.findings
            let whereabouts = try await Self.whereabouts(server.url())
            let text = (findings.prefix(20) + whereabouts).joined(separator: "\n")
            #expect(findings.isEmpty, "seed \(seed): \(findings.count) findings\n\(text)\n\(words)")
            #expect(load.open == 0, "seed \(seed): \(load.open) are not over: \(load.rest)\n\(words)")
            #expect(tally.disorderly.isEmpty)
            // Only one that can't reach its store when it starts may end; a supervisor starts it again.
            let reasons = tally.ends.filter { $0.code != 1 || !$0.words.contains("Could not open the store") }
            #expect(reasons.isEmpty)
            say(
                "\(audit.runs) runs with \(audit.count) transitions; in Kafka \(audit.repeats) of them more than once; "
                    + "\(audit.doubts) calls were in doubt, \(load.settled) were settled; \(load.failures) requests failed; "
                    + "processes that found no store and were started again: \(tally.ends.count); "
                    + tally.faults.map { "\($0) \($1)" }.sorted().joined(separator: ", ")
            )
        }
    }

    /// Uses the cluster while things go wrong, then waits until all is over.
    private func live(in cluster: ChaosCluster, _ rig: ClusterRig, _ seed: UInt64) async throws -> ChaosLoad {
        let supervisor = Task { await cluster.supervise() }
        defer { supervisor.cancel() }
        let gateway = try #require(await cluster.client("gateway"))
        let isReady = try await eventually { (try? await gateway.isReady()) == true }
        let words = await cluster.lastWords
        #expect(isReady, "\(words)")
        let start = ContinuousClock.now
        let end = start + .seconds(Self.seconds)
        let names = Self.roles.map(\.0)
        let trouble = Task {
            try await withThrowingDiscardingTaskGroup { group in
                for event in ChaosPlan(seed: seed, members: names) {
                    try await Task.sleep(for: event.after)
                    if ContinuousClock.now >= end { break }
                    group.addTask { try await cluster.perform(event) }
                }
            }
        }
        var load = ChaosLoad(gateway, workspace: rig.perf.workspace) { rig.lines }
        var told = start
        while ContinuousClock.now < end {
            await load.fill(upTo: Self.load)
            await load.look(settling: await cluster.calm > .seconds(1))
            if ContinuousClock.now - told >= .seconds(10) {
                told = .now
                let seconds = Int((told - start) / .seconds(1))
                say("\(seconds) s: \(load.open) open, \(load.ended) ended, \(load.settled) settled")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await trouble.value
        let healed = ContinuousClock.now
        while load.open > 0, ContinuousClock.now - healed < Self.patience {
            await load.fill(upTo: 0)
            await load.look(settling: await cluster.calm > .seconds(1))
            try await Task.sleep(for: .milliseconds(200))
        }
        say("all is well again; the last of \(load.ended) ended \(ContinuousClock.now - healed) later")
        // What the relay has not sent yet.
        try await Task.sleep(for: .seconds(2))
        return load
    }

    // MARK: Looking at what is there

    /// Who holds the runs that haven't ended, and what their calls are waiting for.
    private static func whereabouts(_ url: String) async throws -> [String] {
        let pool = try PostgresPool(PostgresOptions(url: url))
        let rows = try await pool.query(
            """
            SELECT concat_ws(' ', r.id, 'at', r.seq, 'epoch', r.epoch, 'held by', r.holder, p.name,
              CASE WHEN p.is_gone THEN 'gone' END, p.expires - clock_timestamp(),
              (SELECT string_agg(concat_ws(' ', 'call', t.effect, t.attempt, 'executor', t.executor,
                 CASE WHEN t.finished IS NOT NULL THEN 'finished' END, CASE WHEN t.withdrawn THEN 'withdrawn' END), ', ')
               FROM soma.tool_call t WHERE t.run = r.id))
            FROM soma.run r LEFT JOIN soma.replica p ON p.id = r.holder WHERE r.ended IS NULL
            """
        )
        await pool.close()
        return try rows.map { try $0.text(0) }
    }

    private static func read(_ url: String, into audit: inout ChaosAudit) async throws {
        let store = try await open(url)
        var place = Position(0)
        while case let page = try await store.transitions(after: place, limit: 4000), let last = page.last {
            for row in page { audit.stored(row.transition, row.bytes) }
            place = last.position
        }
        await store.close()
    }

    private static func compareCalls(_ rig: ClusterRig, _ url: String, _ audit: inout ChaosAudit) async throws
    {
        let store = try await open(url)
        var lines: [ContentID: String] = [:]
        let ids = Array(audit.arguments)
        for start in stride(from: 0, to: ids.count, by: 1000) {
            for (id, words) in try await store.content(Array(ids[start..<min(start + 1000, ids.count)])) {
                lines[id] = try JSON.parse(words.bytes).object?["line"]?.string
            }
        }
        await store.close()
        audit.expectCalls(lines: rig.lines) { lines[$0] }
    }

    private static func open(_ url: String) async throws -> PostgresStore {
        var options = PostgresStoreOptions()
        options.use = .open
        return try await PostgresStore.open(url, options: options)
    }

    private static func listen(_ broker: TestBroker, _ audit: inout ChaosAudit) async throws {
        var options = KafkaOptions(brokers: [broker.address])
        options.assignment = .range
        let consumer = try await KafkaConsumer.open(options, group: "test.audit", topics: [RelayParcel.topic])
        while !audit.isHeard {
            let messages = try await consumer.next(max: 2000, within: .seconds(20))
            if messages.isEmpty { break }
            for message in messages { audit.heard(key: message.key, value: message.value) }
        }
        await consumer.close()
        audit.expectHeard()
    }

    /// Into the runner's output as it happens.
    private func say(_ text: String) {
        let line = "chaos: \(text)\n"
        write(1, line, line.utf8.count)
    }
}
