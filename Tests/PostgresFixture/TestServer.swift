import Dispatch
import Glibc
import SomaPostgres
import Synchronization

/// A Postgres of the tests' own on 127.0.0.1.
///
/// A shell script owns it and ends it when this process ends in whatever way: it reads a pipe whose other end only
/// this process has. The files are not synced to the disk; what benchmarks measure needs ``start(settings:)`` with
/// `fsync=on`.
package final class TestServer: Sendable {
    package static let password = "correct horse battery staple"

    package let port: UInt16
    private let input: Int32
    private let output: Int32
    private let script: pid_t
    /// Commands go one after the other.
    private let turn = Mutex<Void>(())
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
        var (toScript, fromScript): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toScript) == 0, pipe(&fromScript) == 0 else { throw TestServerError(reason: "no pipe") }
        for descriptor in toScript + fromScript { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        // Its text and not its path: the server's user need not be able to read our sources.
        let text = try Self.scriptText()
        let words =
            Self.asPostgres + ["/bin/sh", "-c", text, "postgres-server", programs, String(port)]
            + Self.defaults
            + settings
        script = try Self.spawn(words, input: toScript[0], output: fromScript[1])
        Glibc.close(toScript[0])
        Glibc.close(fromScript[1])
        (input, output) = (toScript[1], fromScript[0])
        facts = Mutex(Facts())
        try note(readLine())
    }

    deinit {
        Glibc.close(input)
        Glibc.close(output)
        var status: Int32 = 0
        waitpid(script, &status, 0)
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
    /// Runs a line of shell in its folder, as its user; `$PGDATA` is its data.
    package func run(_ line: String) async throws { try await command(line) }

    private func command(_ line: String) async throws {
        try await blocking { [self] () throws(TestServerError) in
            let answer = turn.withLock { _ in
                write(input, line + "\n", line.utf8.count + 1)
                return readLine()
            }
            try note(answer)
        }
    }

    private func note(_ answer: String) throws(TestServerError) {
        let words = answer.split(separator: " ").map(String.init)
        if words.first == "started", words.count == 3, let pid = pid_t(words[1]) {
            facts.withLock { $0 = Facts(pid: pid, folder: words[2]) }
        } else if !["stopped", "crashed", "done"].contains(answer) {
            throw TestServerError(reason: answer.isEmpty ? "the script ended" : answer)
        }
    }

    private func readLine() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
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
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw TestServerError(reason: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func spawn(_ words: [String], input: Int32, output: Int32) throws(TestServerError) -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        // A group of its own: Ctrl-C reaches the tests, and the script tidies up behind them.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SOMA_TEST_PASSWORD=\(password)"]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestServerError(reason: "\(words[0]) can't be started: error \(code)") }
        return pid
    }
}

/// Runs what blocks on a thread of its own.
package func blocking<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: Result { () throws(Failure) in try body() })
        }
    }
    return try result.get()
}
