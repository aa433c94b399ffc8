import Glibc
import SomaClient
import Testing

@Suite("Starting a daemon", .timeLimit(.minutes(1)))
struct DaemonSpawnerTests {
    /// Tries to start a shell script as the daemon, which answers nothing, and gives what is said about it.
    private func said(_ script: String, within: Duration = .seconds(5)) async throws -> String {
        var template = Array("/tmp/soma-sp-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["log", "pid"] { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        let client = try DaemonClient(.unix(path: "\(folder)/s"))
        let spawner = DaemonSpawner(
            executable: "/bin/sh",
            arguments: ["-c", script],
            environment: ["FOLDER": folder],
            logPath: "\(folder)/log",
            within: within
        )
        defer { Task { await client.close() } }
        do {
            try await spawner.spawn(for: client)
            return ""
        } catch {
            #expect(error.kind == .noDaemon)
            #expect(error.exitCode == 3)
            return error.description
        }
    }

    @Test("What a daemon that ends says is told, with where its log is")
    func ends() async throws {
        let said = try await said("echo 'the disk is on fire' >&2; exit 1")
        #expect(said.contains("the disk is on fire"))
        #expect(said.contains("/log"))
    }

    @Test("A daemon that never answers is given up")
    func silent() async throws {
        let said = try await said("echo thinking; exec sleep 1", within: .milliseconds(300))
        #expect(said.contains("did not come up"))
        #expect(said.contains("thinking"))
    }

    @Test("It has a session of its own, no terminal, and none of our files")
    func detached() async throws {
        let script =
            "[ \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ ] && echo session; [ -t 0 ] || echo no terminal; "
            + "echo $(ls /proc/$$/fd | tr '\\n' ' ')"
        let said = try await said(script)
        #expect(said.contains("session"))
        #expect(said.contains("no terminal"))
        #expect(said.contains("0 1 2"))
        #expect(!said.contains("0 1 2 3 4"))
    }

    @Test("An executable that isn't there is said at once")
    func missing() async throws {
        let client = try DaemonClient(.unix(path: "/tmp/soma-nobody.sock"))
        let spawner = DaemonSpawner(executable: "/nowhere/somad", arguments: [], logPath: "/dev/null")
        do {
            try await spawner.spawn(for: client)
            Issue.record("it was started")
        } catch {
            #expect(error.description.contains("/nowhere/somad"))
        }
        await client.close()
    }
}
