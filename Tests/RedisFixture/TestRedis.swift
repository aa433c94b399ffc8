import ServerFixture
import Synchronization

/// A Redis of one test's own on 127.0.0.1, which it may stop, crash, freeze and empty.
///
/// A shell script owns it.
package final class TestRedis: Sendable {
    package let port: UInt16
    private let script: ServerScript
    private let place = Mutex("")

    /// Starts a server with settings, such as `--requirepass`, `secret`.
    package static func start(_ settings: [String] = []) async throws -> TestRedis {
        try await blocking { () throws(any Error) in try TestRedis(settings) }
    }

    private init(_ settings: [String]) throws {
        port = try unusedPort()
        let path = String(#filePath.dropLast("TestRedis.swift".count)) + "redis-server.sh"
        script = try ServerScript(["/bin/sh", path, String(port)] + settings)
        try note(script.answer())
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
        let answer = await script.tell(line)
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
}

/// Why there is no server to test with.
package struct TestRedisError: Error, CustomStringConvertible {
    package let reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String {
        "The tests need redis-server (apt: redis-server; infra/setup.sh tests): \(reason)"
    }
}
