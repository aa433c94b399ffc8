import KafkaFixture
import SomaCore
import SomaEngine
import SomaKafka
import Testing

@Suite("Asking a cluster", .timeLimit(.minutes(2)))
struct KafkaAdminTests {
    @Test("topics are made with their partitions, once, and what isn't there is none")
    func topics() async throws {
        let admin = try await KafkaAdmin.open(Cluster.options(), logger: Cluster.logger)
        let names = [TestBroker.name("made"), TestBroker.name("made")]
        let wanted = KafkaAdmin.NewTopics(partitions: 3, replicas: 1)
        #expect(try await admin.ensure(names, wanted) == names)
        #expect(try await admin.ensure(names, wanted).isEmpty)
        let found = try await admin.topics(names[0])
        #expect(found.map(\.name) == [names[0]])
        #expect(found.first?.parts.map(\.number) == [0, 1, 2])
        let nothing = TestBroker.name("nothing")
        #expect(try await admin.topics(nothing).isEmpty)
        #expect(try await admin.topics().contains { $0.name == nothing } == false)
        await admin.close()
    }

    @Test("a topic that is missing and may not be made is an error that names it and the setting")
    func forbidden() async throws {
        let admin = try await KafkaAdmin.open(Cluster.options(), logger: Cluster.logger)
        let name = TestBroker.name("forbidden")
        let error = await #expect(throws: BusError.self) {
            try await admin.ensure([name], KafkaAdmin.NewTopics(mayCreate: false))
        }
        #expect(error?.kind == .missingTopic)
        #expect(error?.message.contains(name) == true)
        #expect(error?.description.contains("kafka.create_topics") == true)
        #expect(try await admin.topics(name).isEmpty)
        await admin.close()
    }

    @Test("a cluster that takes its time is given it")
    func slow() async throws {
        let broker = try await ScriptedBroker.start(delay: .milliseconds(1300))
        let admin = try await KafkaAdmin.open(KafkaOptions(brokers: [broker.address]), logger: Cluster.logger)
        #expect(try await admin.topics("gap").map(\.name) == ["gap"])
        await admin.close()
    }

    @Test("offsets, a moment's offsets, a group's commits and its lag")
    func offsets() async throws {
        let topic = try await Cluster.topic("offsets", partitions: 1)
        let partition = BusPartition(topic: topic, number: 0)
        let producer = try await KafkaProducer.open(Cluster.options(), logger: Cluster.logger)
        for number in 0..<10 {
            try await producer.send([BusRecord(topic: topic, key: nil, value: [UInt8]("\(number)"))])
            if number == 4 { try await Task.sleep(for: .milliseconds(50)) }
        }
        await producer.close()
        let admin = try await KafkaAdmin.open(Cluster.options(), logger: Cluster.logger)
        #expect(try await admin.ranges(of: [partition]) == [partition: KafkaRange(low: 0, high: 10)])
        #expect(try await admin.committed("offsets").isEmpty)

        let consumer = try await KafkaConsumer.open(
            Cluster.options(),
            group: "offsets",
            topics: [topic],
            logger: Cluster.logger
        )
        var seen: [BusMessage] = []
        while seen.count < 10 { seen += try await consumer.next(max: 10) }
        try await consumer.commit(Array(seen.prefix(4)))
        #expect(try await admin.committed("offsets") == [partition: 4])
        await consumer.close()

        let moment = try #require(seen[5].timestamp)
        #expect(try await admin.offsets(of: [partition], at: moment) == [partition: 5])
        let future = Timestamp(microseconds: moment.microseconds + 3_600_000_000)
        #expect(try await admin.offsets(of: [partition], at: future) == [partition: 10])
        await admin.close()
    }

    @Test("a group that may not be asked is an error, and not one that has committed nothing")
    func refusedGroup() async throws {
        let options = KafkaOptions(brokers: [try await ScriptedBroker.brokers()])
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        #expect(try await admin.groups().map(\.name) == ["open", "refused", "unknown"])
        let unknown = try await admin.groups().last?.problem
        #expect(unknown?.contains("Coordinator") == true)
        #expect(try await admin.committed("open") == [BusPartition(topic: "marker", number: 0): 1])
        let error = await #expect(throws: BusError.self) { _ = try await admin.committed("refused") }
        #expect(error?.kind == .refused)
        await admin.close()
    }

    @Test("partitions without a leader are left out, and hold nothing up")
    func leaderless() async throws {
        let options = KafkaOptions(brokers: [try await ScriptedBroker.brokers()])
        let admin = try await KafkaAdmin.open(options, logger: Cluster.logger)
        let start = ContinuousClock.now
        let topics = try await admin.topics()
        let headless = try #require(topics.first { $0.name == "headless" })
        #expect(headless.parts.count == 1 && headless.led.isEmpty)
        let ranges = try await admin.ranges(of: topics.flatMap(\.led))
        #expect(ranges[BusPartition(topic: "marker", number: 0)] == KafkaRange(low: 0, high: 4))
        #expect(ContinuousClock.now - start < .seconds(5))
        await admin.close()
    }

    @Test("a wrong address is said within a few seconds, naming the setting")
    func wrongAddress() async throws {
        for address in ["127.0.0.1:\(try TestBroker.freePort())", "no-such-host.invalid:9092"] {
            let admin = try await KafkaAdmin.open(KafkaOptions(brokers: [address]), logger: Cluster.logger)
            let start = ContinuousClock.now
            let error = await #expect(throws: BusError.self) { _ = try await admin.topics() }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains(address) == true)
            #expect(error?.hint.contains("kafka.brokers") == true)
            #expect(ContinuousClock.now - start < .seconds(12))
            await admin.close()
        }
    }
}
