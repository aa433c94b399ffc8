import FoundationEssentials
import Glibc
import RedisFixture
import SomaClient
import SomaCore
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("A daemon with Redis", .timeLimit(.minutes(2)))
struct RedisTests {
    private func options(_ folder: String, _ name: String, _ flags: [(String, String)]) -> DaemonOptions {
        var options = DaemonOptions()
        let own = [
            ("data_dir", "\(folder)/\(name)"), ("listen", "unix:\(folder)/\(name).s"),
            ("agents_dir", DaemonTests.agents), ("log.level", "critical"),
        ]
        options.flags = (own + flags).map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        return options
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/soma-redis-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// Runs daemons while `body` works with their clients.
    private func withDaemons(_ all: [DaemonOptions], _ body: ([DaemonClient]) async throws -> Void)
        async throws
    {
        let tasks = try all.map { options in
            let daemon = try Daemon(options)
            return Task { try await daemon.run() }
        }
        let clients = try all.map { options in
            try DaemonClient(.unix(path: String(options.flags[1].values[0].dropFirst("unix:".count))))
        }
        for client in clients {
            try await eventually { try await client.daemon().isReady }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(clients)) } catch { result = .failure(error) }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
        try result.get()
    }

    private func eventually(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isSo: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if (try? await isSo()) == true { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("It never became so.", sourceLocation: sourceLocation)
    }

    @Test("Daemons see each other, share a limit, and go on alone while Redis is away")
    func together() async throws {
        let server = try await TestRedis.start()
        let flags = [
            ("redis.url", server.url), ("redis.timeout", "1s"), ("limits.requests_per_second", "1"),
            ("limits.requests_burst", "60"),
        ]
        try await withFolder { folder in
            let all = ["a", "b"].map { options(folder, $0, flags) }
            try await withDaemons(all) { clients in
                try await eventually { try await clients[0].metrics().contains("soma_redis_up 1") }
                try await eventually { try await server.tell("scard soma:replicas").hasPrefix("2") }
                // Asking whether they are ready has used up some; a refusal is remembered for a second.
                for client in clients {
                    try await server.tell("del soma:limit:local")
                    try await eventually { try await !client.roles().isEmpty }
                }
                try await server.tell("del soma:limit:local")
                let page = try await clients[1].replicas()
                #expect(page.trouble == nil)
                #expect(page.replicas.map(\.role) == ["all", "all"])
                #expect(
                    Set(page.replicas.map(\.address)) == Set(["a", "b"].map { "unix:\(folder)/\($0).s" })
                )
                #expect(page.replicas.count { $0.silentMilliseconds == nil } == 1)
                // What one has used up the other has not.
                var refused = 0
                for number in 0..<80 {
                    do { _ = try await clients[number % 2].roles() } catch { refused += 1 }
                }
                #expect(refused > 15)
                try await server.crash()
                try await eventually { try await clients[0].metrics().contains("soma_redis_up 0") }
                // Each counts anew and for itself, once the last refusal is forgotten.
                for client in clients {
                    try await eventually { try await !client.roles().isEmpty }
                    for _ in 0..<20 { _ = try await client.roles() }
                }
                let alone = try await clients[0].replicas()
                #expect(alone.replicas.count == 1)
                #expect(alone.trouble?.contains("127.0.0.1:\(server.port)") == true)
                try await server.start()
                try await eventually { try await clients[1].replicas().replicas.count == 2 }
            }
        }
    }

    @Test("A Redis that isn't there keeps no daemon from starting; a setting that can't work does")
    func refusals() async throws {
        try await withFolder { folder in
            let away = options(folder, "a", [("redis.url", "redis://127.0.0.1:1")])
            try await withDaemons([away]) { clients in
                let page = try await clients[0].replicas()
                #expect(page.trouble?.contains("127.0.0.1:1") == true)
            }
            for (flags, wanted) in [
                ([("redis.url", "rediss://localhost")], "TLS"),
                (
                    [("redis.url", "redis://localhost"), ("redis.password", "file:\(folder)/none")],
                    "redis.password"
                ),
                ([("redis.url", "redis://me:secret@localhost")], "redis.url"),
                ([("redis.url", "redis://localhost/x")], "redis.url"),
            ] {
                let refused = await #expect(throws: DaemonError.self) {
                    try await Daemon(options(folder, "b", flags)).run()
                }
                #expect(refused?.description.contains(wanted) == true)
                #expect(refused?.description.contains("secret@") == false)
            }
        }
    }
}
