import KafkaFixture
import SomaEngine
import SomaKafka
import Testing

@Suite("A producer", .timeLimit(.minutes(2)))
struct KafkaProducerTests {
    private func producer(
        _ change: (inout KafkaOptions) -> Void = { _ in },
        timeout: Duration? = .seconds(10)
    ) async throws -> KafkaProducer {
        var options = try await Cluster.options()
        change(&options)
        return try await KafkaProducer.open(options, deliveryTimeout: timeout, logger: Cluster.logger)
    }

    @Test("what it sent is there when it returns, with keys, headers, empty and absent values")
    func delivers() async throws {
        let topic = try await Cluster.topic("delivers")
        let producer = try await producer()
        let records = [
            BusRecord(
                topic: topic,
                key: [UInt8]("a"),
                value: [UInt8]("one"),
                headers: [BusHeader("h", "x"), BusHeader("h", "y"), BusHeader("none", nil)]
            ),
            BusRecord(topic: topic, key: [UInt8]("a"), value: []),
            BusRecord(topic: topic, key: [UInt8]("a"), value: nil),
        ]
        try await producer.send(records)
        let found = try await Cluster.everything(in: topic)
        #expect(found.map(\.value) == records.map(\.value))
        #expect(found.map(\.key) == records.map(\.key))
        #expect(found.first?.headers == records[0].headers)
        #expect(found.first?.header("h") == "y")
        #expect(found.first?.timestamp != nil)
        await producer.close()
    }

    @Test(
        "each key's records are in order, whatever was sent beside them",
        arguments: KafkaOptions.Compression.allCases
    )
    func order(_ compression: KafkaOptions.Compression) async throws {
        let topic = try await Cluster.topic("order")
        let producer = try await producer { $0.compression = compression }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in 0..<8 {
                group.addTask {
                    for first in stride(from: 0, to: 500, by: 50) {
                        try await producer.send(
                            (first..<first + 50).map {
                                BusRecord(topic: topic, key: [UInt8]("k\(key)"), value: [UInt8]("\($0)"))
                            }
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
        let found = try await Cluster.everything(in: topic)
        #expect(found.count == 4_000)
        for key in 0..<8 {
            let mine = found.filter { $0.key == [UInt8]("k\(key)") }
            #expect(mine.map(\.text) == (0..<500).map(String.init))
            #expect(Set(mine.map(\.partition)).count == 1)
        }
        await producer.close()
    }

    @Test("more than there is room for waits, and all of it arrives")
    func backPressure() async throws {
        let topic = try await Cluster.topic("pressure")
        let producer = try await producer(timeout: .seconds(60))
        let count = 120_000
        try await producer.send(
            (0..<count).map { BusRecord(topic: topic, key: [UInt8]("\($0 % 7)"), value: [UInt8]("\($0)")) }
        )
        #expect(producer.queuedMessages == 0)
        #expect(try await Cluster.everything(in: topic).count == count)
        await producer.close()
    }

    @Test("a message over the client's limit is refused, naming the setting, and nothing else is")
    func overClientLimit() async throws {
        let topic = try await Cluster.topic("large")
        let producer = try await producer { $0.messageBytesMax = 100_000 }
        let error = await #expect(throws: BusError.self) {
            try await producer.send([
                BusRecord(topic: topic, key: nil, value: [UInt8](repeating: 65, count: 200_000))
            ])
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.hint.contains("kafka.message_bytes") == true)
        try await producer.send([BusRecord(topic: topic, key: nil, value: [UInt8]("small"))])
        await producer.close()
    }

    @Test("a message over the broker's limit is refused by it, and the producer goes on")
    func overBrokerLimit() async throws {
        let topic = try await Cluster.topic("larger")
        let producer = try await producer { $0.compression = .none }
        let error = await #expect(throws: BusError.self) {
            try await producer.send([
                BusRecord(topic: topic, key: nil, value: [UInt8](repeating: 65, count: 10 << 20 - 1000))
            ])
        }
        #expect(error?.kind == .tooLarge)
        try await producer.send([BusRecord(topic: topic, key: nil, value: [UInt8]("small"))])
        #expect(try await Cluster.everything(in: topic).map(\.text) == ["small"])
        await producer.close()
    }

    @Test("a broker that isn't there is said in time, naming the setting")
    func nobodyThere() async throws {
        let port = try TestBroker.freePort()
        let options = KafkaOptions(brokers: ["127.0.0.1:\(port)"])
        let producer = try await KafkaProducer.open(
            options,
            deliveryTimeout: .seconds(1),
            logger: Cluster.logger
        )
        let error = await #expect(throws: BusError.self) {
            try await producer.send([BusRecord(topic: "any", key: nil, value: [])])
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.hint.contains("kafka.brokers") == true)
        await producer.close(grace: .zero)
    }

    @Test("sends end when their task is cancelled, and when the producer is closed")
    func ends() async throws {
        let options = KafkaOptions(brokers: ["127.0.0.1:\(try TestBroker.freePort())"])
        let producer = try await KafkaProducer.open(options, deliveryTimeout: nil, logger: Cluster.logger)
        let cancelled = Task { try await producer.send([BusRecord(topic: "any", key: nil, value: [])]) }
        let closed = Task { try await producer.send([BusRecord(topic: "any", key: nil, value: [])]) }
        while producer.queuedMessages < 2 { try await Task.sleep(for: .milliseconds(5)) }
        cancelled.cancel()
        #expect(await Self.kind(of: cancelled) == .closed)
        await producer.close(grace: .zero)
        #expect(await Self.kind(of: closed) == .closed)
        let late = await #expect(throws: BusError.self) {
            try await producer.send([BusRecord(topic: "any", key: nil, value: [])])
        }
        #expect(late?.kind == .closed)
    }

    private static func kind(of task: Task<Void, any Error>) async -> BusError.Kind? {
        guard case .failure(let error) = await task.result else { return nil }
        return (error as? BusError)?.kind
    }

    @Test("records wait for a broker that is away, and arrive in order once it is back")
    func brokerAway() async throws {
        let broker = try await TestBroker.start()
        var options = KafkaOptions(brokers: [broker.address])
        options.assignment = .range
        let producer = try await KafkaProducer.open(options, deliveryTimeout: nil, logger: Cluster.logger)
        try await producer.send([BusRecord(topic: "away", key: [1], value: [UInt8]("0"))])
        try await broker.stop()
        let late = Task {
            for number in 1...20 {
                try await producer.send([BusRecord(topic: "away", key: [1], value: [UInt8]("\(number)"))])
            }
        }
        try await Task.sleep(for: .milliseconds(500))
        #expect(producer.queuedMessages == 1)
        try await broker.start()
        try await late.value
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        let ranges = try await admin.ranges(of: try await admin.topics("away").flatMap(\.partitions))
        await admin.close()
        let reader = try await KafkaConsumer.open(
            options,
            from: ranges.mapValues(\.low),
            logger: Cluster.logger
        )
        var found: [String] = []
        while found.count < 21 { found += try await reader.next(max: 50).map(\.text) }
        #expect(found == (0...20).map(String.init))
        await reader.close()
        await producer.close()
    }
}
