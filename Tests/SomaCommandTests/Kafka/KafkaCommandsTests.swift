import KafkaFixture
import SomaCore
import SomaEngine
import SomaKafka
import Testing

@testable import soma

@Suite("Commands for Kafka", .timeLimit(.minutes(2)))
struct KafkaCommandsTests {
    /// JSON, text, bytes, nothing, and what would take a terminal over.
    private static let values: [[UInt8]?] = [
        Array(#"{"a":1}"#.utf8), Array("plain words".utf8), [0, 255, 16], nil,
        Array("\u{1B}]0;owned\u{07}\u{1B}[2J".utf8), Array("{\"half\":".utf8),
    ]

    private static func filled() async throws -> (brokers: String, topic: String) {
        let brokers = try await TestBroker.brokers()
        let topic = TestBroker.name("commands")
        let options = KafkaOptions(brokers: [brokers])
        let admin = try await KafkaAdmin.open(options)
        try await admin.ensure([topic], KafkaAdmin.NewTopics(partitions: 1, replicas: 1))
        await admin.close()
        let producer = try await KafkaProducer.open(options)
        try await producer.send(
            values.map {
                BusRecord(
                    topic: topic,
                    key: Array("k\u{1B}[31m".utf8),
                    value: $0,
                    headers: [BusHeader("ce_type", "soma.test.v1")]
                )
            }
        )
        await producer.close()
        return (brokers, topic)
    }

    @Test("topics lists partitions and messages, and what a group has before it")
    func topics() async throws {
        let (brokers, topic) = try await Self.filled()
        let outcome = await CommandHarness.soma([
            "topics", "--brokers", brokers, "--group", "nobody", "--json",
        ])
        #expect(outcome.code == 0)
        let found = try outcome.json().array?.first { $0["topic"]?.string == topic }
        #expect(found?["partitions"]?.int == 1)
        #expect(found?["messages"]?.int == 6)
        #expect(found?["lag"]?.int == 6)
        #expect(outcome.notes.hasPrefix("There is no group nobody."), "\(outcome.notes)")
        let text = await CommandHarness.soma(["topics", "--brokers", brokers])
        #expect(text.output.contains(topic))
    }

    @Test("a group that has committed nothing is told from one that isn't there")
    func silence() {
        let known = ["billing", "audit"]
        #expect(TopicsCommand.silence(of: "audit", among: known).contains("has committed nothing yet"))
        #expect(TopicsCommand.silence(of: "biling", among: known).contains("Did you mean billing?"))
        #expect(TopicsCommand.silence(of: "\u{1B}x", among: known).hasPrefix("There is no group ␛x."))
    }

    @Test("tail shows JSON, text and bytes, and nothing that a terminal would obey")
    func tail() async throws {
        let (brokers, topic) = try await Self.filled()
        let outcome = await CommandHarness.soma([
            "tail", topic, "--brokers", brokers, "--from", "beginning", "--once",
        ])
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[0].hasSuffix(#"{"a":1}"#))
        #expect(lines[2].hasSuffix("00 ff 10 (3 bytes)"))
        #expect(lines[3].hasSuffix("(none)"))
        #expect(lines[4].contains("owned"))
        #expect(!outcome.output.utf8.contains(0x1B))
        #expect(!outcome.output.utf8.contains(0x07))
    }

    @Test(
        "what ends with what is there now ends where the last offsets hold no message that can be read",
        arguments: ["marker", "gap", "pending"]
    )
    func hollowEnds(topic: String) async throws {
        let brokers = try await ScriptedBroker.brokers()
        let tail = await CommandHarness.soma([
            "tail", topic, "--brokers", brokers, "--from", "beginning", "--once",
        ])
        #expect(tail.code == 0)
        #expect(tail.output.split(separator: "\n").count == 3)
        let show = await CommandHarness.soma([
            "dead-letters", "show", "\(topic).dead-letters/0/2", "--brokers", brokers,
        ])
        #expect(show.code == 0)
        #expect(show.output.contains("no reason"))
    }

    @Test("a topic that nobody leads is said, and not waited for")
    func headless() async throws {
        let tail = await CommandHarness.soma([
            "tail", "headless", "--brokers", try await ScriptedBroker.brokers(),
        ])
        #expect(tail.code == 1)
        #expect(tail.notes.contains("none has a leader"))
    }

    @Test("a broker that answers with more than anybody takes is said within seconds, and what to do")
    func flood() async throws {
        let start = ContinuousClock.now
        let tail = await CommandHarness.soma([
            "tail", "huge", "--brokers", try await ScriptedBroker.brokers(), "--from", "beginning",
        ])
        #expect(tail.code == 1)
        #expect(tail.notes.contains("1879048192 bytes"))
        #expect(tail.notes.contains("--from -20"))
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("tail --json keeps JSON as JSON and bytes in base 64, one message a line")
    func tailJSON() async throws {
        let (brokers, topic) = try await Self.filled()
        let outcome = await CommandHarness.soma([
            "tail", topic, "--brokers", brokers, "--from", "beginning", "--once", "--json",
        ])
        let rows = try outcome.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(rows.map { $0["offset"]?.int } == [0, 1, 2, 3, 4, 5])
        #expect(rows[0]["value"]?["a"]?.int == 1)
        #expect(rows[1]["value"]?.string == "plain words")
        #expect(rows[2]["value_base64"]?.string == "AP8Q")
        #expect(rows[3]["value"]?.isNull == true)
        #expect(rows[5]["value"]?.string == "{\"half\":")
        #expect(rows[0]["headers"]?[0]?["value"]?.string == "soma.test.v1")
    }

    @Test("tail begins where it is told, and shows what matches")
    func places() async throws {
        let (brokers, topic) = try await Self.filled()
        let common = ["--brokers", brokers, "--once", "--json"]
        let last = await CommandHarness.soma(["tail", topic, "--from", "-2"] + common)
        #expect(last.output.split(separator: "\n").count == 2)
        let end = await CommandHarness.soma(["tail", topic] + common)
        #expect(end.code == 0)
        #expect(end.output.isEmpty)
        let recent = await CommandHarness.soma(["tail", topic, "--from", "1h"] + common)
        #expect(recent.output.split(separator: "\n").count == 6)
        let matching = await CommandHarness.soma(
            ["tail", topic, "--from", "beginning", "--filter", "pl[a]in"] + common
        )
        #expect(matching.output.split(separator: "\n").count == 1)
        let wrong = await CommandHarness.soma(["tail", topic, "--from", "noon"] + common)
        #expect(wrong.code == 2)
        #expect(wrong.notes.contains("--from"))
    }

    @Test("no broker, a wrong one, and a topic that isn't there are said with what to do")
    func wrong() async throws {
        let unset = await CommandHarness.soma(["topics"])
        #expect(unset.code == 2)
        #expect(unset.notes.contains("--brokers"))
        let away = await CommandHarness.soma([
            "topics", "--brokers", "127.0.0.1:\(try TestBroker.freePort())",
        ])
        #expect(away.code == 1)
        #expect(away.notes.contains("kafka.brokers"))
        let brokers = try await TestBroker.brokers()
        let missing = await CommandHarness.soma(["tail", "no-such-topic", "--brokers", brokers])
        #expect(missing.code == 2)
        #expect(missing.notes.contains("no-such-topic"))
        let socket = await CommandHarness.soma(["topics", "--brokers", "unix:/tmp/x"])
        #expect(socket.code == 2)
        #expect(socket.notes.contains("HOST:PORT"))
    }

    @Test("dead letters are listed, shown, and sent back once")
    func deadLetters() async throws {
        let (brokers, topic) = try await Self.filled()
        let options = KafkaOptions(brokers: [brokers])
        let dead = DeadLetter.topic(of: topic)
        let admin = try await KafkaAdmin.open(options)
        try await admin.ensure([dead], KafkaAdmin.NewTopics(partitions: 1, replicas: 1))
        await admin.close()
        let message = BusMessage(
            partition: BusPartition(topic: topic, number: 0),
            offset: 5,
            key: Array("k".utf8),
            value: Array("{\"half\":".utf8)
        )
        let at = Timestamp(microseconds: 1_700_000_000_000_000)
        let whole = DeadLetter(message, reason: "no JSON: \u{1B}[31m it ends early", at: at)
        let large = DeadLetter(
            undelivered: BusRecord(topic: topic, key: Array("k".utf8), value: []),
            reason: "too large",
            at: at,
            withoutValue: true
        )
        let producer = try await KafkaProducer.open(options)
        try await producer.send([whole.record, large.record])
        await producer.close()

        let list = await CommandHarness.soma(["dead-letters", "list", "--brokers", brokers])
        #expect(list.output.contains("\(dead)/0/0"))
        #expect(!list.output.utf8.contains(0x1B))
        let show = await CommandHarness.soma(["dead-letters", "show", "\(dead)/0/0", "--brokers", brokers])
        #expect(show.output.contains("it ends early"))
        #expect(show.output.contains("{\"half\":"))
        let nowhere = await CommandHarness.soma(["dead-letters", "show", "\(dead)/0/9", "--brokers", brokers])
        #expect(nowhere.code == 2)

        let command = ["dead-letters", "redrive", dead, "--brokers", brokers, "--json"]
        let trial = await CommandHarness.soma(command + ["--dry-run"])
        #expect(try trial.json()["found"]?.int == 2)
        #expect(try trial.json()["sent"]?.int == 0)
        let first = await CommandHarness.soma(command)
        #expect(try first.json()["sent"]?.int == 1)
        #expect(try first.json()["without_value"]?.int == 1)
        let second = await CommandHarness.soma(command)
        #expect(try second.json()["found"]?.int == 0)
        let back = await CommandHarness.soma([
            "tail", topic, "--from", "-1", "--once", "--json", "--brokers", brokers,
        ])
        #expect(try back.json()["offset"]?.int == 6)
        #expect(try back.json()["key"]?.string == "k")
        let rest = await CommandHarness.soma([
            "dead-letters", "list", "--all", "--json", "--brokers", brokers,
        ])
        #expect(rest.output.split(separator: "\n").filter { $0.contains(dead) }.count == 2)
    }
}
