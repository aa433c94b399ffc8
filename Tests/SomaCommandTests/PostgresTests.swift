import FoundationEssentials
import Glibc
import PostgresFixture
import ServerFixture
import SomaCore
import SomaPostgres
import Testing

@testable import soma

@Suite("The programs on a store in Postgres", .timeLimit(.minutes(3)))
struct PostgresProgramTests {
    @Test("a run lives in Postgres, survives kill -9 of its daemon, and no password is shown anywhere")
    func run() async throws {
        let address = try await TestServer.database()
        try await Place.with { place in
            var place = place
            place.environment["SOMA_STORE"] = address
            // No lock beside a file tells who is at work here, so nobody else ends it.
            let result: Result<Void, any Error>
            do { result = .success(try await story(place)) } catch { result = .failure(error) }
            _ = try await place.soma("daemon", "stop")
            try result.get()
        }
    }

    private func story(_ place: Place) async throws {
        let password = TestServer.password.split(separator: " ").joined(separator: "%20")
        let check = try await place.run([Place.executable("somad"), "--check"])
        #expect(check.code == 0, "\(check.notes)")
        // The tests' server doesn't sync; whoever runs a real one so is told.
        #expect(check.notes.contains("fsync = off"))

        try Data("teh line\n".utf8).write(to: URL(filePath: place.workspace + "/note.txt"))
        let started = try await place.soma("run", "replace teh with the in note.txt", "--detach")
        #expect(started.code == 0, "\(started.notes)")
        let id = String(started.output.split(separator: "\n").last ?? "")
        try await until("needs") { try await place.soma("ps").output }
        let second = try await place.run(
            [Place.executable("somad"), "--check", "--listen", "unix:\(place.folder)/second"]
        )
        // Others of the cluster may come beside it, of another one not.
        #expect(second.code == 0, "\(second.notes)")
        let foreign = try await place.run(
            [Place.executable("somad"), "--check"],
            with: ["SOMA_CLUSTER_NAME": "west"]
        )
        #expect(foreign.code == 1)
        #expect(foreign.notes.contains("the cluster \"soma\" uses it"), "\(foreign.notes)")
        let status = try await place.soma("daemon", "status", "--json")
        #expect(try status.json()["store"]?.string?.hasPrefix("postgres://127.0.0.1:") == true)

        // Taken up by the next daemon at once, although the one before said no goodbye.
        let pid = try #require(try status.json()["pid"]?.int)
        kill(pid_t(pid), SIGKILL)
        #expect(try await place.soma("daemon", "start").code == 0)
        try await until("needs") { try await place.soma("ps").output }
        #expect(try await place.soma("approve", id).code == 0)
        try await until("run.completed") { try await place.soma("log", id).output }
        #expect(
            try String(contentsOf: URL(filePath: place.workspace + "/note.txt"), encoding: .utf8)
                == "the line\n"
        )

        let doctor = try await place.soma("doctor")
        #expect(doctor.output.contains("1 runs, "), "\(doctor.output)")
        let shown = try await place.soma("config", "show", "--origin")
        #expect(shown.output.contains("postgres://postgres:***@127.0.0.1:"))
        let texts = [
            check.notes, foreign.notes, status.output, doctor.output, doctor.notes, shown.output,
            try String(contentsOf: URL(filePath: place.data + "/somad.log"), encoding: .utf8),
        ]
        for text in texts {
            #expect(!text.contains(password) && !text.contains(TestServer.password))
        }
    }

    @Test("a server that isn't there, a wrong password and a missing database end with what to do")
    func refused() async throws {
        let server = try await blocking { () throws(TestServerError) in try TestServer.shared.get() }
        let cases = [
            ("postgres://127.0.0.1:1/x", "127.0.0.1:1/x"),
            (server.url(password: "wrong"), "setting store"),
            (server.url(database: "absent"), "reate the database"),
        ]
        try await Place.with { place in
            for (address, wanted) in cases {
                let check = try await place.run(
                    [Place.executable("somad"), "--check"],
                    with: ["SOMA_STORE": address]
                )
                #expect(check.code == 1)
                #expect(check.notes.contains(wanted), "\(check.notes)")
                #expect(!check.notes.contains("wrong@"))
            }
        }
    }

    private func until(_ wanted: String, _ body: () async throws -> String) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        var last = ""
        while ContinuousClock.now < deadline {
            last = try await body()
            if last.contains(wanted) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(wanted) was not shown, but: \(last)")
    }
}
