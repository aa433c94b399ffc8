import FoundationEssentials
import Glibc
import KafkaFixture
import PostgresFixture
import SomaClient
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("A tool executor that nobody asks for anything", .timeLimit(.minutes(3)))
struct ExecutorReadinessTests {
    private func until(_ isReady: Bool, _ client: DaemonClient, _ what: Comment) async throws {
        let deadline = ContinuousClock.now + .seconds(40)
        while ContinuousClock.now < deadline {
            if (try? await client.isReady()) == isReady { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record(what)
    }

    @Test("says that Kafka or its store has gone while it runs, and takes it back when it is there again")
    func outages() async throws {
        let server = try await TestServer.start()
        let broker = try await TestBroker.start()
        var template = Array("/tmp/soma-exec-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = DaemonOptions()
        options.role = .toolExecutor
        options.flags = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"),
            ("agents_dir", DaemonTests.agents),
            ("log.level", "critical"), ("store", server.url()), ("kafka.brokers", broker.address),
        ].map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        let daemon = try Daemon(options)
        let task = Task { try await daemon.run() }
        let client = try DaemonClient(.unix(path: folder + "/s"))
        try await until(true, client, "It never became ready.")
        try await broker.stop()
        try await until(false, client, "It did not say that Kafka is away.")
        try await broker.start()
        try await until(true, client, "It did not take back that Kafka is away.")
        try await server.stop()
        try await until(false, client, "It did not say that the store is away.")
        try await server.start()
        try await until(true, client, "It did not take back that the store is away.")
        task.cancel()
        _ = await task.result
        await client.close()
        try await broker.stop()
        try await server.stop()
    }
}
