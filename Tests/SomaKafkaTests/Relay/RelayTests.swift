import KafkaFixture
import PostgresFixture
import SomaCore
import SomaEngine
import SomaKafka
import SomaPostgres
import SomaTesting
import Synchronization
import Testing

@Suite("The relay from Postgres to Kafka", .timeLimit(.minutes(3)))
struct RelayTests {
    final class Seen: RelayObserver {
        let relayed = Mutex(0)
        let aside = Mutex<[String]>([])
        let waits = Mutex(0)
        let turns = Mutex<[Bool]>([])

        func relayed(_ count: Int) { relayed.withLock { $0 += count } }
        func putAside(_ record: BusRecord, reason: String) { aside.withLock { $0.append(reason) } }
        func isBehind(by count: Int, _ age: Duration) {}
        func waits(for error: BusError, _ time: Duration) { waits.withLock { $0 += 1 } }
        func hasTurn(_ hasTurn: Bool) { turns.withLock { $0.append(hasTurn) } }
    }

    /// A broker of the test's own: the topic's name is always the same.
    private struct Setting {
        let broker: TestBroker
        let url: String
        let options: KafkaOptions

        init() async throws {
            broker = try await TestBroker.start()
            url = try await TestServer.database()
            var options = KafkaOptions(brokers: [broker.address])
            options.assignment = .range
            self.options = options
            let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
            try await admin.ensure(
                [RelayParcel.topic, DeadLetter.topic(of: RelayParcel.topic)],
                KafkaAdmin.NewTopics(partitions: 3, replicas: 1)
            )
            await admin.close()
        }

        func store() async throws -> PostgresStore {
            var options = PostgresStoreOptions()
            options.use = .open
            return try await PostgresStore.open(url, options: options)
        }

        func relay(_ store: PostgresStore, _ seen: Seen) -> Task<Void, Never> {
            let options = options
            return Task {
                await Relay(
                    desk: store,
                    observer: seen,
                    open: { () async throws(BusError) in
                        try await KafkaProducer.open(options, deliveryTimeout: nil, logger: Cluster.logger)
                    },
                    waitForNews: { try? await Task.sleep(for: .milliseconds(10)) },
                    now: { Timestamp(microseconds: 1) }
                ).run()
            }
        }

        func received(_ topic: String = RelayParcel.topic) async throws -> [BusMessage] {
            let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
            let ranges = try await admin.ranges(of: try await admin.topics(topic).flatMap(\.partitions))
            await admin.close()
            let total = ranges.values.reduce(0) { $0 + Int($1.high - $1.low) }
            let reader = try await KafkaConsumer.open(
                options,
                from: ranges.mapValues(\.low),
                logger: Cluster.logger
            )
            var found: [BusMessage] = []
            while found.count < total {
                let batch = try await reader.next(max: 1_000, within: .seconds(10))
                if batch.isEmpty { break }
                found += batch
            }
            await reader.close()
            return found
        }
    }

    /// Every transition of the store, once repeats are dropped, in each run's order.
    private func check(_ messages: [BusMessage], against store: PostgresStore) async throws {
        var last: [RunID: Int] = [:]
        var values: [RunID: [[UInt8]]] = [:]
        for message in messages {
            let transition = try Transition(cloudEvent: message.value ?? [])
            let next = (last[transition.run] ?? 0) + 1
            guard transition.seq >= next else { continue }
            #expect(transition.seq == next)
            #expect(message.key == Array(transition.run.rawValue.utf8))
            last[transition.run] = transition.seq
            values[transition.run, default: []].append(message.value ?? [])
        }
        let stored = try await store.transitions(after: .start, limit: 100_000)
        // Compared beforehand: nobody wants to read all of it.
        let expected = Dictionary(grouping: stored, by: \.transition.run).mapValues { $0.map(\.bytes) }
        let isWhole = values == expected
        #expect(isWhole)
    }

