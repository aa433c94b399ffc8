import FoundationEssentials
import Glibc
import KafkaFixture
import SomaConsole
import SomaCore
import SomaEngine
import SomaKafka
import Synchronization
import Testing

@testable import soma

/// What a browser tells, gathered.
private final class Told: Sendable {
    private struct State {
        var records: [Int: [TopicRecord]] = [:]
        var read: [Int: Int] = [:]
        var behind: [Int: Int] = [:]
        var ended: [Int: String] = [:]
        var clusters: [KafkaCluster] = []
        var losses: [String] = []
        var notices: [Notice] = []
    }

    private let state = Mutex(State())

    func take(_ news: KafkaNews) {
        state.withLock { state in
            switch news {
            case .batch(let number, let batch):
                state.records[number, default: []] += batch.records
                state.read[number, default: 0] += batch.read
                if let behind = batch.behind { state.behind[number] = behind }
            case .ended(let number, let reason): state.ended[number] = reason
            case .cluster(let cluster): state.clusters.append(cluster)
            case .lost(let reason): state.losses.append(reason)
            case .exported(let notice): state.notices.append(notice)
            }
        }
    }

    func records(_ number: Int) -> [TopicRecord] { state.withLock { $0.records[number] ?? [] } }
    func read(_ number: Int) -> Int { state.withLock { $0.read[number] ?? 0 } }
    func isThrough(_ number: Int) -> Bool { state.withLock { $0.behind[number] == 0 } }
    func ended(_ number: Int) -> String? { state.withLock { $0.ended[number] } }
    var clusters: [KafkaCluster] { state.withLock(\.clusters) }
    var losses: [String] { state.withLock(\.losses) }
    var notices: [Notice] { state.withLock(\.notices) }
}

@Suite("The console's look at a Kafka", .timeLimit(.minutes(2)))
struct KafkaBrowserTests {
    /// A topic of three partitions, with so many messages.
    private static func filled(_ count: Int, _ brokers: String) async throws -> String {
        let topic = TestBroker.name("browsed")
        let admin = try await KafkaAdmin.open(KafkaOptions(brokers: [brokers]))
        try await admin.ensure([topic], KafkaAdmin.NewTopics(partitions: 3, replicas: 1))
        await admin.close()
        try await produce(0..<count, to: topic, brokers)
        return topic
    }

