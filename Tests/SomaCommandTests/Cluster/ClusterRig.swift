import FoundationEssentials
import Glibc
import PostgresFixture
import SomaClient
import SomaCore
import Testing

@testable import soma

/// Daemons of one cluster on a database of their own.
struct ClusterRig {
    let place: Place
    let store: String
    let perf: PerfFolder

    /// A daemon.
    struct Member {
        let name: String
        let pid: pid_t
        let client: DaemonClient
        let log: String

        /// How it is named in documents.
        var holder: String { "somad \(pid) on " }

        /// Its log.
        var words: String {
            FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }

        /// Waits until it is ready.
        func ready() async throws {
            #expect(try await eventually { (try? await client.isReady()) == true }, "\(words)")
        }

        /// Tells it to end, and waits.
        func end(_ signal: Int32 = SIGTERM) async throws -> Int32 {
            kill(pid, signal)
            return try await Place.end(of: pid, within: .seconds(20)) { words }
        }

        /// How many runs it holds.
        func leases() async throws -> Int {
            let text = try await client.metrics()
            let line = text.split(separator: "\n").first { $0.hasPrefix("soma_leases ") }
            return line.flatMap { Double($0.dropFirst("soma_leases ".count)) }.map { Int($0) } ?? 0
        }
    }

    /// Runs a body with a place for daemons whose runs append lines to one file.
    static func with(steps: Int, _ body: (ClusterRig) async throws -> Void) async throws {
        let store = try await TestServer.database()
        let perf = try PerfFolder(beneath: nil)
        defer { perf.remove() }
        try perf.prepare(.append, steps: steps, runs: 500)
        try await Place.with { place in
            try await body(ClusterRig(place: place, store: store, perf: perf))
        }
    }

    /// Starts a daemon.
    /// - Parameter environment: Variables that are its own.
    func start(
        _ name: String,
        role: String = "all",
        lease: String = "2s",
        agents: String? = nil,
        with environment: [String: String?] = [:],
        _ more: [String] = []
    ) throws -> Member {
        let socket = "\(place.folder)/run/\(name)"
        let log = "\(place.folder)/\(name).log"
        let words =
            [
                Place.executable("somad"), "--role", role, "--store", store, "--config", perf.config,
                "--data-dir", "\(place.folder)/\(name)", "--listen", "unix:\(socket)",
                "--agents-dir", agents ?? perf.agents, "--set", "cluster.lease=\(lease)",
            ] + more
        let pid = try place.spawn(words, with: environment) { actions in
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        return Member(name: name, pid: pid, client: try DaemonClient(.unix(path: socket)), log: log)
    }

    /// Runs a body with members, and ends them.
    func with(_ members: [Member], _ body: () async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for member in members {
            await member.client.close()
            kill(member.pid, SIGCONT)
            kill(member.pid, SIGTERM)
        }
        for member in members where kill(member.pid, 0) == 0 {
            _ = try? await Place.end(of: member.pid, within: .seconds(20)) { member.words }
        }
        try result.get()
    }

    /// Starts a run.
    func run(_ goal: String = "work", by client: DaemonClient, key: String? = nil) async throws -> RunID {
        let role = goal == "work" ? PerfFolder.role : nil
        return try await client.start(
            StartRunDocument(goal: goal, role: role, workspace: perf.workspace),
            key: key
        ).run
    }

    /// Settles what is in doubt as the file says, until every run has ended.
    func finish(_ runs: [RunID], by client: DaemonClient) async throws {
        let isOver = try await eventually(within: .seconds(90)) {
            var open = 0
            for run in runs {
                let document = try await client.run(run.rawValue)
                if document.status.isTerminal { continue }
                open += 1
                for wait in document.waits where wait.reason == "doubt" {
                    guard let seq = wait.seq else { continue }
                    let call = try await client.transitions(of: run, after: seq - 1).transitions.first
                    let id = call?.content("arguments")
                    let words = try await client.content([id].compactMap(\.self)).values.first ?? []
                    let line = try JSON.parse(words).object?["line"]?.string ?? "?"
                    _ = try? await client.settle(run.rawValue, effect: seq, happened: lines.contains(line))
                }
            }
            return open == 0
        }
        #expect(isOver, "not all runs ended")
    }

    /// The lines that all calls have appended.
    var lines: [String] {
        let file = "\(perf.workspace)/\(PerfFolder.Step.file)"
        let bytes = FileManager.default.contents(atPath: file) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Looks at the logs and at the file as somebody who trusts nobody.
    func audit(_ runs: [RunID], steps: Int, by client: DaemonClient) async throws {
        #expect(Set(lines).count == lines.count, "a line was appended twice")
        for run in runs {
            var ledger = CallLedger(tool: "append_line")
            let log = try await client.transitions(of: run, after: 0).transitions
            for transition in log { ledger.take(transition) }
            #expect(ledger.findings.isEmpty)
            #expect(ledger.hasEnded)
            #expect(ledger.calls.count == steps)
            #expect(log.last?.kind == .runCompleted)
        }
        #expect(lines.count == runs.count * steps)
    }
}

/// Waits until something holds.
func eventually(
    within limit: Duration = .seconds(30),
    _ holds: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await holds() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try await holds()
}
