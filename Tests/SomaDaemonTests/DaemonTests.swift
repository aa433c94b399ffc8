import FoundationEssentials
import Glibc
import SomaClient
import SomaCore
import SomaHTTP
import SomaSettings
import Testing

@testable import SomaDaemon

@Suite("The daemon put together", .timeLimit(.minutes(2)))
struct DaemonTests {
    static let agents =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/agents"

    private func options(_ folder: String, _ flags: [(String, String)] = []) -> DaemonOptions {
        var options = DaemonOptions()
        let own = [
            ("data_dir", folder + "/data"), ("listen", "unix:\(folder)/s"), ("agents_dir", Self.agents),
            ("log.level", "critical"),
        ]
        options.flags = (own + flags).map { .init(key: $0.0, values: [$0.1]) }
        options.workingFolder = folder
        return options
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/soma-daemon-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func error(_ work: () async throws -> Void) async -> DaemonError? {
        do {
            try await work()
            return nil
        } catch {
            return error as? DaemonError
        }
    }

    private func untilReady(_ folder: String) async throws -> DaemonClient {
        let client = try DaemonClient(.unix(path: folder + "/s"))
        for _ in 0..<1000 {
            if (try? await client.daemon())?.isReady == true { return client }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("The daemon did not answer.")
        return client
    }

    @Test("a check opens everything and leaves it")
    func check() async throws {
        try await withFolder { folder in
            var options = options(folder)
            options.checksOnly = true
            try await Daemon(options).run()
            try await Daemon(options).run()
            #expect(access(folder + "/data/soma.db", F_OK) == 0)
        }
    }

    @Test("an address that is taken is told by its own option, also where the metrics' begins like it")
    func takenAddress() async throws {
        let busy = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(busy) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(busy, $0, size) == 0 && listen(busy, 1) == 0 && getsockname(busy, $0, &size) == 0
            }
        }
        try #require(isBound)
        let port = Int(UInt16(bigEndian: place.sin_port))
        try await withFolder { folder in
            let flags = [("listen", "127.0.0.1:\(port)"), ("metrics", "127.0.0.1:\(port / 10)")]
            var options = options(folder, flags)
            options.isInsecure = true
            let refused = await error { try await Daemon(options).run() }
            #expect(
                refused?.description.hasPrefix("listen: Could not listen at 127.0.0.1:\(port): ") == true,
                "\(refused?.description ?? "started")"
            )
        }
    }

    @Test("a second daemon on the same folder is refused and told who has it")
    func second() async throws {
        try await withFolder { folder in
            let first = try Daemon(options(folder))
            let task = Task { try await first.run() }
            _ = try await untilReady(folder)
            let refused = await error {
                try await Daemon(options(folder, [("listen", "unix:\(folder)/t")])).run()
            }
            #expect(
                refused?.description.contains("\(getpid())") == true,
                "\(refused?.description ?? "started")"
            )
            task.cancel()
            _ = await task.result
        }
    }

    @Test("the log of runs is taken up by the next daemon, and /metrics counts them")
    func restart() async throws {
        try await withFolder { folder in
            var run = RunID("")
            for round in 1...2 {
                let daemon = try Daemon(options(folder))
                let task = Task { try await daemon.run() }
                let client = try await untilReady(folder)
                if round == 1 {
                    run = try await client.start(StartRunDocument(goal: "check this host", workspace: folder))
                        .run
                }
                let document = try await client.run(run.rawValue)
                #expect(document.goal == "check this host")
                let about = try await client.daemon()
                #expect(about.store == "sqlite:\(folder)/data/soma.db")
                #expect(try await client.roles().map(\.name) == ["coder", "operator", "researcher"])
                task.cancel()
                _ = await task.result
            }
        }
    }

    @Test("a message that a daemon took and could not answer any more is answered by the next")
    func conversation() async throws {
        try await withFolder { folder in
            let http = try HTTPClient(userAgent: "test")
            func send(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> JSON {
                var request = HTTPRequest(
                    method,
                    "http://soma/v1/conversations\(path)",
                    body: body.map { Array($0.utf8) },
                    unixSocketPath: folder + "/s"
                )
                request.addressPolicy = .any
                return try JSON.parse(try await http.send(request).body)
            }
            var id = ""
            for round in 1...2 {
                let daemon = try Daemon(options(folder))
                let task = Task { try await daemon.run() }
                _ = try await untilReady(folder)
                if round == 1 {
                    id = try #require(
                        try await send(.post, "", JSON.object(["workspace": .string(folder)]).text())["id"]?
                            .string
                    )
                    for _ in 0..<3 {
                        _ = try await send(.post, "/\(id)/messages", #"{"text":"survey ."}"#)
                    }
                } else {
                    var messages: [JSON] = []
                    for _ in 0..<1000 where messages.count < 6 {
                        messages = try await send(.get, "/\(id)/messages")["messages"]?.array ?? []
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(
                        messages.filter { $0["author"]?.string == "agent" }.map { $0["answers"]?.int } == [
                            1, 2, 3,
                        ]
                    )
                    #expect(messages.suffix(3).allSatisfy { $0["status"]?.string == "completed" })
                    #expect(messages.last?["text"]?.string?.isEmpty == false)
                }
                task.cancel()
                _ = await task.result
            }
            await http.shutdown()
        }
    }

    @Test(
        "settings that can't work are refused before anything is touched",
        arguments: [
            ("store", "postgres://x:99999/y", "setting store"),
            ("listen", "0.0.0.0:8080", "loopback"),
            ("listen", "127.0.0.1:0", "--insecure"), ("listen", "unix:/tmp/s", "listen: Could not listen"),
            ("listen", "unix:/" + String(repeating: "x", count: 120), "107"),
            ("agents_dir", "/nonexistent", "/nonexistent"),
            ("limits.runs_active_max", "-3", "runs_active_max"),
        ]
    )
    func refusals(key: String, value: String, wanted: String) async throws {
        try await withFolder { folder in
            let refused = await error { try await Daemon(options(folder, [(key, value)])).run() }
            #expect(refused?.description.contains(wanted) == true, "\(refused?.description ?? "started")")
            #expect(refused?.exitCode != 0)
        }
    }

    @Test("an address that is taken is named by its setting", arguments: ["listen", "metrics"])
    func taken(setting: String) async throws {
        let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(taken) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(taken, $0, size) == 0 && getsockname(taken, $0, &size) == 0
            }
        }
        try #require(isBound && listen(taken, 1) == 0)
        try await withFolder { folder in
            var options = options(folder, [(setting, "127.0.0.1:\(UInt16(bigEndian: address.sin_port))")])
            options.isInsecure = true
            let words = await error { try await Daemon(options).run() }?.description ?? "started"
            #expect(words.hasPrefix("\(setting): Could not listen at 127.0.0.1:"))
            #expect(words.hasSuffix("with --\(setting)."))
        }
    }

    @Test(
        "a role that needs what the settings don't name is refused by name",
        arguments: [
            (DaemonOptions.Role.conversationWorker, "Set kafka.brokers"),
            (.toolExecutor, "Set kafka.brokers"), (.gateway, "Set store to postgres://"),
            (.orchestrator, "Set store to postgres://"),
        ]
    )
    func role(role: DaemonOptions.Role, wanted: String) async throws {
        try await withFolder { folder in
            var options = options(folder)
            options.role = role
            let refused = await error { _ = try Daemon(options) }
            #expect(refused?.description.contains("--role \(role.rawValue)") == true)
            #expect(refused?.description.contains(wanted) == true)
        }
    }

    @Test("a data folder that is a file is named")
    func dataFolder() async throws {
        try await withFolder { folder in
            try Data("x".utf8).write(to: URL(filePath: folder + "/data"))
            let refused = await error { try await Daemon(options(folder)).run() }
            #expect(refused?.description.contains(folder + "/data") == true)
        }
    }

    @Test("one that lingers ends when nobody needs it")
    func linger() async throws {
        try await withFolder { folder in
            var options = options(folder, [("daemon.linger", "1s")])
            options.lingers = true
            let started = ContinuousClock.now
            try await Daemon(options).run()
            #expect(ContinuousClock.now - started < .seconds(30))
        }
    }
}
