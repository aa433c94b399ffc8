import KafkaFixture
import SomaEngine
import SomaKafka
import Testing

@Suite("A consumer", .timeLimit(.minutes(3)))
struct KafkaConsumerTests {
    private func send(_ topic: String, _ range: Range<Int>, keys: Int = 8) async throws {
        let producer = try await KafkaProducer.open(Cluster.options(), logger: Cluster.logger)
        try await producer.send(
            range.map { BusRecord(topic: topic, key: [UInt8]("k\($0 % keys)"), value: [UInt8]("\($0)")) }
        )
        await producer.close()
    }

    private func open(
        _ topic: String,
        _ group: String
    ) async throws -> KafkaConsumer {
        try await KafkaConsumer.open(
            Cluster.options(),
            group: group,
            topics: [topic],
            logger: Cluster.logger
        )
    }

    @Test("a group's next member goes on after what was committed, in order of each partition")
    func commits() async throws {
        let topic = try await Cluster.topic("commits")
        try await send(topic, 0..<200)
        let first = try await open(topic, "commits")
        var seen: [BusMessage] = []
        while seen.count < 120 {
            let batch = try await first.next(max: 40)
            #expect(batch.count <= 40)
            try await first.commit(batch)
            seen += batch
        }
        // Received, but not handled.
        let dropped = try await first.next(max: 10)
        #expect(!dropped.isEmpty)
        await first.close()
        #expect(try await first.next(max: 1).isEmpty)
        let second = try await open(topic, "commits")
        while seen.count < 200 { seen += try await second.next(max: 100) }
        #expect(Set(seen.map(\.text)).count == 200)
        for (_, messages) in Dictionary(grouping: seen, by: \.partition) {
            #expect(messages.map(\.offset) == messages.map(\.offset).sorted())
        }
        await second.close()
    }

    @Test("a broker that answers at once isn't asked for nothing all the time")
    func rests() async throws {
        let topic = try await Cluster.topic("rests")
        let (requests, told) = AsyncStream.makeStream(of: Int.self)
        let consumer = try await KafkaConsumer.open(
            Cluster.options(),
            group: "rests",
            topics: [topic],
            logger: Cluster.logger,
            onStatistics: { told.yield($0.requests) }
        )
        let waiting = Task { try await consumer.next(max: 1) }
        var counts = requests.makeAsyncIterator()
        let (before, after) = (await counts.next() ?? 0, await counts.next() ?? 0)
        // 5 s of at least 3 ms each, where tens of thousands would do.
        #expect(after > before && after - before < 3_000)
        try await send(topic, 0..<1)
        #expect(try await waiting.value.count == 1)
        await consumer.close()
    }

    @Test("one partition only: one member works, the other waits, and takes over when the first leaves")
    func onePartition() async throws {
        let topic = try await Cluster.topic("single", partitions: 1)
        let first = try await open(topic, "single")
        try await send(topic, 0..<10)
        var seen: [BusMessage] = []
        while seen.count < 10 { seen += try await first.next(max: 10) }
        try await first.commit(seen)
        let second = try await open(topic, "single")
        #expect(try await second.next(max: 1, within: .seconds(1)).isEmpty)
        await first.close()
        try await send(topic, 10..<20)
        var later: [BusMessage] = []
        while later.count < 10 { later += try await second.next(max: 10) }
        #expect(later.map(\.text) == (10..<20).map(String.init))
        await second.close()
    }

    @Test("in a rebalance nothing is lost, and each member has its share")
    func rebalance() async throws {
        let topic = try await Cluster.topic("rebalance")
        try await send(topic, 0..<400, keys: 40)
        let first = try await open(topic, "rebalance")
        var begun: [BusMessage] = []
        while begun.count < 100 { begun += try await first.next(max: 20) }
        let second = try await open(topic, "rebalance")
        func rest(_ consumer: KafkaConsumer) async throws -> [BusMessage] {
            var found: [BusMessage] = []
            while true {
                let batch = try await consumer.next(max: 50, within: .seconds(4))
                if batch.isEmpty { return found }
                try await consumer.commit(batch)
                found += batch
            }
        }
        async let others = rest(second)
        let mine = try await rest(first)
        let theirs = try await others
        #expect(first.assigned.count == 2)
        #expect(second.assigned.count == 2)
        // What had begun and wasn't committed comes once more.
        #expect(Set((begun + mine + theirs).map(\.text)).count == 400)
        await first.close()
        await second.close()
    }

    @Test("a commit for partitions that went to somebody else changes nothing")
    func lateCommit() async throws {
        let topic = try await Cluster.topic("late", partitions: 1)
        try await send(topic, 0..<10)
        let first = try await open(topic, "late")
        var batch: [BusMessage] = []
        while batch.count < 10 { batch += try await first.next(max: 10) }
        await first.close()
        await #expect(throws: Never.self) { try await first.commit(batch) }
        let second = try await open(topic, "late")
        #expect(try await second.next(max: 1).first?.offset == 0)
        await second.close()
    }

    @Test("waiting ends with the task, and with its time")
    func waiting() async throws {
        let topic = try await Cluster.topic("waiting")
        let consumer = try await open(topic, "waiting")
        let task = Task { try await consumer.next(max: 1) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: BusError.self) { _ = try await task.value }
        let start = ContinuousClock.now
        #expect(try await consumer.next(max: 1, within: .milliseconds(200)).isEmpty)
        #expect(ContinuousClock.now - start < .seconds(2))
        await consumer.close()
    }

    @Test("waiting ends with its time also where that is over at once")
    func noTime() async throws {
        let options = KafkaOptions(brokers: ["127.0.0.1:\(try TestBroker.freePort())"])
        let partition = BusPartition(topic: "any", number: 0)
        let consumer = try await KafkaConsumer.open(options, from: [partition: 0], logger: Cluster.logger)
        for _ in 0..<2_000 { #expect(try await consumer.next(max: 1, within: .zero).isEmpty) }
        await consumer.close()
    }

    @Test("a topic that isn't there is said, naming the setting")
    func missing() async throws {
        let consumer = try await open(TestBroker.name("missing"), "missing")
        let error = await #expect(throws: BusError.self) {
            _ = try await consumer.next(max: 1, within: .seconds(10))
        }
        #expect(error?.kind == .missingTopic)
        #expect(error?.hint.contains("kafka.create_topics") == true)
        await consumer.close()
    }
}
