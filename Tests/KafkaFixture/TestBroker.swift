import Glibc
import ServerFixture
import Synchronization

/// A Kafka broker of the tests' own on 127.0.0.1.
///
/// A shell script owns it. It writes to disk about every three seconds: what a crash may lose is younger; ``stop()`` loses
/// nothing.
package final class TestBroker: Sendable {
    package let host: String
    package let port: UInt16
    private let script: ServerScript

    /// The one that all tests share; each has topics of its own on it.
    package static let shared: Result<TestBroker, TestBrokerError> = Result { () throws(TestBrokerError) in
        try TestBroker()
    }

    /// Where the shared broker listens.
    package static func brokers() async throws -> String {
        try await blocking { () throws(TestBrokerError) in try shared.get() }.address
    }

    /// Starts a broker that a test may stop and crash.
    /// - Parameter host: Another address of this machine's loopback: it then tells clients that it is there.
    package static func start(host: String = "127.0.0.1") async throws -> TestBroker {
        try await blocking { () throws(TestBrokerError) in try TestBroker(host: host) }
    }

    /// A name that no other test's topic or group has.
    package static func name(_ base: String) -> String {
        "\(base).\(lastName.add(1, ordering: .relaxed).newValue)"
    }

    private static let lastName = Atomic<Int>(0)

    package var address: String { "\(host):\(port)" }

    private init(host: String = "127.0.0.1") throws(TestBrokerError) {
        self.host = host
        let folder = String(#filePath.dropLast("Tests/KafkaFixture/TestBroker.swift".count))
        let program = folder + ".tools/noida-0.2.3/noida_db/noida-db"
        guard access(program, X_OK) == 0 else { throw TestBrokerError(reason: "\(program) isn't there") }
        port = try Self.freePort()
        let words = ["/bin/bash", folder + "Tests/KafkaFixture/kafka-broker.sh", program, String(port), host]
        do throws(ServerScriptError) {
            script = try ServerScript(words)
        } catch { throw TestBrokerError(reason: error.reason) }
        try check(script.answer())
    }

    // MARK: The broker's life

    /// Ends it in order: it has everything when it is started again.
    package func stop() async throws { try await command("stop") }
    /// kill -9.
    package func crash() async throws { try await command("crash") }
    /// Starts it again on the same port and data.
    package func start() async throws { try await command("start") }

    private func command(_ line: String) async throws { try check(await script.tell(line)) }

    private func check(_ answer: String) throws(TestBrokerError) {
        guard !["started", "stopped", "crashed"].contains(answer) else { return }
        throw TestBrokerError(reason: answer.isEmpty ? "the script ended" : answer)
    }
}

/// Why there is no broker to test with.
package struct TestBrokerError: Error, CustomStringConvertible {
    package let reason: String

    package var description: String {
        "The tests need a Kafka broker (infra/setup.sh tests fetches it into .tools): \(reason)"
    }
}

// MARK: Starting

extension TestBroker {
    /// A port of 127.0.0.1 that nobody listens on.
    package static func freePort() throws(TestBrokerError) -> UInt16 {
        do throws(ServerScriptError) { return try unusedPort() } catch {
            throw TestBrokerError(reason: error.reason)
        }
    }
}
