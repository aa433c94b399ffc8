import KafkaFixture
import SomaEngine
import SomaKafka
import Testing

@Suite("The end of a partition", .timeLimit(.minutes(1)))
struct PartitionEndTests {
    @Test(
        "is told where its last offsets hold no message that can be read",
        arguments: [("marker", 4), ("gap", 6), ("pending", 3)] as [(String, Int64)]
    )
    func hollow(topic: String, end: Int64) async throws {
        let partition = BusPartition(topic: topic, number: 0)
        let reader = try await KafkaConsumer.open(
            KafkaOptions(brokers: [ScriptedBroker.brokers()]),
            from: [partition: 0],
            logger: Cluster.logger
        )
        var read = try await reader.read(max: 100)
        while read.ends.isEmpty {
            let more = try await reader.read(max: 100)
            read.messages += more.messages
            read.ends = more.ends
        }
        #expect(read.messages.map(\.offset) == [0, 1, 2])
        #expect(read.ends == [partition: end])
        await reader.close()
        #expect(try await reader.read(max: 1).isEmpty)
    }

    @Test("isn't gone to where the offset to read from is no longer there: what is there is read")
    func outOfRange() async throws {
        let partition = BusPartition(topic: "marker", number: 0)
        let reader = try await KafkaConsumer.open(
            KafkaOptions(brokers: [ScriptedBroker.brokers()]),
            from: [partition: 1_000],
            logger: Cluster.logger
        )
        var read: [Int64] = []
        var isAtEnd = false
        while !isAtEnd {
            let batch = try await reader.read(max: 100)
            read += batch.messages.map(\.offset)
            isAtEnd = batch.ends[partition] != nil
        }
        #expect(read == [0, 1, 2])
        await reader.close()
    }

    @Test("isn't waited for in silence where the broker goes: who asks is told why nothing comes")
    func absence() async throws {
        let broker = try await TestBroker.start()
        let options = KafkaOptions(brokers: [broker.address])
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        try await admin.ensure(["gone"], KafkaAdmin.NewTopics(partitions: 1, replicas: 1))
        await admin.close()
        let partition = BusPartition(topic: "gone", number: 0)
        let reader = try await KafkaConsumer.open(options, from: [partition: 0], logger: Cluster.logger)
        #expect(try await reader.read(max: 1).ends == [partition: 0])
        #expect(reader.absence == nil)
        try await broker.stop()
        for _ in 0..<500 where reader.absence == nil { try await Task.sleep(for: .milliseconds(10)) }
        #expect(reader.absence?.kind == .unavailable)
        #expect(reader.absence?.message.contains(broker.address) == true)
        // What comes says that it is back.
        try await broker.start()
        let producer = try await KafkaProducer.open(options, logger: Cluster.logger)
        try await producer.send([BusRecord(topic: "gone", key: nil, value: [UInt8]("back"))])
        #expect(try await reader.next(max: 1, within: .seconds(20)).map(\.text) == ["back"])
        #expect(reader.absence == nil)
        await producer.close()
        await reader.close()
    }

    @Test("is reached in batches that don't fill memory, whatever each message weighs")
    func heavy() async throws {
        let topic = try await Cluster.topic("heavy", partitions: 1)
        let partition = BusPartition(topic: topic, number: 0)
        let producer = try await KafkaProducer.open(Cluster.options(), logger: Cluster.logger)
        let value = [UInt8](repeating: 0x78, count: 500_000)
        try await producer.send((0..<30).map { _ in BusRecord(topic: topic, key: nil, value: value) })
        await producer.close()
        let reader = try await KafkaConsumer.open(
            Cluster.options(),
            from: [partition: 0],
            logger: Cluster.logger
        )
        var count = 0
        while true {
            let batch = try await reader.read(max: 1_000)
            #expect(batch.messages.reduce(0) { $0 + ($1.value?.count ?? 0) } < 5 << 20)
            count += batch.messages.count
            if batch.ends[partition] != nil { break }
        }
        #expect(count == 30)
        await reader.close()
    }

    @Test(
        "comes after the messages before it, however few are taken at a time; who wants messages isn't told"
    )
    func order() async throws {
        let topic = try await Cluster.topic("ends", partitions: 1)
        let partition = BusPartition(topic: topic, number: 0)
        let producer = try await KafkaProducer.open(Cluster.options(), logger: Cluster.logger)
        try await producer.send((0..<10).map { BusRecord(topic: topic, key: nil, value: [UInt8]("\($0)")) })
        let reader = try await KafkaConsumer.open(
            Cluster.options(),
            from: [partition: 0],
            logger: Cluster.logger
        )
        var seen: [BusMessage] = []
        while true {
            let batch = try await reader.read(max: 3)
            #expect(batch.messages.count <= 3)
            seen += batch.messages
            if batch.ends[partition] != nil { break }
        }
        #expect(seen.map(\.text) == (0..<10).map(String.init))
        #expect(try await reader.next(max: 1, within: .milliseconds(300)).isEmpty)
        try await producer.send([BusRecord(topic: topic, key: nil, value: [UInt8]("later"))])
        #expect(try await reader.next(max: 1).map(\.text) == ["later"])
        await producer.close()
        await reader.close()
    }
}
