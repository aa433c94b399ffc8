import KafkaFixture
import Logging
import SomaEngine
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("The daemon's way to Kafka", .timeLimit(.minutes(1)))
struct DaemonBusTests {
    @Test(
        "who says something doesn't wait for a broker that has gone, and it is known all the same that it has"
    )
    func away() async throws {
        let broker = try await TestBroker.start()
        let settings = try SettingsLoader(environment: [:], workingFolder: "/", systemFile: "/nowhere").load(
            flags: [
                .init(key: "kafka.brokers", values: [broker.address]),
                .init(key: "kafka.assignment", values: ["range"]),
            ]
        )
        let bus = try DaemonBus(
            settings,
            store: "store",
            name: "tests",
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        )
        await bus.open()
        let record = BusRecord(topic: bus.topics.toolResults, key: nil, value: [1])
        await bus.say([record])
        #expect(bus.trouble == nil)
        try await broker.stop()
        let start = ContinuousClock.now
        await bus.say([record])
        #expect(ContinuousClock.now - start < .seconds(3))
        while bus.trouble == nil { try await Task.sleep(for: .milliseconds(20)) }
        await bus.close()
    }
}
