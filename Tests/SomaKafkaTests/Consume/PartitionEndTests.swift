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
