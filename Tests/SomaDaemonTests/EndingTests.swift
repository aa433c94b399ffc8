import FoundationEssentials
import Glibc
import PostgresFixture
import SomaClient
import SomaCore
import SomaSettings
import Synchronization
import Testing

@testable import SomaDaemon

@Suite("The end of a daemon", .timeLimit(.minutes(2)))
struct EndingTests {
    private final class Flag: Sendable { let isOn = Atomic<Bool>(false) }

    /// Waits for ever, whoever cancels it.
    private static func forever() async {
        while true { await Task { try? await Task.sleep(for: .seconds(3600)) }.value }
    }

    @Test("work that doesn't end is left behind when the time is over, and not before")
    func bound() async {
        let ending = Ending(within: .milliseconds(100))
        let began = ContinuousClock.now
        Task {
            try? await Task.sleep(for: .milliseconds(50))
            ending.begin()
            ending.begin()
        }
        let value: Int? = await ending.bound {
            ending.started()
            await Self.forever()
            return 1
        }
        #expect(value == nil)
        #expect(ending.isCutShort)
        #expect(!ending.hasBrokenOff)
        #expect(ending.left == .zero)
        #expect(ContinuousClock.now - began >= .milliseconds(150))
    }

    @Test("the start is broken off, and what runs after it is told in its own way")
    func start() async {
        let early = Ending()
        let task = Task {
            await early.bound {
                try? await Task.sleep(for: .seconds(3600))
                return Task.isCancelled
            }
        }
        early.begin()
        #expect(await task.value == true)
        #expect(early.hasBrokenOff)
        #expect(!early.isCutShort)

        let (late, hasStarted) = (Ending(), Flag())
        let other = Task {
            await late.bound {
                late.started()
                hasStarted.isOn.store(true, ordering: .relaxed)
                await late.wait()
                return Task.isCancelled
            }
        }
        while !hasStarted.isOn.load(ordering: .relaxed) { await Task.yield() }
        // Whoever runs a daemon in its own process and wants it no longer.
        other.cancel()
        #expect(await other.value == false)
        #expect(!late.hasBrokenOff)
    }

    @Test("calls under way get 8 s, or what is left of the time")
    func grace() async {
        let ending = Ending()
        #expect(ending.grace == .seconds(8))
        ending.begin()
        #expect(ending.grace > .seconds(7.9))
        let short = Ending(within: .seconds(1))
        #expect(short.grace == .zero)
        #expect(short.left == .seconds(1))
    }

    @Test("it ends although its store is gone, or answers nothing", arguments: ["stop", "freeze"])
    func storeAway(how: String) async throws {
        let server = try await TestServer.start()
        var template = Array("/tmp/soma-end-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = DaemonOptions()
        let flags = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"), ("store", server.url()),
            ("agents_dir", DaemonTests.agents), ("log.level", "critical"),
        ]
        options.flags = flags.map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        let daemon = try Daemon(options)
        let task = Task { try await daemon.run() }
        let client = try DaemonClient(.unix(path: folder + "/s"))
        while (try? await client.daemon())?.isReady != true { try await Task.sleep(for: .milliseconds(10)) }
        await client.close()
        if how == "stop" { try await server.stop() } else { try await server.freeze() }
        let began = ContinuousClock.now
        task.cancel()
        try await task.value
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(!daemon.isCutShort)
        if how == "freeze" { try await server.thaw() }
    }
}
