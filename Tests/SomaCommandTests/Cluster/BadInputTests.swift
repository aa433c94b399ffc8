import FoundationEssentials
import Glibc
import KafkaFixture
import SomaClient
import SomaCore
import Testing

@testable import soma

@Suite("What a cluster can't do", .serialized, .timeLimit(.minutes(3)))
struct BadInputTests {
    /// Writes a role that reads a file.
    private static func makeRole(_ name: String, prompt: String, in agents: String) throws {
        let files = [
            "config.yaml": "description: Reads.\ntools: [read_file]\n",
            "prompts/agent.system.main.md": prompt,
            "runbooks/read.yaml": """
            name: read
            version: 1
            description: Reads a file.
            matches: [read]
            steps:
              - {id: s1, title: Read it, tool: read_file, arguments: {path: large.txt}}
            report: Done.

            """,
        ]
        for (path, text) in files {
            let file = URL(filePath: "\(agents)/\(name)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try Data(text.utf8).write(to: file)
        }
    }

    @Test("What is too large for the store ends the run that made it, naming the setting; others go on")
    func tooLarge() async throws {
        try await ClusterRig.with(steps: 20) { rig in
            try Self.makeRole("reader", prompt: "Read.\n", in: rig.perf.agents)
            let long = String(repeating: "Read well.\n", count: 10_000)
            try Self.makeRole("wordy", prompt: long, in: rig.perf.agents)
            let lines = String(repeating: String(repeating: "x", count: 200) + "\n", count: 1000)
            try Data(lines.utf8).write(to: URL(filePath: rig.perf.workspace + "/large.txt"))
            let limit = ["--set", "postgres.value_bytes_max=64KiB"]
            let gateway = try rig.start("g", role: "gateway", limit)
            let worker = try rig.start("o", role: "orchestrator", limit)
            try await rig.with([gateway, worker]) {
                for member in [gateway, worker] { try await member.ready() }
                let client = gateway.client
                func read(_ role: String) async throws -> RunID {
                    try await client.start(
                        StartRunDocument(goal: "read", role: role, workspace: rig.perf.workspace)
                    ).run
                }
                let others = [try await rig.run(by: client), try await rig.run(by: client)]
                // What a tool gave back.
                let large = try await read("reader")
                #expect(try await eventually { try await client.run(large.rawValue).status.isTerminal })
                let end = try await client.transitions(of: large, after: 0).transitions.last
                #expect(end?.kind == .runFailed)
                #expect(end?.body["code"]?.string == "store.refused")
                let ids = [end?.content("message")].compactMap(\.self)
                let bytes = try await client.content(ids).values.first ?? []
                let words = String(decoding: bytes, as: UTF8.self)
                #expect(words.contains("postgres.value_bytes_max"), "\(words)")
                // What can't even begin is refused, and leaves nothing.
                let refusal = await #expect(throws: (any Error).self) { _ = try await read("wordy") }
                let why = refusal.map { "\($0)" } ?? ""
                #expect(why.contains("postgres.value_bytes_max"), "\(why)")
                #expect(try await Set(client.fleet().runs.map(\.id)) == Set(others + [large]))
                try await rig.finish(others, by: client)
                try await rig.audit(others, steps: 20, by: client)
                #expect(!worker.words.contains("joins anew"), "\(worker.words)")
                #expect(!worker.words.contains("nobody held"), "\(worker.words)")
            }
        }
    }

    @Test("A role that nobody asks needs no address, and works until it is told to end")
    func addressless() async throws {
        try await ClusterRig.with(steps: 1) { rig in
            let log = "\(rig.place.folder)/quiet.log"
            let words = [
                Place.executable("somad"), "--role", "orchestrator", "--store", rig.store, "--data-dir",
                "\(rig.place.folder)/quiet", "--agents-dir", rig.perf.agents,
            ]
            let pid = try rig.place.spawn(words) { actions in
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
                posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            }
            let gateway = try rig.start("g", role: "gateway")
            try await rig.with([gateway]) {
                try await gateway.ready()
                let run = try await rig.run(by: gateway.client)
                try await rig.finish([run], by: gateway.client)
                try await rig.audit([run], steps: 1, by: gateway.client)
            }
            kill(pid, SIGTERM)
            let code = try await Place.end(of: pid, within: .seconds(20))
            #expect(code == 0)
            let said =
                FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
            #expect(!said.contains("cancelled"), "\(said)")
        }
    }

    @Test(
        "A Kafka that is away is told once a minute and not each time, and by name where readiness is asked"
    )
    func kafkaAway() async throws {
        try await ClusterRig.with(steps: 1) { rig in
            let away = "127.0.0.1:\(try TestBroker.freePort())"
            let kafka = ["--kafka", away]
            let orchestrator = try rig.start("o", role: "orchestrator", kafka)
            let executor = try rig.start("e", role: "tool-executor", kafka)
            let gateway = try rig.start("g", role: "gateway", kafka)
            try await rig.with([orchestrator, executor, gateway]) {
                try await orchestrator.ready()
                try await gateway.ready()
                // Calls and their results find their way through the database.
                let run = try await rig.run(by: gateway.client)
                try await rig.finish([run], by: gateway.client)
                try await rig.audit([run], steps: 1, by: gateway.client)
                #expect(
                    try await eventually { executor.words.contains("kafka.brokers") },
                    "\(executor.words)"
                )
                let began = ContinuousClock.now
                let used = Self.cpuSeconds(executor.pid) + Self.cpuSeconds(orchestrator.pid)
                try await Task.sleep(for: .seconds(6))
                for member in [orchestrator, executor] {
                    let lines = member.words.split(separator: "\n").count { $0.contains(away) }
                    #expect(lines <= 6, "\(member.words)")
                }
                let busy = Self.cpuSeconds(executor.pid) + Self.cpuSeconds(orchestrator.pid) - used
                #expect(busy < 1.5, "\(busy) s in \(ContinuousClock.now - began)")
                #expect(try await executor.client.isReady() == false)
            }
        }
    }

