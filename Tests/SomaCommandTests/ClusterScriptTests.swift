import FoundationEssentials
import Glibc
import SomaCore
import Testing

@testable import soma

@Suite("The cluster on this machine", .timeLimit(.minutes(3)))
struct ClusterScriptTests {
    private static let script = CommandHarness.root + "/infra/dev/cluster.sh"

    /// A cluster in a place's folder, which is ended whatever happens.
    private func withCluster(
        _ roles: String = "gateway:1 orchestrator:2",
        _ body: (Place, _ variables: [String: String]) async throws -> Void
    ) async throws {
        try await Place.with { place in
            // Postgres's own user has to reach its data.
            chmod(place.folder, 0o711)
            let variables = [
                "CLUSTER_DIR": "\(place.folder)/cluster", "CLUSTER_ROLES": roles,
                "SOMAD": Place.executable("somad"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            ]
            let result: Result<Void, any Error>
            do { result = .success(try await body(place, variables)) } catch { result = .failure(error) }
            let ended = try await place.run([Self.script, "down"], with: variables)
            #expect(ended.code == 0, "\(ended.notes)")
            try result.get()
        }
    }

    /// Whether a process has ended, whether or not anybody has taken note.
    private func hasEnded(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return true }
        return stat[stat.index(after: name)...].hasPrefix(" Z")
    }

    private func table(_ text: String) -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ").map(String.init)
            if let name = words.first { rows[name] = Array(words.dropFirst()) }
        }
        return rows
    }

    @Test("up starts what is missing and leaves the rest alone, status tells, down ends what it started")
    func upAndDown() async throws {
        try await withCluster { place, variables in
            let up = try await place.run([Self.script, "up"], with: variables)
            try #require(up.code == 0, "\(up.notes)")
            let first = table(up.output)
            #expect(
                Set(first.keys) == [
                    "postgres", "kafka", "redis", "gateway-1", "orchestrator-1", "orchestrator-2",
                ]
            )
            #expect(first.values.allSatisfy { $0[1] == "yes" }, "\(up.output)")

            // Whoever asks later need not say again which services there are.
            let fewer = variables.merging(["CLUSTER_SERVICES": "postgres"]) { $1 }
            let told = try await place.run([Self.script, "status"], with: fewer)
            #expect(told.code == 0 && table(told.output) == first, "\(told.output)")
            let named = try await place.run([Self.script, "env"], with: fewer)
            #expect(named.output.contains("SOMA_REDIS_URL"), "\(named.output)")

            // A half of it is gone; a number that belongs to another process now is left alone.
            let redis = try #require(first["redis"].flatMap { pid_t($0[0]) })
            kill(redis, SIGKILL)
            try "1 7".write(
                toFile: "\(place.folder)/cluster/stranger-1.pid",
                atomically: true,
                encoding: .utf8
            )
            let half = try await place.run([Self.script, "status"], with: variables)
            #expect(half.code == 1)
            #expect(table(half.output)["redis"]?[1] == "no", "\(half.output)")
            let again = try await place.run([Self.script, "up"], with: variables)
            #expect(again.code == 0, "\(again.notes)")
            let second = table(again.output)
            #expect(second["redis"]?[0] != first["redis"]?[0])
            #expect(second["redis"]?.last == first["redis"]?.last)
            for name in ["postgres", "kafka", "gateway-1", "orchestrator-2"] {
                #expect(second[name] == first[name])
            }

            // The daemon uses all of it.
            let environment = try await place.run([Self.script, "env"], with: variables)
            let address = try #require(
                environment.output.split(separator: "\n").first { $0.hasPrefix("export SOMA_DAEMON=") }
            )
            let daemon = String(address.dropFirst("export SOMA_DAEMON=".count))
            let status = try await place.soma("daemon", "status", "--json", with: ["SOMA_DAEMON": daemon])
            #expect(try status.json()["store"]?.string?.hasPrefix("postgres://127.0.0.1:") == true)

            let down = try await place.run([Self.script, "down"], with: variables)
            #expect(down.code == 0, "\(down.notes)")
            for row in second.values {
                #expect(hasEnded(try #require(pid_t(row[0]))), "\(row) is still there")
            }
        }
    }

    @Test(
        "the demonstration says what to type, and starts runs of every role that a model with a price answers"
    )
    func demonstration() async throws {
        try await withCluster("all:1") { place, variables in
            var variables = variables
            variables["CLUSTER_SERVICES"] = "model"
            let script = CommandHarness.root + "/infra/dev/demo.sh"
            let demo = try await place.run([script, "--every", "0.1", "--runs", "4"], with: variables)
            #expect(demo.code == 0, "\(demo.notes)")
            let environment = try await place.run([Self.script, "env"], with: variables)
            let address = try #require(
                environment.output.split(separator: "\n").first { $0.hasPrefix("export SOMA_DAEMON=") }
            )
            let daemon = String(address.dropFirst("export SOMA_DAEMON=".count))
            #expect(demo.output.contains("soma --daemon \(daemon)\n"), "\(demo.output)")
            let runs = try await place.soma("ps", "--all", with: ["SOMA_DAEMON": daemon])
            for role in ["researcher", "coder", "operator"] { #expect(runs.output.contains(role)) }
            let roles = try await place.run([script, "--runs", "0"], with: variables)
            #expect(roles.code == 0, "one that has ended is in nobody's way: \(roles.notes)")
        }
    }

    @Test("what can't be started is named, with its last words")
    func failures() async throws {
        try await withCluster { place, variables in
            var wrong = variables
            wrong["CLUSTER_SERVICES"] = ""
            wrong["CLUSTER_ROLES"] = "nonsense:1"
            let role = try await place.run([Self.script, "up"], with: wrong)
            #expect(role.code == 1)
            #expect(role.notes.contains("nonsense-1 did not become ready"), "\(role.notes)")
            #expect(role.notes.contains("--role: expected one of"), "\(role.notes)")
            wrong["CLUSTER_ROLES"] = "all"
            let count = try await place.run([Self.script, "status"], with: wrong)
            #expect(count.notes.contains("expected ROLE:COUNT, found \"all\""), "\(count.notes)")
            wrong["CLUSTER_ROLES"] = "all:1"
            wrong["SOMAD"] = "/nonexistent"
            let program = try await place.run([Self.script, "up"], with: wrong)
            #expect(program.code == 1)
            #expect(program.notes.contains("There is no /nonexistent"), "\(program.notes)")
        }
    }
}