    private static func produce(_ numbers: Range<Int>, to topic: String, _ brokers: String) async throws {
        let producer = try await KafkaProducer.open(KafkaOptions(brokers: [brokers]))
        try await producer.send(
            numbers.map { number in
                let kind = number % 10 == 3 ? "refund" : "sale"
                return BusRecord(
                    topic: topic,
                    key: Array("key-\(number % 7)".utf8),
                    value: Array(#"{"n":\#(number),"kind":"\#(kind)"}"#.utf8)
                )
            }
        )
        await producer.close()
    }

    private static func with(_ brokers: String, _ body: (KafkaBrowser, Told) async throws -> Void)
        async throws
    {
        let browser = KafkaBrowser(KafkaOptions(brokers: [brokers]))
        let told = Told()
        let task = Task { for await news in browser.news { told.take(news) } }
        let result: Result<Void, any Error>
        do { result = .success(try await body(browser, told)) } catch { result = .failure(error) }
        browser.close()
        await task.value
        try result.get()
    }

    private static func reading(
        _ number: Int,
        _ topic: String,
        from start: TopicStart,
        _ filter: String = ""
    ) throws -> TopicReading {
        TopicReading(number: number, topic: topic, start: start, filter: try TopicFilter(filter))
    }

    private func until(_ what: Comment, _ holds: () -> Bool) async throws {
        for _ in 0..<3_000 {
            if holds() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record(what)
    }

    /// The numbers that the messages hold.
    private func numbers(_ records: [TopicRecord]) throws -> [Int] {
        try records.map { try JSON.parse($0.value ?? [])["n"]?.int ?? -1 }
    }

    @Test("brokers that take connections and never answer are told of within five seconds")
    func silence() async throws {
        let server = try StubServer(answer: nil)
        defer { server.stop() }
        try await Self.with(server.place) { browser, told in
            let start = ContinuousClock.now
            browser.send(.watch(true))
            try await until("the loss is told") { !told.losses.isEmpty }
            // A busy machine may take its time, but never the ten seconds that others are given.
            #expect(ContinuousClock.now - start < .seconds(9))
            #expect(told.losses.first?.contains("no broker answers") == true)
        }
    }

    @Test("a reading that no broker answers hasn't ended: it begins once one does")
    func awaits() async throws {
        let server = try StubServer(answer: nil)
        defer { server.stop() }
        try await Self.with(server.place) { browser, told in
            browser.send(.read(try Self.reading(1, "orders", from: .end)))
            try await until("it is tried again") { told.losses.count > 1 }
            #expect(told.ended(1) == nil)
            #expect(told.losses[0].contains("no broker answers"))
        }
    }

    @Test("all of a topic comes, each partition in its order, also where it fills the last batch to the brim")
    func whole() async throws {
        let brokers = try await TestBroker.brokers()
        let topic = try await Self.filled(6_000, brokers)
        try await Self.with(brokers) { browser, told in
            browser.send(.read(try Self.reading(1, topic, from: .beginning)))
            try await until("all is read") { told.isThrough(1) && told.read(1) == 6_000 }
            let records = told.records(1)
            #expect(Set(try numbers(records)) == Set(0..<6_000))
            for partition in Int32(0)..<3 {
                let offsets = records.filter { $0.place.partition == partition }.map(\.place.offset)
                #expect(offsets == (0..<Int64(offsets.count)).map { $0 })
            }
            // What comes later comes, too.
            try await Self.produce(6_000..<6_005, to: topic, brokers)
            try await until("news is read") { told.read(1) == 6_005 }
        }
    }

    @Test(
        "a filter lets through what matches, and counts what it looked at; readings begin where they are told"
    )
    func filters() async throws {
        let brokers = try await TestBroker.brokers()
        let topic = try await Self.filled(900, brokers)
        try await Self.with(brokers) { browser, told in
            browser.send(.read(try Self.reading(1, topic, from: .beginning, "refund .n=13")))
            browser.send(.read(try Self.reading(2, topic, from: .beginning, "refund")))
            browser.send(.read(try Self.reading(3, topic, from: .last(10))))
            browser.send(.read(try Self.reading(4, topic, from: .offset(5), "partition:1")))
            browser.send(.read(try Self.reading(5, topic, from: .offsets([0: 2]))))
            try await until("all are through") { (1...5).allSatisfy { told.isThrough($0) } }
            #expect(try numbers(told.records(1)) == [13])
            #expect(told.read(1) == 900)
            #expect(Set(try numbers(told.records(2))) == Set((0..<900).filter { $0 % 10 == 3 }))
            #expect((1...30).contains(told.records(3).count))
            #expect(told.records(4).allSatisfy { $0.place.partition == 1 && $0.place.offset >= 5 })
            #expect(told.records(5).allSatisfy { $0.place.partition == 0 && $0.place.offset >= 2 })
        }
    }

    @Test(
        "a reading is through where the last offsets hold no message that can be read",
        arguments: ["marker", "gap", "pending"]
    )
    func hollowEnds(topic: String) async throws {
        try await Self.with(try await ScriptedBroker.brokers()) { browser, told in
            browser.send(.read(try Self.reading(1, topic, from: .beginning)))
            try await until("all is read, and nothing is to go") { told.isThrough(1) && told.read(1) == 3 }
        }
    }

    @Test("a reading that a broker answers with more than anybody takes ends within seconds, with what to do")
    func flood() async throws {
        try await Self.with(try await ScriptedBroker.brokers()) { browser, told in
            let start = ContinuousClock.now
            browser.send(.read(try Self.reading(1, "huge", from: .beginning)))
            try await until("it is said") { told.ended(1)?.contains(":from -20") == true }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test(
        "a group that can't be asked is listed with the reason, and a topic without a leader holds nothing up"
    )
    func silentGroups() async throws {
        try await Self.with(try await ScriptedBroker.brokers()) { browser, told in
            browser.send(.watch(true))
            try await until("the cluster is seen") { !told.clusters.isEmpty }
            let cluster = try #require(told.clusters.last)
            #expect(cluster.groups.map(\.name) == ["open", "refused", "unknown"])
            #expect(cluster.groups[0].lag == ["marker": 3])
            #expect(cluster.groups[0].trouble == nil)
            #expect(
                cluster.groups[1].trouble?.hasPrefix("Not known: Broker: Group authorization failed") == true
            )
            #expect(cluster.groups[2].trouble?.hasPrefix("Not known: Broker: Coordinator") == true)
            let headless = try #require(cluster.topics.first { $0.name == "headless" })
            #expect(headless.leaderless == 1 && headless.partitions.isEmpty)
            #expect(told.losses.isEmpty)
            browser.send(.read(try Self.reading(1, "headless", from: .beginning)))
            try await until("it is said") { told.ended(1)?.contains("none has a leader") == true }
        }
    }

    @Test("what comes while a reading is paused comes once it goes on, and once")
    func pause() async throws {
        let brokers = try await TestBroker.brokers()
        let topic = try await Self.filled(30, brokers)
        try await Self.with(brokers) { browser, told in
            browser.send(.read(try Self.reading(1, topic, from: .beginning)))
            try await until("the first are read") { told.read(1) == 30 }
            browser.send(.pause(1, true))
            // The call that waited for a message before the pause may bring the next ones.
            try await Self.produce(30..<40, to: topic, brokers)
            try await Task.sleep(for: .milliseconds(300))
            let before = told.read(1)
            try await Self.produce(40..<90, to: topic, brokers)
            try await Task.sleep(for: .milliseconds(500))
            #expect(told.read(1) == before)
            browser.send(.pause(1, false))
            try await until("the rest is read") { told.read(1) == 90 }
            #expect(try numbers(told.records(1)).sorted() == Array(0..<90))
        }
    }

    @Test("a cluster is told with its topics and how far groups are behind; nobody else is disturbed")
    func cluster() async throws {
        let brokers = try await TestBroker.brokers()
        let topic = try await Self.filled(50, brokers)
        let options = KafkaOptions(brokers: [brokers])
        let consumer = try await KafkaConsumer.open(options, group: "\(topic)-readers", topics: [topic])
        var handled: [BusMessage] = []
        while handled.count < 20 { handled += try await consumer.next(max: 20 - handled.count) }
        try await consumer.commit(handled)
        try await Self.with(brokers) { browser, told in
            browser.send(.watch(true))
            try await until("the group is listed") {
                told.clusters.last?.groups.contains { $0.lag[topic] != nil } == true
            }
            let cluster = try #require(told.clusters.last)
            let found = try #require(cluster.topics.first { $0.name == topic })
            #expect(found.partitions.count == 3)
            #expect(found.messages == 50)
            let group = try #require(cluster.groups.first { $0.lag[topic] != nil })
            #expect(group.lag[topic] == Int64(50 - handled.count))
            #expect(group.members == 1)
            browser.send(.watch(false))
            browser.send(.read(try Self.reading(1, topic, from: .beginning)))
            try await until("all is read") { told.read(1) == 50 }
        }
        var rest: [BusMessage] = []
        while handled.count + rest.count < 50 { rest += try await consumer.next(max: 100) }
        #expect(Set(rest.map(\.value)).isDisjoint(with: handled.map(\.value)))
        await consumer.close()
    }

    @Test("a topic that isn't there, and a broker that is away and comes back, are said in time")
    func troubles() async throws {
        let broker = try await TestBroker.start()
        let topic = try await Self.filled(5, broker.address)
        try await Self.with(broker.address) { browser, told in
            browser.send(.read(try Self.reading(1, "no-such-topic", from: .end)))
            try await until("it is refused") { told.ended(1)?.contains("no-such-topic") == true }
            browser.send(.watch(true))
            try await until("the cluster is seen") {
                told.clusters.last?.topics.contains { $0.name == topic } == true
            }
            try await broker.stop()
            let lost = ContinuousClock.now
            try await until("the loss is seen") { !told.losses.isEmpty }
            #expect(ContinuousClock.now - lost < .seconds(15))
            let count = told.clusters.count
            browser.send(.read(try Self.reading(2, topic, from: .beginning)))
            try await Task.sleep(for: .seconds(5))
            #expect(told.ended(2) == nil)
            try await broker.start()
            try await until("it is back") { told.clusters.count > count }
            try await until("what is read then is read") { told.read(2) == 5 }
        }
    }

    @Test("messages are written into a new file, as tail prints them; one that exists is left alone")
    func exports() async throws {
        let brokers = try await TestBroker.brokers()
        let topic = try await Self.filled(3, brokers)
        let path = "/tmp/soma-export-\(TestBroker.name("file")).ndjson"
        defer { unlink(path) }
        try await Self.with(brokers) { browser, told in
            browser.send(.read(try Self.reading(1, topic, from: .beginning)))
            try await until("all is read") { told.read(1) == 3 }
            browser.send(.export(path, topic: topic, told.records(1)))
            try await until("it is written") { told.notices.count == 1 }
            #expect(told.notices[0].kind == .good)
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            let lines = try text.split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(Set(lines.map { $0["value"]?["n"]?.int }) == [0, 1, 2])
            #expect(lines.allSatisfy { $0["topic"]?.string == topic })
            browser.send(.export(path, topic: topic, told.records(1)))
            try await until("it is refused") { told.notices.count == 2 }
            #expect(told.notices[1].kind == .bad)
        }
    }
}
