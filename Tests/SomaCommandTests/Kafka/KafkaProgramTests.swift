import FoundationEssentials
import KafkaFixture
import PostgresFixture
import SomaCore
import SomaEngine
import SomaKafka
import Testing

@testable import soma

@Suite("The programs with a Kafka", .timeLimit(.minutes(3)))
struct KafkaProgramTests {
    private func story(_ place: Place, _ brokers: String) async throws {
        try Data("teh line\n".utf8).write(to: URL(filePath: place.workspace + "/note.txt"))
        let started = try await place.soma("run", "survey .", "--detach")
        #expect(started.code == 0, "\(started.notes)")
        let id = String(started.output.split(separator: "\n").last ?? "")
        _ = try await place.soma("wait", id)
        let log = try await place.soma("log", id, "--json").output.split(separator: "\n").map(String.init)
        #expect(log.count > 10)
        var received: [String] = []
        for _ in 0..<200 {
            let options = ["--from", "beginning", "--once", "--json", "--brokers", brokers]
            let words = [Place.executable("soma"), "tail", "orchestrator.transitions"]
            let tail = try await place.run(words + options)
            let messages = try tail.output.split(separator: "\n").map { try JSON.parse(String($0)) }
            // Those of this run; it has children.
            received = messages.filter { $0["key"]?.string == id }.compactMap { $0["value"]?["id"]?.string }
            if received.count >= log.count { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(received == (try log.map { try JSON.parse($0)["id"]?.string ?? "?" }))
    }

    @Test("every transition of a run is on Kafka, once and in order")
    func relays() async throws {
        let address = try await TestServer.database()
        let broker = try await TestBroker.start()
        try await Place.with { place in
            var place = place
            place.environment["SOMA_STORE"] = address
            place.environment["SOMA_KAFKA_BROKERS"] = broker.address
            let check = try await place.run([Place.executable("somad"), "--check"])
            #expect(check.code == 0, "\(check.notes)")
            let result: Result<Void, any Error>
            do { result = .success(try await story(place, broker.address)) } catch {
                result = .failure(error)
            }
            _ = try await place.soma("daemon", "stop")
            try result.get()
        }
    }

    @Test("a check says what is wrong with Kafka, naming the setting")
    func checks() async throws {
        let address = try await TestServer.database()
        let broker = try await TestBroker.start()
        let away = "127.0.0.1:\(try TestBroker.freePort())"
        try await Place.with { place in
            let somad = Place.executable("somad")
            let alone = try await place.run([somad, "--check", "--kafka", broker.address])
            #expect(alone.code == 2)
            #expect(alone.notes.contains("kafka.brokers"))
            let shared = [somad, "--check", "--store", address, "--kafka"]
            let missing = try await place.run(
                shared + [broker.address, "--set", "kafka.create_topics=false"]
            )
            #expect(missing.code == 1)
            #expect(missing.notes.contains("orchestrator.transitions"))
            #expect(missing.notes.contains("kafka.create_topics"))
            let nobody = try await place.run(shared + [away])
            #expect(nobody.code == 1)
            #expect(nobody.notes.contains(away))
            for role in ["gateway", "conversation-worker", "orchestrator", "tool-executor"] {
                let named = try await place.run(shared + [away, "--role", role])
                #expect(named.code == 1, "\(role)")
                #expect(named.notes.contains("kafka.brokers"), "\(role): \(named.notes)")
                let topics = try await place.run(
                    shared + [broker.address, "--role", role, "--set", "kafka.create_topics=false"]
                )
                #expect(topics.code == 1, "\(role)")
                #expect(topics.notes.contains("tool.requests.dead-letters"), "\(role): \(topics.notes)")
            }
            let prefix = try await place.run(
                shared + [broker.address, "--set", "kafka.topic_prefix=a b"]
            )
            #expect(prefix.code == 2)
            #expect(prefix.notes.contains("kafka.topic_prefix"), "\(prefix.notes)")
            let keyless = try await place.run(shared + [broker.address, "--set", "kafka.login=plain"])
            #expect(keyless.code == 2)
            #expect(keyless.notes.contains("kafka.password"))
        }
    }
}
