import FoundationEssentials
import Glibc
import PostgresFixture
import SomaClient
import SomaCore
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("A daemon whose store is away", .timeLimit(.minutes(2)))
struct StoreWaitTests {
    private func options(_ folder: String, store: String) -> DaemonOptions {
        var options = DaemonOptions()
        let flags = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"),
            ("agents_dir", DaemonTests.agents),
            ("log.level", "critical"), ("store", store),
        ]
        options.flags = flags.map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        return options
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/soma-wait-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func until(_ holds: () async -> Bool) async throws {
        for _ in 0..<3000 {
            if await holds() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("It never came to that.")
    }

    /// What a daemon that waits says about itself.
    private func trouble(_ client: DaemonClient) async throws -> String {
        var words = ""
        try await until {
            words = (try? await client.daemon())?.trouble ?? ""
            return !words.isEmpty
        }
        return words
    }

    @Test("it says so wherever it is asked, and goes to work by itself once the store is there")
    func comesUp() async throws {
        let server = try await TestServer.start()
        try await server.stop()
        try await withFolder { folder in
            let daemon = try Daemon(options(folder, store: server.url()))
            let task = Task { try await daemon.run() }
            let client = try DaemonClient(.unix(path: folder + "/s"))
            let trouble = try await trouble(client)
            #expect(trouble.hasPrefix("waiting for the store: "))
            #expect(trouble.contains("127.0.0.1:\(server.port)/postgres"))
            #expect(trouble.contains("setting store"))
            #expect(!trouble.contains("horse"))
            let about = try await client.daemon()
            #expect(!about.isReady)
            #expect(about.store == "postgres://127.0.0.1:\(server.port)/postgres")
            #expect(try await client.isReady() == false)
            #expect(try await client.health() == trouble)
            #expect(try await client.metrics().contains("soma_"))
            let work = StartRunDocument(goal: "check this host", workspace: folder)
            let refusal = await #expect(throws: ClientError.self) { _ = try await client.start(work) }
            #expect(refusal?.kind == .refused(503))
            #expect(refusal?.description.contains("127.0.0.1:\(server.port)") == true)
            #expect(refusal?.description.contains("..") == false)
            let list = await #expect(throws: ClientError.self) { _ = try await client.runs(status: "all") }
            #expect(list?.kind == .refused(503))
            let talk = await #expect(throws: ClientError.self) {
                _ = try await client.converse(StartConversationDocument(workspace: folder), key: "talk")
            }
            #expect(talk?.kind == .refused(503))
            try await server.start()
            try await until { (try? await client.daemon())?.isReady == true }
            let run = try await client.start(work).run
            try await until { (try? await client.run(run.rawValue))?.status.isTerminal == true }
            #expect(try await client.daemon().trouble == nil)
            task.cancel()
            _ = await task.result
            await client.close()
        }
    }

    @Test("what waiting can't mend ends it as soon as it is known")
    func endsWithReason() async throws {
        let server = try await TestServer.start()
        try await server.stop()
        try await withFolder { folder in
            let daemon = try Daemon(options(folder, store: server.url(database: "absent")))
            let task = Task { try await daemon.run() }
            let client = try DaemonClient(.unix(path: folder + "/s"))
            _ = try await trouble(client)
            try await server.start()
            let failure = await #expect(throws: DaemonError.self) { try await task.value }
            #expect(failure?.exitCode == 1)
            #expect(
                failure?.description.contains("Create the database") == true,
                "\(failure?.description ?? "")"
            )
            #expect(access(folder + "/s", F_OK) != 0)
            await client.close()
        }
    }

    @Test("a check, and a daemon that somebody waits for, say so at once", arguments: [true, false])
    func quick(isCheck: Bool) async throws {
        let away = "postgres://127.0.0.1:\(try TestServer.freePort())/x"
        try await withFolder { folder in
            var options = options(folder, store: away)
            options.checksOnly = isCheck
            options.lingers = !isCheck
            let began = ContinuousClock.now
            let daemon = try Daemon(options)
            let failure = await #expect(throws: DaemonError.self) { try await daemon.run() }
            #expect(failure?.description.contains("setting store") == true)
            #expect(ContinuousClock.now - began < .seconds(10))
        }
    }

    @Test("told to end while it waits, it ends in order")
    func toldToEnd() async throws {
        let away = "postgres://127.0.0.1:\(try TestServer.freePort())/x"
        try await withFolder { folder in
            let daemon = try Daemon(options(folder, store: away))
            let task = Task { try await daemon.run() }
            let client = try DaemonClient(.unix(path: folder + "/s"))
            _ = try await trouble(client)
            await client.close()
            task.cancel()
            try await task.value
            #expect(access(folder + "/s", F_OK) != 0)
        }
    }
}