    private func settled(_ seen: [Seen], _ count: Int) async throws {
        while seen.reduce(0, { $0 + $1.relayed.withLock { $0 } }) < count {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func append(_ runs: inout [ContractRun], _ count: Int, to store: PostgresStore) async throws {
        for index in runs.indices {
            let rows = runs[index].work(count)
            _ = try await store.append([runs[index].group(rows)])
        }
    }

    private func end(_ relays: Task<Void, Never>...) async {
        for relay in relays { relay.cancel() }
        for relay in relays { await relay.value }
    }

    @Test("two relays at once: each transition comes in its run's order, and one takes over from the other")
    func takesOver() async throws {
        let setting = try await Setting()
        let (first, second) = (try await setting.store(), try await setting.store())
        var runs = (0..<5).map { ContractRun("run-\($0)") }
        try await append(&runs, 40, to: first)
        let (one, two) = (Seen(), Seen())
        let early = setting.relay(first, one)
        try await settled([one], 200)
        let late = setting.relay(second, two)
        try await append(&runs, 20, to: first)
        try await settled([one, two], 300)
        #expect(two.turns.withLock { $0.isEmpty })
        await end(early)
        try await append(&runs, 20, to: first)
        try await settled([two], 100)
        await end(late)
        try await check(try await setting.received(), against: first)
        #expect(try await setting.received().count == 400)
        await first.close()
        await second.close()
    }

    @Test("while Kafka is away the log grows; once it is back, everything arrives in order")
    func catchesUp() async throws {
        let setting = try await Setting()
        let (store, seen) = (try await setting.store(), Seen())
        var runs = (0..<3).map { ContractRun("run-\($0)") }
        try await append(&runs, 10, to: store)
        let relay = setting.relay(store, seen)
        try await settled([seen], 30)
        try await setting.broker.stop()
        for _ in 0..<10 { try await append(&runs, 10, to: store) }
        try await Task.sleep(for: .milliseconds(300))
        #expect(seen.relayed.withLock { $0 } == 30)
        try await setting.broker.start()
        try await settled([seen], 330)
        await end(relay)
        try await check(try await setting.received(), against: store)
        await store.close()
    }

    @Test("a server that loses its sessions: the relay takes its turn again and goes on")
    func losesTurn() async throws {
        let setting = try await Setting()
        let (store, seen) = (try await setting.store(), Seen())
        var runs = [ContractRun("run-0")]
        try await append(&runs, 10, to: store)
        let relay = setting.relay(store, seen)
        try await settled([seen], 10)
        let admin = try PostgresPool(PostgresOptions(url: setting.url))
        try await admin.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND objid = 10 AND datname = current_database()
            """
        )
        await admin.close()
        try await append(&runs, 10, to: store)
        while seen.turns.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(10)) }
        try await append(&runs, 10, to: store)
        // Some may come twice, so counting what was sent says nothing.
        while Set(try await setting.received().map(\.value)).count < 30 {
            try await Task.sleep(for: .milliseconds(50))
        }
        await end(relay)
        try await check(try await setting.received(), against: store)
        await store.close()
    }

    @Test(
        "a transition that the broker refuses for its size is put aside with the reason, and the rest goes on"
    )
    func tooLarge() async throws {
        let setting = try await Setting()
        let (store, seen) = (try await setting.store(), Seen())
        var (run, other) = (ContractRun("run-0"), ContractRun("run-1"))
        var rows = run.work(4)
        // Random, so that compressing it doesn't help.
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<500_000).map { _ in
            String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 36)
        }
        rows[3].body["noise"] = .string(noise.joined())
        _ = try await store.append([run.group(rows)])
        _ = try await store.append([other.group(other.work(4))])
        let relay = setting.relay(store, seen)
        try await settled([seen], 7)
        while seen.aside.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
        await end(relay)
        #expect(try await setting.received().count == 7)
        let letters = try await setting.received(DeadLetter.topic(of: RelayParcel.topic))
        let letter = try #require(letters.first.flatMap(DeadLetter.init(stored:)))
        #expect(letters.count == 1)
        #expect(letter.isWithoutValue)
        #expect(letter.key == Array("run-0".utf8))
        #expect(letter.reason.contains("kafka.message_bytes"))
        await store.close()
    }

    @Test("the store says how many transitions a page may have, without reading them")
    func weighed() async throws {
        var options = PostgresStoreOptions()
        options.use = .open
        let store = try await PostgresStore.open(try await TestServer.database(), options: options)
        var runs = (0..<3).map { ContractRun("run-\($0)") }
        var stored: [StoredTransition] = []
        for (index, size) in [0, 70_000, 300, 5_000, 0, 900].enumerated() {
            var rows = runs[index % 3].work(4)
            rows[2].body["words"] = .string(String(repeating: "w", count: size))
            stored += try await store.append([runs[index % 3].group(rows)])
        }
        let all = stored
        _ = try await store.withTurn { turn in
            for skipped in [0, 3, 6, all.count] {
                let after = skipped == 0 ? Position.start : all[skipped - 1].position
                for bytes in [1, 2_000, 60_000, 90_000, 1 << 20] {
                    for most in [1, 5, 100] {
                        var (count, weight) = (0, 0)
                        let next = all.dropFirst(skipped).prefix(most)
                        for transition in next {
                            weight += transition.bytes.count
                            if weight > bytes { break }
                            count += 1
                        }
                        let rows = try? await turn.rows(after: after, atMost: most, weighing: bytes)
                        #expect(rows == (count == next.count ? most : max(1, count)))
                    }
                }
            }
        }
        await store.close()
    }
}
