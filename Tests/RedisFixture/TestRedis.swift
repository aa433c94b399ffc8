import Glibc
import PostgresFixture
import Synchronization

/// A Redis of one test's own on 127.0.0.1, which it may stop, crash, freeze and empty.
///
/// A shell script owns it and ends it when this process ends in whatever way: it reads a pipe whose other end only
/// this process has.
package final class TestRedis: Sendable {
    package let port: UInt16
    private let input: Int32
    private let output: Int32
    private let script: pid_t
    /// Commands go one after the other.
    private let turn = Mutex<Void>(())
    private let place = Mutex("")

    /// Starts a server with settings, such as `--requirepass`, `secret`.
    package static func start(_ settings: [String] = []) async throws -> TestRedis {
        try await blocking { () throws(any Error) in try TestRedis(settings) }
    }

    private init(_ settings: [String]) throws {
        port = try TestServer.freePort()
        var (toScript, fromScript): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toScript) == 0, pipe(&fromScript) == 0 else { throw TestRedisError(reason: "no pipe") }
        for descriptor in toScript + fromScript { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let path = String(#filePath.dropLast("TestRedis.swift".count)) + "redis-server.sh"
        script = try Self.spawn(
            ["/bin/sh", path, String(port)] + settings,
            input: toScript[0],
            output: fromScript[1]
        )
        close(toScript[0])
        close(fromScript[1])
        (input, output) = (toScript[1], fromScript[0])
        try note(readLine())
    }

    deinit {
        close(input)
        close(output)
        var status: Int32 = 0
        waitpid(script, &status, 0)
    }

    package var url: String { "redis://127.0.0.1:\(port)" }
    /// Its socket in the file system.
    package var socketURL: String { "unix:\(place.withLock { $0 })/socket" }

    /// An orderly end.
    package func stop() async throws { try await command("stop") }
    /// kill -9.
    package func crash() async throws { try await command("crash") }
    /// Starts it again, empty.
    package func start() async throws { try await command("start") }
    /// SIGSTOP: it takes connections and answers nobody.
    package func freeze() async throws { try await command("freeze") }
    /// SIGCONT.
    package func thaw() async throws { try await command("thaw") }
    /// Gives a command by redis-cli; returns its answer on one line.
    @discardableResult
    package func tell(_ line: String) async throws -> String { try await command(line) }

    @discardableResult
    private func command(_ line: String) async throws -> String {
        let answer = try await blocking { [self] () throws(any Error) in
            turn.withLock { _ in
                write(input, line + "\n", line.utf8.count + 1)
                return readLine()
            }
        }
        try note(answer)
        return String(answer.dropFirst("done ".count))
    }

    private func note(_ answer: String) throws(TestRedisError) {
        let words = answer.split(separator: " ").map(String.init)
        if words.first == "started", words.count == 3 {
            place.withLock { $0 = words[2] }
        } else if !["stopped", "crashed", "frozen", "thawed", "done"].contains(words.first ?? "") {
            throw TestRedisError(reason: answer.isEmpty ? "the script ended" : answer)
        }
    }

    private func readLine() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func spawn(_ words: [String], input: Int32, output: Int32) throws(TestRedisError) -> pid_t
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
        // A group of its own: Ctrl-C reaches the tests, and the script tidies up behind them. Dispatch's threads block
        // signals, which would be inherited, and SIGTERM with them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestRedisError(reason: "\(words[0]) can't be started: error \(code)") }
        return pid
    }
}

/// Why there is no server to test with.
package struct TestRedisError: Error, CustomStringConvertible {
    package let reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String {
        "The tests need redis-server (apt: redis-server; infra/setup.sh tests): \(reason)"
    }
}
