import Glibc
import ServerFixture
import SomaPostgres
import Synchronization

/// A Postgres of the tests' own on 127.0.0.1.
///
/// A shell script owns it. The files are not synced to the disk; what benchmarks measure needs ``start(settings:)`` with
/// `fsync=on`.
package final class TestServer: Sendable {
    package static let password = "correct horse battery staple"

    package let port: UInt16
    private let script: ServerScript
    private let facts: Mutex<Facts>

    private struct Facts {
        package var pid: pid_t = 0
        var folder = ""
    }

    /// The one that all tests share; each has a database of its own on it.
    package static let shared: Result<TestServer, TestServerError> = Result { () throws(TestServerError) in
        try TestServer(settings: [])
    }

    /// Starts a server that a test may stop, crash and configure.
    package static func start(settings: [String] = []) async throws -> TestServer {
        try await blocking { () throws(TestServerError) in try TestServer(settings: settings) }
    }

    private init(settings: [String]) throws(TestServerError) {
        let programs = try Self.programs()
        port = try Self.freePort()
        // Its text and not its path: the server's user need not be able to read our sources.
        let text = try Self.scriptText()
        let words =
            Self.asPostgres + ["/bin/sh", "-c", text, "postgres-server", programs, String(port)]
            + Self.defaults
            + settings
        do throws(ServerScriptError) {
            script = try ServerScript(words, environment: ["SOMA_TEST_PASSWORD=\(Self.password)"])
        } catch { throw TestServerError(reason: error.reason) }
        facts = Mutex(Facts())
        try note(script.answer())
    }

    // MARK: Databases

    /// The URL of a database for a user; by default the server's superuser and its first database.
    package func url(
        database: String = "postgres",
        user: String = "postgres",
        password: String = TestServer.password,
        query: String = ""
    ) -> String {
        let password = password.replacing(" ", with: "%20")
        return
            "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database)\(query.isEmpty ? "" : "?\(query)")"
    }

    /// Makes an empty database with a name of its own, and returns its URL.
    package static func database() async throws -> String {
        let server = try await blocking { () throws(TestServerError) in try shared.get() }
        let name = "test_\(lastDatabase.add(1, ordering: .relaxed).newValue)"
        let pool = try PostgresPool(PostgresOptions(url: server.url()))
        try await pool.query("CREATE DATABASE \(name)")
        await pool.close()
        return server.url(database: name)
    }

    private static let lastDatabase = Atomic<Int>(0)

    // MARK: The server's life

    /// The postmaster's process.
    var pid: pid_t { facts.withLock(\.pid) }
    /// Where its log and its certificates are; it belongs to the user that the server runs as.
    package var folder: String { facts.withLock(\.folder) }

    /// A fast shutdown: sessions are ended, transactions rolled back.
    package func stop() async throws { try await command("stop") }
    /// kill -9 of every process at once.
    package func crash() async throws { try await command("crash") }
    /// Starts it again on the same data.
    package func start() async throws { try await command("start") }
    /// Stops every process where it is: connections stay open, and nothing is answered.
    package func freeze() async throws { try await command("kill -STOP \(Self.processes)") }
    /// Lets them go on.
    package func thaw() async throws { try await command("kill -CONT \(Self.processes)") }
    private static let processes =
        "$(head -n 1 $PGDATA/postmaster.pid) $(ps -o pid= --ppid $(head -n 1 $PGDATA/postmaster.pid))"
    /// Runs a line of shell in its folder, as its user; `$PGDATA` is its data.
    package func run(_ line: String) async throws { try await command(line) }

    private func command(_ line: String) async throws { try note(await script.tell(line)) }

    private func note(_ answer: String) throws(TestServerError) {
        let words = answer.split(separator: " ").map(String.init)
        if words.first == "started", words.count == 3, let pid = pid_t(words[1]) {
            facts.withLock { $0 = Facts(pid: pid, folder: words[2]) }
        } else if !["stopped", "crashed", "done"].contains(answer) {
            throw TestServerError(reason: answer.isEmpty ? "the script ended" : answer)
        }
    }
}

/// Why there is no server to test with.
package struct TestServerError: Error, CustomStringConvertible {
    package let reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String {
        "The tests need a Postgres server's programs (apt: postgresql-15; infra/setup.sh tests): \(reason)"
    }
}

// MARK: Starting

extension TestServer {
    private static let defaults = [
        "-c", "fsync=off", "-c", "synchronous_commit=on", "-c", "max_connections=300", "-c",
        "shared_buffers=64MB",
        "-c", "log_min_messages=warning",
    ]

    private static func scriptText() throws(TestServerError) -> String {
        let path = String(#filePath.dropLast("TestServer.swift".count)) + "postgres-server.sh"
        guard let file = fopen(path, "r") else { throw TestServerError(reason: "\(path) can't be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Postgres refuses to run as root.
    private static var asPostgres: [String] {
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []
    }

    /// The newest version's folder.
    private static func programs() throws(TestServerError) -> String {
        for version in (14...30).reversed() {
            let folder = "/usr/lib/postgresql/\(version)/bin"
            if access("\(folder)/postgres", X_OK) == 0 { return folder }
        }
        throw TestServerError(reason: "there is none in /usr/lib/postgresql")
    }

    package static func freePort() throws(TestServerError) -> UInt16 {
        do throws(ServerScriptError) { return try unusedPort() } catch {
            throw TestServerError(reason: error.reason)
        }
    }
}