    @Test(
        "A process whose clock is an hour off says so, shares the runs with others, and loses none when it is killed",
        arguments: [3600, -3600]
    )
    func skewed(seconds: Int) async throws {
        try await ClusterRig.with(steps: 40) { rig in
            let gateway = try rig.start("g", role: "gateway")
            let straight = try rig.start("o", role: "orchestrator")
            let skewed = try rig.start(
                "s",
                role: "orchestrator",
                with: ["LD_PRELOAD": try await Self.makeSkew(in: rig.place), "SKEW": "\(seconds)"]
            )
            try await rig.with([gateway, straight, skewed]) {
                for member in [gateway, straight, skewed] { try await member.ready() }
                let words = "(setting store) is 3"
                #expect(try await eventually { skewed.words.contains(words) }, "\(skewed.words)")
                #expect(skewed.words.contains(seconds > 0 ? "s behind this" : "s ahead of this"))
                #expect(!straight.words.contains("clock"), "\(straight.words)")
                let used = Self.cpuSeconds(skewed.pid)
                try await Task.sleep(for: .seconds(2))
                #expect(Self.cpuSeconds(skewed.pid) - used < 0.5)
                var runs: [RunID] = []
                for _ in 0..<12 { runs.append(try await rig.run(by: gateway.client)) }
                let isShared = try await eventually {
                    let counts = [try await skewed.leases(), try await straight.leases()]
                    return counts.allSatisfy { $0 > 0 }
                }
                #expect(isShared)
                #expect(try await skewed.end(SIGKILL) == 128 + SIGKILL)
                try await rig.finish(runs, by: gateway.client)
                try await rig.audit(runs, steps: 40, by: gateway.client)
                #expect(!straight.words.contains("joins anew"), "\(straight.words)")
            }
        }
    }

    /// Makes the library that gives a program another time of day.
    private static func makeSkew(in place: Place) async throws -> String {
        let source = String(#filePath.dropLast("BadInputTests.swift".count)) + "skew.c"
        let library = "\(place.folder)/skew.so"
        let words = ["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"]
        let pid = try place.spawn(words) { _ in }
        #expect(try await Place.end(of: pid, within: .seconds(60)) == 0)
        return library
    }

    /// How long a process has worked.
    private static func cpuSeconds(_ pid: pid_t) -> Double {
        let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat").map {
            String(decoding: $0, as: UTF8.self)
        }
        let fields = stat?.split(separator: ")").last?.split(separator: " ").compactMap { Double($0) } ?? []
        // User and system time are the 14th and 15th field; the first two and the state's letter are left out here.
        return fields.count > 11 ? (fields[10] + fields[11]) / Double(sysconf(Int32(_SC_CLK_TCK))) : 0
    }
}
