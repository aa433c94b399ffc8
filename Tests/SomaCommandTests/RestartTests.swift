import FoundationEssentials
import Glibc
import PostgresFixture
import SomaCore
import Testing

@testable import soma

@Suite("Ends and starts of the daemon", .timeLimit(.minutes(3)))
struct RestartTests {
    /// Why the run was taken up, each time.
    private func resumptions(_ run: String, _ place: Place) async throws -> [String] {
        let log = try await place.soma("log", run, "--json").output.split(separator: "\n")
        return try log.map { try JSON.parse(Array($0.utf8)) }
            .filter { $0["type"]?.string?.contains("run.resumed") == true }
            .compactMap { $0["data"]?["body"]?["after"]?.string ?? $0["data"]?["after"]?.string }
    }

    @Test("on SQLite, too, a run that was let go in order has had no crash, and one of a killed daemon has")
    func order() async throws {
        try await Place.with { place in
            try Data("teh line\n".utf8).write(to: URL(filePath: place.workspace + "/note.txt"))
            let started = try await place.soma("run", "replace teh with the in note.txt", "--detach")
            let run = String(started.output.split(separator: "\n").last ?? "")
            let isAsking = try await eventually {
                try await place.soma("ps", "--needs-me").output.contains("replace teh")
            }
            #expect(isAsking)
            #expect(try await place.soma("daemon", "stop").code == 0)
            #expect(try await place.soma("daemon", "start").code == 0)
            #expect(try await eventually { try await resumptions(run, place) == ["handover"] })
            let pid = try #require(place.daemonProcess)
            kill(pid, SIGKILL)
            #expect(try await eventually { kill(pid, 0) != 0 })
            #expect(try await place.soma("daemon", "start").code == 0)
            #expect(try await eventually { try await resumptions(run, place) == ["handover", "crash"] })
        }
    }

    @Test("a daemon that waits for its store says so in its log, and ends in order when it is told to")
    func waits() async throws {
        let away = "127.0.0.1:\(try TestServer.freePort())/x"
        try await Place.with { place in
            let log = place.folder + "/waits.log"
            let pid = try place.spawn([Place.executable("somad"), "--store", "postgres://\(away)"]) {
                actions in
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
                posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT, 0o600)
            }
            func words() -> String {
                FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
            }
            #expect(try await eventually { words().contains("Waiting for the store") }, "\(words())")
            #expect(words().contains(away) && words().contains("setting store"), "\(words())")
            let status = try await place.soma("daemon", "status")
            #expect(status.output.contains("waiting for the store"), "\(status.output) \(status.notes)")
            let list = try await place.soma("ps")
            #expect(list.code == 3)
            #expect(list.notes.contains(away), "\(list.notes)")
            kill(pid, SIGTERM)
            #expect(try await Place.end(of: pid, within: .seconds(12)) { words() } == 0)
            #expect(words().ranges(of: "Waiting for the store").count == 1, "\(words())")
        }
    }
}
